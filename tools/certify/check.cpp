#include "tools/certify/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tools/certify/column.h"

namespace actjit::tools {

namespace {

// Inputs one thread does at a time, and how many of those between two reports.
constexpr std::uint64_t part_size = std::uint64_t{1} << 17;
constexpr std::uint64_t block_size = 4096;
constexpr std::uint64_t parts_between_reports = 64;

bool is_nan(DType dtype, Bits bits) { return std::isnan(value_of(dtype, bits)); }

// Loops over whole blocks, plain enough for the compiler's vectors.

bool are_equal(std::span<const Bits> a, std::span<const Bits> b) {
  Bits difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

// How often y goes up or down from one element to the next, and how often truth goes the other way.
struct Moves {
  std::uint64_t up = 0, up_against = 0, down = 0, down_against = 0;
};
Moves moves(const double* y, const double* truth, std::size_t n) {
  Moves m;
  for (std::size_t i = 1; i < n; ++i) {
    const bool up = y[i] > y[i - 1];
    const bool down = y[i] < y[i - 1];
    m.up += up;
    m.down += down;
    m.up_against += up & (truth[i] < truth[i - 1]);
    m.down_against += down & (truth[i] > truth[i - 1]);
  }
  return m;
}

// One thread's work on a part of the domain.
class Worker {
 public:
  explicit Worker(const Check& check) : check_(check), x_(check.input, block_size) {
    for (std::size_t i = 0; i < check.candidates.size(); ++i)
      y_.emplace_back(check.output, block_size);
    const std::size_t others = (check.variants ? 2 : 0) + (check.before ? 1 : 0);
    for (std::size_t i = 0; i < others; ++i) others_.emplace_back(check.output, block_size);
  }

  // The inputs [first, last); one more before them, for the order.
  Result<Findings> part(std::uint64_t first, std::uint64_t last) {
    found_ = {};
    found_.verdicts.resize(check_.candidates.size());
    if (first != 0) {
      if (auto done = block(first - 1, first); !done) return done.error();
      found_ = {};
      found_.verdicts.resize(check_.candidates.size());
      misses_before_ = 0;
    }
    for (std::uint64_t at = first; at < last; at += block_size)
      if (auto done = block(at, std::min(last, at + block_size)); !done) return done.error();
    found_.done = last;
    return std::move(found_);
  }

 private:
  Result<void> block(std::uint64_t first, std::uint64_t last) {
    const std::uint64_t n = last - first;
    check_.domain->fill(first, x_.bits().first(n));
    x_.write(n);
    for (std::size_t c = 0; c < y_.size(); ++c)
      if (auto done = call(check_.candidates[c].kernel, x_, y_[c], n); !done) return done;
    if (check_.before) {
      if (auto done = call(*check_.before, x_, others_[0], n); !done) return done;
      judge_changes(n);
      return {};
    }
    ask(x_.bits().first(n));
    for (std::size_t c = 0; c < y_.size(); ++c) judge(c, n);
    follow_order(n);
    return check_.variants ? classify(n) : Result<void>();
  }

  void ask(std::span<const Bits> inputs) {
    check_.oracle->evaluate(inputs, truth_);
    found_.course.by_mpfr += static_cast<std::uint64_t>(truth_.decided_by_mpfr);
    found_.course.undecided += static_cast<std::uint64_t>(truth_.undecided);
  }

  bool is_right(Bits got, std::size_t i) const {
    return got == truth_.nearest[i] ||
           (is_nan(check_.output, truth_.nearest[i]) && is_nan(check_.output, got));
  }

  // The result `got` of candidate c for the truth's element i.
  void judge_one(std::size_t c, std::size_t i, Bits x, Bits got) {
    Verdict& v = found_.verdicts[c];
    ++v.checked;
    if (is_right(got, i)) return;
    ++v.misrounded;
    const double ulp = error(c, i, got);
    if (v.misrounded > 1 && !(ulp > v.max_ulp)) return;
    v.max_ulp = std::max(ulp, v.max_ulp);
    v.worst = x;
    v.got = got;
    v.wanted = truth_.nearest[i];
  }

  double error(std::size_t c, std::size_t i, Bits got) const {
    const double y = value_of(check_.output, got);
    const double wanted = value_of(check_.output, truth_.nearest[i]);
    // Of the wrong sign, or a zero without its sign, is no matter of units.
    if (y == wanted && y == 0) return std::numeric_limits<double>::infinity();
    if (check_.candidates[c].may_flush && y == 0 && is_subnormal(truth_.value[i]) &&
        std::signbit(y) == std::signbit(truth_.value[i]))
      return 0;
    return ulp_error(check_.output, got, truth_.value[i], truth_.rest[i]);
  }

  bool is_subnormal(double value) const { return std::fabs(value) < least_normal(check_.output); }

  void judge(std::size_t c, std::uint64_t n) {
    if (are_equal(y_[c].bits().first(n), std::span(truth_.nearest).first(n))) {
      found_.verdicts[c].checked += n;
      return;
    }
    for (std::uint64_t i = 0; i < n; ++i) judge_one(c, i, x_.bits(i), y_[c].bits(i));
  }

  bool are_as_before(std::uint64_t n) {
    return std::all_of(y_.begin(), y_.end(), [&](Column& y) {
      return are_equal(y.bits().first(n), others_[0].bits().first(n));
    });
  }

  // Only where some candidate differs from the kernel that was judged before.
  void judge_changes(std::uint64_t n) {
    if (are_as_before(n)) {
      for (Verdict& v : found_.verdicts) v.checked += n;
      return;
    }
    changed_.clear();
    for (std::uint64_t i = 0; i < n; ++i) {
      bool same = true;
      for (const Column& y : y_) same = same && y.bits(i) == others_[0].bits(i);
      for (Verdict& v : found_.verdicts) v.checked += same;
      if (!same) changed_.push_back(i);
    }
    if (changed_.empty()) return;
    std::vector<Bits> inputs;
    for (std::uint64_t i : changed_) inputs.push_back(x_.bits(i));
    ask(inputs);
    for (std::size_t k = 0; k < changed_.size(); ++k) {
      const std::uint64_t i = changed_[k];
      for (std::size_t c = 0; c < y_.size(); ++c) judge_one(c, k, x_.bits(i), y_[c].bits(i));
      found_.mended += !is_right(others_[0].bits(i), k) && is_right(y_[0].bits(i), k);
    }
  }

  // Variants of a block without misrounded inputs are not looked at.
  Result<void> classify(std::uint64_t n) {
    const Variants& v = *check_.variants;
    const std::uint64_t before = misses_before_;
    misses_before_ = found_.verdicts[v.of].misrounded;
    if (misses_before_ == before) {
      found_.repair.skip();
      return {};
    }
    if (auto done = call(v.away, x_, others_[0], n); !done) return done;
    if (auto done = call(v.towards, x_, others_[1], n); !done) return done;
    const std::array columns{&y_[v.of], &others_[0], &others_[1]};
    const std::array flags{Repair::as_is, Repair::away, Repair::towards};
    for (std::uint64_t i = 0; i < n; ++i) {
      unsigned allowed = Repair::nothing;
      for (std::size_t k = 0; k < flags.size(); ++k)
        if (is_right(columns[k]->bits(i), i)) allowed |= flags[k];
      if (allowed == (Repair::as_is | Repair::away | Repair::towards)) continue;
      found_.repair.add(value_of(check_.input, x_.bits(i)),
                        value_of(check_.output, truth_.nearest[i]),
                        static_cast<std::uint8_t>(allowed));
    }
    return {};
  }

  // By the rounded values, which are certain. NaN is neither above nor below.
  void follow_order(std::uint64_t n) {
    // The element before the block comes first.
    nearest_.resize(block_size + 1);
    nearest_[0] = nearest_before_;
    values_of(check_.output, std::span(truth_.nearest).first(n), std::span(nearest_).subspan(1));
    const Moves real = moves(nearest_.data(), nearest_.data(), n + 1);
    found_.course.rises = found_.course.rises || real.up != 0;
    found_.course.falls = found_.course.falls || real.down != 0;
    nearest_before_ = nearest_[n];
    y_before_.resize(y_.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < y_.size(); ++c) follow(c, n);
  }

  void follow(std::size_t c, std::uint64_t n) {
    with_before_.resize(block_size + 1);
    with_before_[0] = y_before_[c];
    std::copy_n(y_[c].values().begin(), n, with_before_.begin() + 1);
    y_before_[c] = with_before_[n];
    const Moves m = moves(with_before_.data(), nearest_.data(), n + 1);
    Verdict& v = found_.verdicts[c];
    v.rising.count += m.up;
    v.rising.against += m.up_against;
    v.falling.count += m.down;
    v.falling.against += m.down_against;
  }

  const Check& check_;
  Column x_;
  std::vector<Column> y_;       // of each candidate
  std::vector<Column> others_;  // of the variants, or of the kernel before
  std::vector<std::uint64_t> changed_;
  Truth truth_;
  Findings found_;
  std::uint64_t misses_before_ = 0;
  double nearest_before_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> nearest_, with_before_;
  std::vector<double> y_before_;
};

void merge(Findings& all, const Findings& later) {
  all.done = later.done;
  for (std::size_t c = 0; c < all.verdicts.size(); ++c) all.verdicts[c].add(later.verdicts[c]);
  all.course.add(later.course);
  all.repair.add(later.repair);
  all.mended += later.mended;
}

// The parts of one report, on all threads.
class Round {
 public:
  Round(const Check& check, std::uint64_t first, std::uint64_t last)
      : check_(check),
        first_(first),
        last_(last),
        found_((last - first + part_size - 1) / part_size) {}

  void run(Pool& pool) {
    const ParallelFor parallel = pool.parallel_for();
    parallel.run(
        parallel.context, static_cast<std::int64_t>(found_.size()),
        [](void* state, std::int64_t i) {
          static_cast<Round*>(state)->part(static_cast<std::size_t>(i));
        },
        this);
  }
  Result<void> collect(Findings& all) {
    for (std::optional<Result<Findings>>& part : found_) {
      if (!*part) return part->error();
      merge(all, **part);
    }
    return {};
  }

 private:
  void part(std::size_t i) {
    Worker worker(check_);
    const std::uint64_t from = first_ + i * part_size;
    found_[i] = worker.part(from, std::min(last_, from + part_size));
  }

  const Check& check_;
  std::uint64_t first_, last_;
  std::vector<std::optional<Result<Findings>>> found_;
};

}  // namespace

Result<Findings> run(const Check& check, Findings findings, Pool& pool,
                     const OnProgress& progress) {
  findings.verdicts.resize(check.candidates.size());
  while (findings.done < check.domain->size()) {
    const std::uint64_t first = findings.done;
    const std::uint64_t last =
        std::min(check.domain->size(), first + part_size * parts_between_reports);
    Round round(check, first, last);
    round.run(pool);
    if (auto collected = round.collect(findings); !collected) return collected.error();
    if (!progress(findings)) break;
  }
  return findings;
}

}  // namespace actjit::tools
