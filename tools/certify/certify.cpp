#include "tools/certify/certify.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "ir/eval.h"
#include "ir/meaning.h"
#include "runtime/engine.h"
#include "tools/certify/borders.h"
#include "tools/certify/column.h"
#include "tools/certify/merge.h"
#include "tools/certify/pieces.h"
#include "tools/certify/state.h"
#include "tools/common/timing.h"

namespace actjit::tools {

namespace {

constexpr double seconds_between_states = 5;
// Single corrections may still merge into intervals, but not as many as this times the limit.
constexpr std::uint64_t hopeless = 64;

// One expanded graph, the tiers that have it, and the corrections it is judged with.
struct Judged {
  std::vector<Tier> tiers;
  std::uint64_t expanded = 0;
  Corrections corrections;
  bool wants_repair = false;
};

DType output_dtype(const Graph& g) { return g[g.outputs()[0].node].dtype; }
DType input_dtype(const Graph& g) { return g[g.inputs()[0].node].dtype; }

class Certifier {
 public:
  Certifier(const CertifyRequest& request, Pool& pool, const OnCertify& on)
      : request_(request), pool_(pool), on_(on) {}

  Result<std::vector<Certified>> run() {
    const Clock::time_point start = Clock::now();
    if (auto ready = prepare(); !ready) return ready.error();
    if (auto done = judge(); !done) return done.error();
    if (auto done = judge_borders(); !done) return done.error();
    if (findings_.course.undecided != 0)
      return make_error(ErrorCode::unsupported,
                        fmt::format("the real value of '{}' at {} inputs lies closer to a border "
                                    "between two results than the oracle's longest numbers tell; "
                                    "nothing can be certified there",
                                    request_.expression, findings_.course.undecided));
    for (std::size_t i = 0; i < judged_.size(); ++i)
      if (judged_[i].wants_repair)
        if (auto done = repair(i); !done) return done.error();
    if (!request_.state_file.empty()) remove_state(request_.state_file);
    return results(nanoseconds_since(start) / 1e9);
  }

 private:
  // --- before ----------------------------------------------------------------------------------

  Result<void> prepare() {
    const Graph& g = request_.graph;
    if (!can_be_certified(g))
      return make_error(
          ErrorCode::unsupported,
          fmt::format("'{}' has {} inputs, {} run-time scalars and {} outputs; a check over every "
                      "input there is needs one float input and one float output. Give the others "
                      "a value, as in 'gelu(x + 0.5)'",
                      request_.expression, g.inputs().size(), g.scalars().size(),
                      g.outputs().size()));
    input_ = input_dtype(g);
    output_ = output_dtype(g);
    if (request_.repair && input_ == DType::f64 && output_ != DType::f64)
      return make_error(ErrorCode::unsupported,
                        fmt::format("nobody can look at every f64 for which {} is misrounded; of "
                                    "f64 inputs only f64 results are repaired, near roots",
                                    text(output_)));
    Result<Oracle> oracle = Oracle::create(g);
    if (!oracle) return oracle.error();
    oracle_.emplace(std::move(*oracle));
    for (Tier tier : request_.tiers)
      if (auto done = add_tier(tier); !done) return done;
    for (Judged& j : judged_) {
      if (request_.repair && input_ == DType::f64)
        if (auto done = find_pieces(j); !done) return done;
      const Result<Kernel> kernel = kernel_of(j, j.corrections);
      if (!kernel) return kernel.error();
      candidates_.push_back({*kernel, info(j.tiers.front()).may_flush});
      if (!j.wants_repair) continue;
      if (auto done = make_variants(j); !done) return done;
    }
    return {};
  }

