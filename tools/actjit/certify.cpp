// actjit certify: how accurate an expression is, over every input there is.
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <deque>
#include <filesystem>
#include <thread>

#include "ir/certificates.h"
#include "ir/meaning.h"
#include "runtime/certificate_file.h"
#include "runtime/options.h"
#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/certify/catalogue.h"
#include "tools/certify/state.h"
#include "tools/common/file.h"
#include "tools/common/terminal.h"
#include "tools/common/timing.h"

namespace actjit::tools {

namespace {

// f64 has too many inputs: so many samples at most.
constexpr std::uint64_t f64_every = std::uint64_t{1} << 40;  // 2^24 samples

// Set by the signals that end a program; the check ends at its next report and keeps its state.
std::atomic<bool> interrupted{false};
void interrupt(int) { interrupted = true; }

class CatchSignals {
 public:
  CatchSignals() {
    interrupted = false;
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
  }
  ~CatchSignals() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

struct CertifyOptions {
  ExpressionOptions expression;
  std::string dtype = "f32";
  std::uint64_t every = 0;
  bool repair = false;
  bool restart = false;
  bool in_f32 = false;
  std::uint64_t max_patches = 64;
  std::string output;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());

  std::uint64_t every_value() const {
    if (every != 0) return every;
    return dtype == "f64" ? f64_every : 1;
  }
};

// "1234567" as "1,234,567".
std::string grouped(std::uint64_t n) {
  std::string digits = fmt::format("{}", n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string shown(DType dtype, Bits bits) {
  const double x = value_of(dtype, bits);
  return std::isnan(x) ? "nan" : fmt::format("{:.9g}", x);
}

std::string specials_text(const Certified& c, bool colour) {
  std::string out;
  for (const Special& s : c.specials) {
    const DType to = c.certificate.output;
    const bool right = s.got == s.wanted ||
                       (std::isnan(value_of(to, s.got)) && std::isnan(value_of(to, s.wanted)));
    out += fmt::format(
        "{:>17} -> {}{}\n", shown(c.certificate.input, s.input), shown(to, s.got),
        right ? "" : styled(fmt::format("   wanted {}", shown(to, s.wanted)), Style::bad, colour));
  }
  return out;
}

std::string direction_text(const Certified& c) {
  const Certificate& k = c.certificate;
  switch (k.direction) {
    case Direction::increasing:
      return fmt::format("increasing; {} neighbours fall", grouped(k.disorder));
    case Direction::decreasing:
      return fmt::format("decreasing; {} neighbours rise", grouped(k.disorder));
    case Direction::neither: break;
  }
  return fmt::format("not monotone; {} neighbours go against the real values", grouped(k.disorder));
}

std::string error_text(const Certified& c) {
  const Certificate& k = c.certificate;
  if (k.misrounded == 0) return "0.5 ULP: every result is correctly rounded";
  const Verdict& v = c.verdict;
  return fmt::format("{} ULP at {} ({:a}): {}, wanted {}", show_number(k.max_ulp),
                     shown(k.input, v.worst), value_of(k.input, v.worst), shown(k.output, v.got),
                     shown(k.output, v.wanted));
}

void print_result(const Certified& c) {
  const bool colour = has_colour(stdout);
  const Certificate& k = c.certificate;
  fmt::print("{}   {}, {}, {}\n\n", styled(c.expression, Style::bold, colour),
             k.output == k.input ? std::string(text(k.input))
                                 : fmt::format("{} -> {}", text(k.input), text(k.output)),
             text(k.tier), c.target);
  const std::string all = k.inputs == 0 ? "2^64" : grouped(k.inputs);
  fmt::print("inputs      {} of {}\n", grouped(k.checked), all);
  fmt::print("misrounded  {}\n",
             styled(grouped(k.misrounded), k.misrounded == 0 ? Style::good : Style::plain, colour));
  fmt::print("max error   {}\n", error_text(c));
  fmt::print("order       {}\n", direction_text(c));
  fmt::print("oracle      ball arithmetic; MPFR decided {} inputs\n", grouped(c.course.by_mpfr));
  fmt::print("patches     {}\n", k.patches.size() + k.pieces.size());
  for (const Piece& p : k.pieces)
    fmt::print("  {:a} to {:a}: a polynomial about {}{:.17g}\n", p.first, p.last,
               p.value == 0 ? "the root " : "", p.middle);
  for (const Patch& p : k.patches)
    fmt::print("  {}\n", p.nudge == 0
                             ? fmt::format("{:a} -> {:a}", p.first, p.result)
                             : fmt::format("{:a} to {:a}: {:+} units of f64 before rounding",
                                           p.first, p.last, p.nudge));
  fmt::print("special\n{}", specials_text(c, colour));
  fmt::print("graph       {:#018x} expanded, {:#018x} patched\n", k.expanded, k.patched);
  fmt::print("time        {}\n", show_time(c.seconds * 1e9));
}

// Where the certificate goes, if anywhere: without a name, to the folder of the user's if it makes
// tier exact, 16 bits or f64 near roots serve an expression that the project has no certificate of.
std::string output_path(const CertifyOptions& options, const Certificate& c) {
  if (!options.output.empty()) return options.output;
  const bool rounds = c.tier == Tier::exact || bytes(c.output) == 2;
  const bool useful =
      ((rounds && c.is_exact()) || !c.pieces.empty()) && !find_certificate(c.expanded);
  const std::string folder = certificate_folder();
  return useful && !folder.empty() ? folder + "/" + certificate_file_name(c) : "";
}

Result<void> store(const CertifyOptions& options, const Certified& c) {
  const std::string path = output_path(options, c.certificate);
  if (path.empty()) return {};
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (options.output.empty())
    if (auto made = make_folder(parent.string()); !made) return made;
  const std::vector<CertificateNote> notes{{"target", c.target},
                                           {"decided by MPFR", fmt::format("{}", c.course.by_mpfr)},
                                           {"seconds", fmt::format("{:.1f}", c.seconds)}};
  if (auto done = write_file(path, to_json(c.certificate, notes)); !done) return done;
  fmt::print("certificate {}\n", path);
  return {};
}

// Beside the file that will be made; without one, in the folder of certificates if there is one.
std::string state_path(const CertifyOptions& options, const Graph& graph) {
  if (!options.output.empty()) return options.output + ".partial";
  const std::string folder = certificate_folder();
  if (folder.empty()) return "";
  return fmt::format("{}/{:016x}-{}.partial", folder, certificate_hash(graph),
                     options.expression.tier);
}

// A bar with the time that is left.
class Watch {
 public:
  bool operator()(double fraction, std::string_view stage) {
    if (stage != stage_) {
      bar_.clear();
      stage_ = stage;
      start_ = Clock::now();
      first_ = fraction;
    }
    const double spent = nanoseconds_since(start_);
    const double left = fraction > first_ ? spent / (fraction - first_) * (1 - fraction) : 0;
    bar_.show(fraction, fmt::format("{}, {} left", stage, show_time(left)));
    return !interrupted;
  }
  void clear() { bar_.clear(); }

 private:
  ProgressBar bar_{"certify"};
  std::string stage_;
  Clock::time_point start_;
  double first_ = 0;
};

Result<CertifyRequest> make_request(const CertifyOptions& options) {
  // A function of one output is certified.
  ExpressionOptions expression = options.expression;
  expression.grad_only = true;
  const auto program = expression.parse();
  if (!program) return program.error();
  std::vector<Binding> bindings;
  for (const std::string& name : program->inputs())
    bindings.push_back({name, find_dtype(options.dtype).value(), Shape{Dim("n")}});
  const Result<Graph> graph = build(*program, bindings);
  if (!graph) return graph.error();
  Result<Certificates> known = options.expression.certificates(*graph);
  if (!known) return known.error();
  CertifyRequest request;
  request.graph = *graph;
  const std::vector<std::string>& grad = expression.grad;
  request.expression =
      grad.empty() ? program->text() : fmt::format("grad({}, {})", program->text(), grad[0]);
  request.tiers = {options.expression.tier_value()};
  request.target = options.expression.target;
  request.every = options.every_value();
  request.repair = options.repair;
  request.max_patches = options.max_patches;
  request.known = *known;
  request.in_f32 = options.in_f32;
  request.state_file = state_path(options, *graph);
  return request;
}

Result<void> certify_one(const CertifyOptions& options) {
  Result<CertifyRequest> request = make_request(options);
  if (!request) return request.error();
  if (options.repair && options.every_value() != 1 && options.dtype != text(DType::f64))
    return make_error(ErrorCode::invalid_argument,
                      "--repair looks at every input, so it does not go with --every; only f64, "
                      "repaired near its roots, is checked by samples");
  if (!request->state_file.empty()) {
    const auto folder = std::filesystem::path(request->state_file).parent_path();
    if (options.output.empty())
      if (auto made = make_folder(folder.string()); !made) request->state_file.clear();
    if (options.restart) remove_state(request->state_file);
  }
  Pool pool(static_cast<int>(options.threads));
  Watch watch;
  const CatchSignals signals;
  const Result<std::vector<Certified>> made = certify(*request, pool, std::ref(watch));
  watch.clear();
  if (!made) return made.error();
  const Certified& c = made->front();
  print_result(c);
  if (auto done = store(options, c); !done) return done;
  if (c.holds()) return {};
  const bool rounds = takes_certificate(request->graph, c.certificate.tier);
  return make_error(ErrorCode::unsupported,
                    fmt::format("'{}' does not keep the promise of tier '{}'{}", c.expression,
                                text(c.certificate.tier),
                                rounds ? "; --repair finds the corrections that are missing" : ""));
}

// --- the catalogue -----------------------------------------------------------------------------

struct CatalogueOptions {
  std::string folder;
  std::string dtype;
  std::string only;
  bool markdown = false;
  bool list = false;
  std::uint64_t f64_samples = std::uint64_t{1} << 30;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

constexpr std::uint64_t max_patches = 256;
// As many as cost less than evaluating 16-bit floats in f64.
constexpr std::uint64_t max_patches_in_f32 = 16;

// Most of what f32 will not do for is seen at every so many inputs and all borders.
constexpr std::uint64_t trial_stride = 257;

// The certificates of one dtype: those there are and still hold, and those to be made.
class Maker {
 public:
  Maker(const CatalogueOptions& options, DType dtype) : options_(options), dtype_(dtype) {}

  Result<void> run() {
    for (CatalogueItem& item : catalogue_items(dtype_)) {
      const auto missing = missing_tiers(item);
      if (!missing) return missing.error();
      const bool wanted = item.expression.starts_with(options_.only);
      if (missing->empty() || !wanted) continue;
      if (options_.list) {
        fmt::print("{} {}\n", text(dtype_), item.expression);
        continue;
      }
      if (auto done = make(item, *missing); !done) return done;
    }
    return options_.list ? Result<void>() : write();
  }

 private:
  // Those without a certificate; certificates that are there are kept.
  Result<std::vector<Tier>> missing_tiers(const CatalogueItem& item) {
    std::vector<Tier> out;
    for (Tier tier : catalogue_tiers(dtype_)) {
      Certificates bare;
      bare.trial.emplace();
      const Result<Lowered> lowered = lower(item.graph, tier, bare);
      if (!lowered) return lowered.error();
      keep_refutation(item, tier);
      const Certificate* found = find_certificate(lowered->unpatched);
      const auto untried = is_untried_in_f32(item, tier, lowered->unpatched);
      if (!untried) return untried.error();
      if (!found || found->checked < Domain(dtype_, every()).size() || *untried)
        out.push_back(tier);
      else
        keep(*found, item, tier);
    }
    return out;
  }

  // See Domain.
  std::uint64_t every() const {
    return dtype_ == DType::f64 ? ~std::uint64_t{0} / options_.f64_samples : 1;
  }

  // What says that f32, or the tier, will not do.
  void keep_refutation(const CatalogueItem& item, Tier tier) {
    const bool is_f64 = dtype_ == DType::f64;
    const bool may_be_taken =
        is_f64 || tries_f32(item, tier) || evaluation_dtype(item.graph, tier) == DType::f32;
    const bool is_taken = settled_tier(item.graph, tier) == tier &&
                          (is_f64 || settled_dtype(item.graph, tier) == DType::f32);
    if (!may_be_taken || is_taken) return;
    const DType dtype = is_f64 ? DType::f64 : DType::f32;
    if (const Certificate* found = certificate_in(item.graph, dtype, tier)) keep(*found);
  }

  // Whether nobody has looked yet if f32 will do, where that is another kernel than `expanded`.
  Result<bool> is_untried_in_f32(const CatalogueItem& item, Tier tier, std::uint64_t expanded) {
    // 16-bit floats that could not be repaired in f32 leave nothing behind.
    if (dtype_ != DType::f32 || !tries_f32(item, tier)) return false;
    if (find_certificate_by_meaning(meaning_in_f32(item, tier))) return false;
    Certificates in_f32;
    in_f32.trial.emplace();
    in_f32.trial_in_f32 = true;
    const Result<Lowered> lowered = lower(item.graph, tier, in_f32);
    if (!lowered) return lowered.error();
    if (lowered->unpatched == expanded) return false;
    const Certificate* found = find_certificate(lowered->unpatched);
    if (found) keep_as(*found, item, meaning_in_f32(item, tier));
    return !found;
  }

  static bool tries_f32(const CatalogueItem& item, Tier tier) {
    return has_f32_form(item.graph, tier);
  }
  static std::uint64_t meaning_in_f32(const CatalogueItem& item, Tier tier) {
    return certificate_hash(expand(widen(item.graph, DType::f32), tier));
  }

  // A function that simplifies to another's graph has its certificate, under a name of its own: in
  // constant expressions nothing is simplified.
  void keep(Certificate c, const CatalogueItem& item, Tier tier) {
    const bool has_corrections = takes_certificate(item.graph, tier) || !c.pieces.empty();
    if (has_corrections || c.max_ulp > max_ulp(tier, c.output))
      keep_as(c, item, certificate_hash(unpatched_meaning(item.graph, tier)));
    keep(c);
    for (const Certificate& row : certificate_table)
      if (row.expanded == c.expanded) keep(row);
  }
  void keep_as(Certificate c, const CatalogueItem& item, std::uint64_t meaning) {
    if (find_certificate_by_meaning(meaning)) return;
    c.meaning = meaning;
    c.expression = names_.emplace_back(item.expression);
    keep(c);
  }
  void keep(const Certificate& c) {
    const auto same = [&](const Certificate& k) {
      return k.expanded == c.expanded && k.meaning == c.meaning;
    };
    if (std::none_of(kept_.begin(), kept_.end(), same)) kept_.push_back(c);
  }

  Result<void> make(const CatalogueItem& item, const std::vector<Tier>& tiers) {
    CertifyRequest request;
    request.graph = item.graph;
    request.expression = item.expression;
    request.tiers = tiers;
    request.every = every();
    request.repair = true;
    request.in_f32 = tries_f32(item, Tier::precise);
    request.max_patches = max_patches;
    const Result<std::vector<Certified>> made = certify_in_either(request);
    if (!made) {
      if (made.error().code == ErrorCode::cancelled) {
        if (auto done = write(); !done) return done;
        return made.error();
      }
      fmt::print("{} {}: {}\n", text(dtype_), item.expression, made.error().message);
      return {};
    }
    for (const Certified& c : *made) {
      const Certificate& k = c.certificate;
      fmt::print(
          "{} {:8} {}: {} misrounded, {:.4f} ULP at {:.17g}, {} patches, {} out of order, "
          "{:.0f} s{}\n",
          text(dtype_), text(k.tier), c.expression, grouped(k.misrounded), k.max_ulp, k.worst,
          k.patches.size() + k.pieces.size(), k.disorder, c.seconds,
          c.holds() ? "" : "   THE PROMISE DOES NOT HOLD");
      std::fflush(stdout);
      made_.push_back(c);
    }
    return write();
  }

  // In f32 where that is to be tried, and in f64 where it will not do.
  Result<std::vector<Certified>> certify_in_either(CertifyRequest request) const {
    Pool pool(static_cast<int>(options_.threads));
    Watch watch;
    const bool may_be_short = request.in_f32 && bytes(dtype_) == 2;
    if (may_be_short) request.max_patches = max_patches_in_f32;
    std::vector<Certified> refuted;
    if (request.in_f32 && !may_be_short) {
      Result<std::vector<Certified>> trial = certify(trial_of(request), pool, std::ref(watch));
      if (!trial) return trial;
      if (!trial->front().holds()) {
        refuted = std::move(*trial);
        request.in_f32 = false;
      }
    }
    Result<std::vector<Certified>> made = certify(request, pool, std::ref(watch));
    if (may_be_short && !made && made.error().code != ErrorCode::cancelled) {
      request.in_f32 = false;
      request.max_patches = max_patches;
      made = certify(request, pool, std::ref(watch));
    } else if (request.in_f32 && !may_be_short && made && breaks_precise(*made)) {
      request.in_f32 = false;
      request.tiers = {Tier::precise};
      const Result<std::vector<Certified>> wide = certify(request, pool, std::ref(watch));
      if (!wide) return wide.error();
      made->insert(made->end(), wide->begin(), wide->end());
    }
    watch.clear();
    if (made) made->insert(made->end(), refuted.begin(), refuted.end());
    return made;
  }
  static CertifyRequest trial_of(CertifyRequest request) {
    request.tiers = {Tier::precise};
    request.every = trial_stride;
    request.repair = false;
    return request;
  }
  static bool breaks_precise(const std::vector<Certified>& made) {
    return std::any_of(made.begin(), made.end(), [](const Certified& c) {
      return c.certificate.tier == Tier::precise && !c.holds();
    });
  }

  Result<void> write() const {
    std::vector<Certificate> all;
    all.insert(all.end(), kept_.begin(), kept_.end());
    for (const Certified& c : made_) all.push_back(c.certificate);
    std::sort(all.begin(), all.end(), [](const Certificate& a, const Certificate& b) {
      return std::tie(a.expression, a.tier, a.expanded) <
             std::tie(b.expression, b.tier, b.expanded);
    });
    return write_file(fmt::format("{}/{}.def", options_.folder, text(dtype_)),
                      certificate_rows(all));
  }

  const CatalogueOptions& options_;
  DType dtype_;
  std::vector<Certificate> kept_;
  std::deque<std::string> names_;  // of kept ones that are new
  std::vector<Certified> made_;
};

Result<void> certificates(const CatalogueOptions& options) {
  if (options.markdown) {
    fmt::print("{}", accuracy_markdown());
    return {};
  }
  if (options.folder.empty() && !options.list)
    return make_error(ErrorCode::invalid_argument,
                      "what shall be done: --list (what is missing), --make FOLDER or --markdown");
  const CatchSignals signals;
  for (const DTypeInfo& row : dtype_table) {
    if (row.kind != DTypeKind::floating || (!options.dtype.empty() && options.dtype != row.text))
      continue;
    if (auto done = Maker(options, row.dtype).run(); !done) return done;
  }
  return {};
}

}  // namespace

void add_certify(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "certify", "Check an expression over every input, against wider arithmetic and MPFR");
  auto options = std::make_shared<CertifyOptions>();
  options->expression.add_to(*command);
  add_dtype(*command, options->dtype);
  command
      ->add_option("--every", options->every,
                   "check every Nth input and all borders only (default: 1; f64: 2^40)")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N");
  command->add_flag("--repair", options->repair,
                    "find what makes every result correctly rounded, check again, and keep the "
                    "certificate where the other subcommands find it");
  command
      ->add_option("--max-patches", options->max_patches,
                   "how many corrections a repair may take (default: 64)")
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N");
  command->add_option("-o,--output", options->output, "write the certificate to this file")
      ->type_name("FILE");
  command->add_flag("--in-f32", options->in_f32,
                    "evaluate it in f32 where every function in it has such an expansion, as if a "
                    "certificate said that this does");
  command->add_flag("--restart", options->restart, "forget what an interrupted check has done");
  command->add_option("--threads", options->threads, "threads (default: all)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
  command->callback([&action, options] { action = [options] { return certify_one(*options); }; });

  auto all = std::make_shared<CatalogueOptions>();
  command = app.add_subcommand("certificates", "The project's certificates of its catalogue");
  command->add_flag("--list", all->list, "functions whose certificate is missing or out of date");
  command->add_option("--make", all->folder, "make what is missing, into this folder")
      ->type_name("FOLDER");
  command->add_flag("--markdown", all->markdown, "the page docs/accuracy.md");
  command->add_option("--dtype", all->dtype, "of this dtype only")->type_name("dtype");
  command->add_option("--only", all->only, "functions whose call begins with this text")
      ->type_name("TEXT");
  command->add_option("--samples", all->f64_samples, "inputs of f64 (default: 2^30)")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N");
  command->callback([&action, all] { action = [all] { return certificates(*all); }; });
}

}  // namespace actjit::tools
