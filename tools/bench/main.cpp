// actjit_bench: actjit beside its peers, in one process, in turn. Exit codes: 0 ok, 1 failure, 2
// usage.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <memory>

#include "tools/bench/plot.h"
#include "tools/bench/report.h"
#include "tools/common/file.h"
#include "tools/common/pool.h"
#include "tools/common/terminal.h"

namespace actjit::bench {

namespace {

struct Options {
  Selection selection;
  std::vector<std::string> tiers{"fast", "precise"};
  int threads = 1;
  Timing timing;
  bool list = false, all_peers = false;
  std::string json, markdown, svg;
};

void add_options(CLI::App& app, Options& o) {
  app.add_option("functions", o.selection.functions,
                 "names or parts of names (default: all; see --list)");
  app.add_option("--dtype", o.selection.dtypes, "f32, f64, bf16, f16 (default: all)")
      ->delimiter(',');
  app.add_option("--n", o.selection.sizes, "elements (default: 256,4096,131072,16777216)")
      ->delimiter(',');
  app.add_option("--rows", o.selection.rows,
                 "lengths of rows, for softmax and its like (default: 10,128,1024,65536)")
      ->delimiter(',');
  app.add_option("--tier", o.tiers, "tiers of actjit")->delimiter(',')->capture_default_str();
  app.add_option("--threads", o.threads, "cores to use")
      ->check(CLI::Range(1, 64).description(""))
      ->capture_default_str();
  app.add_option("--rounds", o.timing.rounds, "samples of each median")
      ->check(CLI::Range(15, 1000).description(""))
      ->capture_default_str();
  app.add_flag("--peers", o.all_peers, "print every peer, not only the best");
  app.add_option("--json", o.json, "write all figures to this file");
  app.add_option("--markdown", o.markdown, "write the page (docs/performance.md) to this file");
  app.add_option("--svg", o.svg,
                 "write a picture for each dtype and size into this folder; --markdown shows them");
  app.add_flag("--list", o.list, "list functions and peers, and stop");
}

Result<std::vector<Tier>> tiers_of(const Options& options) {
  std::vector<Tier> out;
  for (const std::string& name : options.tiers) {
    const auto tier = find_tier(name);
    if (!tier)
      return make_error(
          ErrorCode::invalid_argument,
          fmt::format("there is no tier '{}'; there are: exact, precise, fast, rough", name));
    out.push_back(*tier);
  }
  return out;
}

void print_list(const Peers& peers) {
  fmt::print("functions\n");
  for (const Workload& w : workloads()) fmt::print("  {:<16} {}\n", w.name, w.program);
  fmt::print("peers\n");
  for (const auto& p : peers.found) fmt::print("  {}\n", p->name());
  for (const std::string& m : peers.missing) fmt::print("  {}\n", m);
}

// On the last cores, since the first ones serve interrupts. Threads started later inherit it.
// Errors: invalid_argument where there are fewer.
Result<void> pin(int threads) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {};
  int left = threads;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && left > 0; --cpu)
    if (CPU_ISSET(cpu, &allowed)) {
      CPU_SET(cpu, &chosen);
      --left;
    }
  if (left > 0)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("--threads {}: this machine has {} cores for the program",
                                  threads, threads - left));
  sched_setaffinity(0, sizeof chosen, &chosen);
  return {};
}

// What each peer can do of the cells, tried before this process starts threads or an engine.
std::vector<std::vector<const Peer*>> probe_all(const Peers& peers, const std::vector<Cell>& cells,
                                                Run& run) {
  std::vector<std::vector<const Peer*>> out(cells.size());
  tools::ProgressBar bar("trying peers");
  for (std::size_t p = 0; p < peers.found.size(); ++p) {
    const Peer& peer = *peers.found[p];
    bar.show(static_cast<double>(p) / static_cast<double>(peers.found.size()), peer.name());
    const Probe result = probe(peer, cells);
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (result.works[c]) out[c].push_back(&peer);
    run.peers.push_back(peer.name());
    run.notes.insert(run.notes.end(), result.failures.begin(), result.failures.end());
  }
  return out;
}

