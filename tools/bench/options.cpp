#include "tools/bench/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "codegen/target.h"

namespace actjit::bench {

namespace {

Result<Tier> tier_of(const std::string& name) {
  if (const auto tier = find_tier(name)) return *tier;
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("there is no tier '{}'; there are: exact, precise, fast, rough", name));
}

}  // namespace

void Options::add_to(CLI::App& app) {
  app.add_option("functions", selection.functions,
                 "names or parts of names (default: all; see --list)");
  app.add_option("--dtype", selection.dtypes, "f32, f64, bf16, f16 (default: all)")->delimiter(',');
  app.add_option("--n", selection.sizes,
                 "elements (default: 256,4096,131072, and 16777216 for f32 and bf16, rows of 10 "
                 "and 1024, one "
                 "core)")
      ->delimiter(',');
  app.add_option("--rows", selection.rows,
                 "lengths of rows, for softmax and its like (default: 10,128,1024,65536)")
      ->delimiter(',');
  app.add_option("--threads", selection.threads, "numbers of cores, each of which makes its cells")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--tier", tiers, "tiers of actjit")->delimiter(',')->capture_default_str();
  app.add_option("--target", target,
                 "instruction set of actjit; x86-64-v3 holds the peers to AVX2 as well")
      ->capture_default_str();
  app.add_option("--python", python,
                 "an interpreter; with it NumPy, JAX and torch take part, if it has them");
  app.add_option("--rounds", timing.rounds, "samples of each median")
      ->check(CLI::Range(15, 1000).description(""))
      ->capture_default_str();
  app.add_flag("--peers", all_peers, "print every peer, and the operations that were counted");
  app.add_flag("--no-counts", no_counts,
               "do not count operations where actjit is behind, which takes a moment");
  app.add_option("--json", json, "write all figures to this file");
  app.add_option("--markdown", markdown, "write the page (docs/performance.md) to this file");
  app.add_option("--svg", svg,
                 "write pictures for each dtype and size into this folder; --markdown shows them");
  app.add_option("--command", command, "the command that the reports name")->group("");
  app.add_flag("--list", list, "list functions and peers, and stop");
}

Result<Method> Options::method() const {
  Method out{.tiers = {}, .timing = timing, .target = target, .counts = !no_counts};
  for (const std::string& name : tiers) {
    const Result<Tier> tier = tier_of(name);
    if (!tier) return tier.error();
    out.tiers.push_back(*tier);
  }
  const Result<Target> found = find_target(target);
  if (!found) return make_error(ErrorCode::invalid_argument, found.error().message);
  if (!host_supports(*found))
    return make_error(ErrorCode::unsupported_target,
                      fmt::format("this machine cannot run code for {}", target));
  return out;
}

}  // namespace actjit::bench