  Result<void> add_tier(Tier tier) {
    if (tier == Tier::exact && input_ == DType::f64)
      return make_error(ErrorCode::unsupported,
                        "tier 'exact' is for f32, f16 and bf16: nobody can look at every f64; "
                        "tier 'precise' is within 1 ULP (composite functions 2)");
    const Result<Lowered> lowered = lower(request_.graph, tier, trial_of({}));
    if (!lowered) return lowered.error();
    for (Judged& j : judged_)
      if (j.expanded == lowered->unpatched) return j.tiers.push_back(tier), Result<void>();
    Judged j;
    j.tiers = {tier};
    j.expanded = lowered->unpatched;
    const bool rounds = takes_certificate(request_.graph, tier);
    j.wants_repair = request_.repair && rounds;
    const Certificate* known = find_certificate(j.expanded, request_.known.more);
    if (known && takes_corrections(request_.graph, tier) && !request_.repair)
      j.corrections = corrections_of(*known);
    judged_.push_back(j);
    return {};
  }

  Result<void> find_pieces(Judged& j) const {
    const Result<Kernel> kernel = kernel_of(j, {});
    if (!kernel) return kernel.error();
    Result<std::vector<Piece>> pieces =
        pieces_near_roots(request_.graph, *kernel, max_ulp(j.tiers.front(), output_));
    if (!pieces) return pieces.error();
    j.corrections.pieces = std::move(*pieces);
    return {};
  }

  Certificates trial_of(Corrections corrections) const {
    Certificates out;
    out.trial = std::move(corrections);
    out.trial_in_f32 = request_.in_f32;
    return out;
  }
  std::int64_t nudge() const { return nudge_for(output_, request_.in_f32); }

  Result<Kernel> kernel_of(const Judged& j, Corrections corrections) const {
    const Result<Engine> engine = Engine::create(trial_of(std::move(corrections)));
    if (!engine) return engine.error();
    const Result<Spec> spec = make_spec(request_.graph, j.tiers.front(), request_.target);
    if (!spec) return spec.error();
    return engine->compile(request_.graph, *spec);
  }

  // Of the candidate made last.
  Result<void> make_variants(const Judged& j) {
    check(!variants_, "tiers that promise correct rounding share one graph");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::int64_t by = nudge();
    const Result<Kernel> away = kernel_of(j, {{{-infinity, infinity, by, 0}}, {}});
    if (!away) return away.error();
    const Result<Kernel> towards = kernel_of(j, {{{-infinity, infinity, -by, 0}}, {}});
    if (!towards) return towards.error();
    variants_.emplace(Variants{candidates_.size() - 1, *away, *towards});
    return {};
  }

  // --- the checks ------------------------------------------------------------------------------

  Check check_over(const Domain& domain) const {
    Check check;
    check.input = input_;
    check.output = output_;
    check.candidates = candidates_;
    check.variants = variants_ ? &*variants_ : nullptr;
    check.oracle = &*oracle_;
    check.domain = &domain;
    return check;
  }

  // Which check a stored state belongs to.
  std::string key() const {
    std::string out = fmt::format("2 {} {} {}", text(input_), request_.every, request_.target);
    for (const Judged& j : judged_) {
      out += fmt::format(" {:x}", j.expanded);
      for (const Patch& p : j.corrections.patches)
        out += fmt::format(",{:a}:{:a}", p.first, p.result);
      for (const Piece& p : j.corrections.pieces) out += fmt::format(",{:a}:{:a}", p.first, p.last);
      out += j.wants_repair ? "r" : "";
    }
    return out;
  }

  Result<void> judge() {
    const Domain domain(input_, request_.every);
    const std::string check_key = key();
    Findings start;
    if (!request_.state_file.empty())
      if (auto stored = load_state(request_.state_file, check_key)) start = std::move(*stored);
    Clock::time_point saved = Clock::now();
    std::optional<Error> error;
    const auto progress = [&](const Findings& f) {
      const bool go_on = on_(fraction(f.done, domain.size()), "checking");
      if (const std::uint64_t n = f.repair.needed(); n > hopeless * request_.max_patches) {
        error = too_many(n, f, domain);
        return false;
      }
      const bool due = nanoseconds_since(saved) / 1e9 > seconds_between_states;
      if (!request_.state_file.empty() && (due || !go_on)) {
        if (auto done = save_state(request_.state_file, check_key, f); !done) error = done.error();
        saved = Clock::now();
      }
      if (!go_on && !error) error = cancelled();
      return !error;
    };
    Result<Findings> found =
        actjit::tools::run(check_over(domain), std::move(start), pool_, progress);
    if (error) return *error;
    if (!found) return found.error();
    findings_ = std::move(*found);
    return {};
  }