Result<void> measure_all(const Options& options, const std::vector<Tier>& tiers,
                         const std::vector<Cell>& cells,
                         const std::vector<std::vector<const Peer*>>& peers, Run& run) {
  std::unique_ptr<tools::Pool> pool;
  ParallelFor parallel;
  if (options.threads > 1) {
    pool = std::make_unique<tools::Pool>(options.threads);
    parallel = pool->parallel_for();
  }
  const Result<Bench> bench = Bench::create(tiers, options.timing, pool ? &parallel : nullptr);
  if (!bench) return bench.error();
  tools::ProgressBar bar("measuring");
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Cell& cell = cells[c];
    bar.show(static_cast<double>(c) / static_cast<double>(cells.size()),
             fmt::format("{} {} {}", cell.workload->name, text(cell.dtype), cell.shape()));
    Result<Measured> measured = bench->measure(cell, peers[c], run.notes);
    if (measured)
      run.cells.push_back(std::move(*measured));
    else
      run.notes.push_back(fmt::format("actjit: {} {} {}: {}", cell.workload->name, text(cell.dtype),
                                      cell.shape(), measured.error().to_string()));
  }
  return {};
}

// Returns the pictures as a page at --markdown refers to them.
Result<std::vector<std::string>> write_plots(const Options& options, const Run& run) {
  std::vector<std::string> out;
  if (options.svg.empty()) return out;
  if (auto done = tools::make_folder(options.svg); !done) return done.error();
  const auto page = std::filesystem::absolute(options.markdown).parent_path();
  for (const Plot& plot : plots_of(run)) {
    const std::filesystem::path path = std::filesystem::path(options.svg) / plot.name;
    if (auto done = tools::write_file(path, plot.svg); !done) return done.error();
    out.push_back(std::filesystem::absolute(path).lexically_relative(page));
  }
  return out;
}

Result<void> write_reports(const Options& options, const Run& run) {
  const Result<std::vector<std::string>> plots = write_plots(options, run);
  if (!plots) return plots.error();
  if (!options.json.empty())
    if (auto done = tools::write_file(options.json, to_json(run)); !done) return done;
  if (!options.markdown.empty())
    if (auto done = tools::write_file(options.markdown, to_markdown(run, *plots)); !done)
      return done;
  return {};
}

Result<void> bench(const Options& options, Run run) {
  const Peers peers = find_peers();
  if (options.list) {
    print_list(peers);
    return {};
  }
  const Result<std::vector<Cell>> cells = cells_of(options.selection);
  if (!cells) return cells.error();
  const Result<std::vector<Tier>> tiers = tiers_of(options);
  if (!tiers) return tiers.error();
  if (auto done = pin(options.threads); !done) return done;
  describe_machine(run);
  run.threads = options.threads;
  run.rounds = options.timing.rounds;
  run.notes = peers.missing;
  const auto able = probe_all(peers, *cells, run);
  if (auto done = measure_all(options, *tiers, *cells, able, run); !done) return done;
  fmt::print("{}\n{}", print_table(run, options.all_peers, tools::has_colour(stdout)),
             print_summary(run));
  return write_reports(options, run);
}

void complain(std::string_view message) {
  fmt::print(stderr, "actjit_bench: {} {}\n",
             tools::styled("error:", tools::Style::bad, tools::has_colour(stderr)), message);
}

std::string command_of(int argc, char** argv) {
  std::string out = "tools/benchmark";
  for (int i = 1; i < argc; ++i) out += fmt::format(" {}", argv[i]);
  return out;
}

int run(int argc, char** argv) {
  CLI::App app{"actjit beside its peers: ratios to the best of them.", "actjit_bench"};
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    complain(error.what());
    return 2;
  }
  const Result<void> done = bench(options, Run{.command = command_of(argc, argv)});
  if (done) return 0;
  complain(done.error().to_string());
  return done.error().code == ErrorCode::invalid_argument ? 2 : 1;
}

}  // namespace

}  // namespace actjit::bench

int main(int argc, char** argv) {
  try {
    return actjit::bench::run(argc, argv);
  } catch (const std::exception& error) {
    actjit::bench::complain(error.what());
    return 1;
  }
}
