#include "tools/certify/merge.h"

#include <algorithm>

#include "ir/eval.h"
#include "tools/certify/column.h"

namespace actjit::tools {

namespace {

constexpr std::uint64_t block_size = 4096;

class Merger {
 public:
  Merger(Repair& repair, DType input, const Kernel& as_is, const Kernel& away,
         const Kernel& towards)
      : repair_(repair),
        input_(input),
        as_is_(as_is),
        away_(away),
        towards_(towards),
        x_(input, block_size),
        plain_(output_of(as_is), block_size),
        moved_(output_of(as_is), block_size) {}

  Result<void> run() {
    std::vector<Repair::Run> merged;
    for (const Repair::Run& run : repair_.runs) {
      if ((run.allowed & Repair::as_is) != 0) continue;  // needs no correction
      const Result<bool> joined = merged.empty() ? Result<bool>(false) : join(merged.back(), run);
      if (!joined) return joined.error();
      if (!*joined) merged.push_back(run);
    }
    repair_.runs = std::move(merged);
    return {};
  }

 private:
  static DType output_of(const Kernel& kernel) {
    return kernel.graph()[kernel.graph().outputs()[0].node].dtype;
  }
  std::uint64_t rank(double x) const {
    return rank_of(input_, eval::cast(DType::f64, input_, to_bits(x)));
  }

  Result<bool> join(Repair::Run& run, const Repair::Run& more) {
    const unsigned common = run.allowed & more.allowed;
    if (common == 0) return false;
    const Kernel& moved = (common & Repair::away) != 0 ? away_ : towards_;
    const Result<bool> free = changes_nothing(moved, rank(run.last.x) + 1, rank(more.first.x));
    if (!free || !*free) return free;
    run.allowed = (common & Repair::away) != 0 ? Repair::away : Repair::towards;
    if (run.misses == 1) run.second = more.first;
    run.last = more.last;
    run.misses += more.misses;
    return true;
  }

  // Of the inputs with ranks from `first` to before `last`.
  Result<bool> changes_nothing(const Kernel& moved, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t at = first; at < last; at += block_size) {
      const std::uint64_t n = std::min(block_size, last - at);
      for (std::uint64_t i = 0; i < n; ++i) x_.bits()[i] = at_rank(input_, at + i);
      x_.write(n);
      if (auto done = call(as_is_, x_, plain_, n); !done) return done.error();
      if (auto done = call(moved, x_, moved_, n); !done) return done.error();
      if (!std::equal(plain_.bits().begin(), plain_.bits().begin() + static_cast<std::ptrdiff_t>(n),
                      moved_.bits().begin()))
        return false;
    }
    return true;
  }

  Repair& repair_;
  DType input_;
  const Kernel &as_is_, &away_, &towards_;
  Column x_, plain_, moved_;
};

}  // namespace

Result<void> merge_runs(Repair& repair, DType input, const Kernel& as_is, const Kernel& away,
                        const Kernel& towards) {
  return Merger(repair, input, as_is, away, towards).run();
}

}  // namespace actjit::tools