  // What a sample may have missed.
  Result<void> judge_borders() {
    if (request_.every == 1) return {};
    std::vector<Bits> inputs;
    for (const Candidate& c : candidates_) {
      const Result<std::vector<Bits>> some =
          border_inputs(c.kernel, input_, output_, request_.every);
      if (!some) return some.error();
      inputs.insert(inputs.end(), some->begin(), some->end());
    }
    for (const Judged& j : judged_) {
      for (const Patch& p : j.corrections.patches)
        for (double x : {p.first, p.last})
          inputs.push_back(eval::cast(DType::f64, input_, to_bits(x)));
      for (const Piece& p : j.corrections.pieces)
        for (Bits x : inputs_of(p)) inputs.push_back(x);
    }
    const Domain domain(input_, std::move(inputs));
    findings_.done = 0;
    bool go_on = true;
    Result<Findings> found = actjit::tools::run(
        check_over(domain), std::move(findings_), pool_,
        [&](const Findings& f) { return go_on = on_(fraction(f.done, domain.size()), "borders"); });
    if (!go_on) return cancelled();
    if (!found) return found.error();
    findings_ = std::move(*found);
    return {};
  }

  static double fraction(std::uint64_t done, std::uint64_t all) {
    return static_cast<double>(done) / static_cast<double>(all);
  }

  Error cancelled() const {
    if (request_.state_file.empty()) return make_error(ErrorCode::cancelled, "interrupted");
    return make_error(ErrorCode::cancelled,
                      fmt::format("interrupted; the same command goes on from here ('{}'), with "
                                  "--restart it starts again",
                                  request_.state_file));
  }

  Error too_many(std::uint64_t n, const Findings& f, const Domain& domain) const {
    const Verdict& v = f.verdicts.front();
    return make_error(
        ErrorCode::limit,
        fmt::format("a repair of '{}' needs more than {} patches: {} for {:.1f} % of the inputs. "
                    "The largest error is {:.3g} ULP at {}, so its f64 value loses digits there, "
                    "most often by cancellation. Write it without the difference of nearly equal "
                    "terms (expm1(x) for exp(x) - 1, log1p(x) for log(1 + x)), or permit more with "
                    "--max-patches",
                    request_.expression, request_.max_patches, n,
                    100 * fraction(f.done, domain.size()), v.max_ulp, value_of(input_, v.worst)));
  }

  // --- repair ----------------------------------------------------------------------------------

  // The corrections, and the whole domain once more: inputs whose result they do not change are as
  // right or wrong as before, all others are asked about. If as many became right as were wrong,
  // all are right.
  Result<void> repair(std::size_t i) {
    Judged& j = judged_[i];
    Verdict& verdict = findings_.verdicts[i];
    if (verdict.misrounded == 0) return {};
    if (auto done = merge_runs(findings_.repair, input_, candidates_[i].kernel, variants_->away,
                               variants_->towards);
        !done)
      return done;
    if (const std::uint64_t n = findings_.repair.needed(); n > request_.max_patches)
      return too_many(n, findings_, Domain(input_, request_.every));
    j.corrections.patches = findings_.repair.patches(nudge());
    const Result<Kernel> patched = kernel_of(j, j.corrections);
    if (!patched) return patched.error();
    const Domain domain(input_, request_.every);
    Check check = check_over(domain);
    check.candidates = {{*patched, false}};
    check.variants = nullptr;
    check.before = &candidates_[i].kernel;
    bool go_on = true;
    const Result<Findings> found = actjit::tools::run(check, {}, pool_, [&](const Findings& f) {
      return go_on = on_(fraction(f.done, domain.size()), "checking the patches");
    });
    if (!found) return found.error();
    if (!go_on) return cancelled();
    const Verdict& after = found->verdicts[0];
    if (after.misrounded != 0 || found->mended != verdict.misrounded)
      return make_error(ErrorCode::unsupported,
                        fmt::format("'{}' cannot be repaired by patches: {} inputs are wrong, {} "
                                    "patches mend {} of them and {} results they change are wrong",
                                    request_.expression, verdict.misrounded,
                                    j.corrections.patches.size(), found->mended, after.misrounded));
    verdict.misrounded = 0;
    verdict.max_ulp = 0;
    return {};
  }

  // --- after -----------------------------------------------------------------------------------

  Result<std::vector<Certified>> results(double seconds) {
    std::vector<Certified> out;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      Certified c;
      c.expression = request_.expression;
      c.corrections = judged_[i].corrections;
      c.verdict = findings_.verdicts[i];
      c.course = findings_.course;
      c.seconds = seconds;
      const Result<Lowered> lowered =
          lower(request_.graph, judged_[i].tiers.front(), trial_of(c.corrections));
      if (!lowered) return lowered.error();
      const Result<Kernel> kernel = kernel_of(judged_[i], c.corrections);
      if (!kernel) return kernel.error();
      c.target = kernel->spec().target.name;
      if (auto done = look_at_specials(*kernel, c); !done) return done.error();
      fill(c, judged_[i], *lowered);
      out.push_back(c);
    }
    return out;
  }

  void fill(Certified& c, const Judged& j, const Lowered& lowered) const {
    Certificate& out = c.certificate;
    out.input = input_;
    out.output = output_;
    out.tier = j.tiers.front();
    out.meaning = certificate_hash(unpatched_meaning(request_.graph, out.tier, request_.in_f32));
    out.expanded = j.expanded;
    out.patched = certificate_hash(lowered.expanded);
    out.checked = c.verdict.checked;
    out.inputs = Domain(input_, 1).whole();
    out.misrounded = c.verdict.misrounded;
    out.max_ulp = c.verdict.bound();
    out.worst = c.verdict.misrounded == 0 ? 0 : value_of(input_, c.verdict.worst);
    out.direction = c.course.direction();
    out.disorder = c.verdict.disorder(out.direction);
  }

  Result<void> look_at_specials(const Kernel& kernel, Certified& c) const {
    const std::uint64_t zero = rank_of(input_, 0);
    const auto of = [&](double x) { return eval::cast(DType::f64, input_, to_bits(x)); };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::vector<Bits> inputs{of(std::numeric_limits<double>::quiet_NaN()),
                                   of(-infinity),
                                   at_rank(input_, rank_of(input_, of(-infinity)) + 1),
                                   at_rank(input_, zero - 2),
                                   of(-0.0),
                                   of(0.0),
                                   at_rank(input_, zero + 1),
                                   at_rank(input_, rank_of(input_, of(infinity)) - 1),
                                   of(infinity)};
    Truth truth;
    oracle_->evaluate(inputs, truth);
    const Result<std::vector<Bits>> got = results_of(kernel, inputs);
    if (!got) return got.error();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      c.specials.push_back({inputs[i], (*got)[i], truth.nearest[i]});
    return {};
  }

  const CertifyRequest& request_;
  Pool& pool_;
  const OnCertify& on_;
  DType input_ = DType::f32;
  DType output_ = DType::f32;
  std::optional<Oracle> oracle_;
  std::vector<Judged> judged_;
  std::vector<Candidate> candidates_;
  std::optional<Variants> variants_;
  Findings findings_;
};

}  // namespace

Certified& Certified::operator=(const Certified& other) {
  certificate = other.certificate;
  expression = other.expression;
  corrections = other.corrections;
  verdict = other.verdict;
  course = other.course;
  specials = other.specials;
  target = other.target;
  seconds = other.seconds;
  certificate.expression = expression;
  certificate.patches = corrections.patches;
  certificate.pieces = corrections.pieces;
  return *this;
}

bool Certified::holds() const {
  const bool rounds = certificate.tier == Tier::exact ||
                      (certificate.tier == Tier::precise && bytes(certificate.output) == 2);
  if (rounds) return certificate.misrounded == 0;
  return certificate.max_ulp <= max_ulp(certificate.tier, certificate.output);
}

Result<std::vector<Certified>> certify(const CertifyRequest& request, Pool& pool,
                                       const OnCertify& on) {
  return Certifier(request, pool, on).run();
}

}  // namespace actjit::tools
