// actjit_bench: actjit beside its peers, in one process, in turn. Exit codes: 0 ok, 1 failure, 2
// usage.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>

#include "tools/bench/options.h"
#include "tools/bench/plot.h"
#include "tools/bench/progress.h"
#include "tools/bench/report.h"
#include "tools/common/file.h"
#include "tools/common/terminal.h"

namespace actjit::bench {

namespace {

void print_list(const Peers& peers) {
  fmt::print("functions\n");
  for (const Workload& w : workloads()) fmt::print("  {:<16} {}\n", w.name, w.program);
  fmt::print("peers\n");
  for (const auto& p : peers.found) fmt::print("  {}\n", p->name());
  for (const std::string& m : peers.missing) fmt::print("  {}\n", m);
}

// The cores this program may use, the last ones first: the first ones serve interrupts.
std::vector<int> allowed_cores() {
  cpu_set_t allowed;
  std::vector<int> out;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return out;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu)
    if (CPU_ISSET(cpu, &allowed)) out.push_back(cpu);
  return out;
}

// This thread, and those it starts later.
void pin(const std::vector<int>& cores, int threads) {
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  for (int i = 0; i < threads; ++i) CPU_SET(cores[static_cast<std::size_t>(i)], &chosen);
  sched_setaffinity(0, sizeof chosen, &chosen);
}

Result<void> check_threads(const std::vector<int>& asked, const std::vector<int>& cores) {
  const int most = *std::max_element(asked.begin(), asked.end());
  if (most <= static_cast<int>(cores.size())) return {};
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("--threads {}: this machine has {} cores for the program", most, cores.size()));
}

// A peer that needs longer is not the best anywhere.
constexpr double longest_call_s = 0.5;

// What each peer can do of the cells, tried before this process starts threads or an engine.
std::vector<std::vector<const Peer*>> probe_all(const Peers& peers, const std::vector<Cell>& cells,
                                                Run& run) {
  std::vector<std::vector<const Peer*>> out(cells.size());
  tools::ProgressBar bar("trying peers");
  for (std::size_t p = 0; p < peers.found.size(); ++p) {
    const Peer& peer = *peers.found[p];
    bar.show(static_cast<double>(p) / static_cast<double>(peers.found.size()), peer.name());
    const Probe result = probe(peer, cells);
    std::size_t too_slow = 0;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (!result.works[c]) continue;
      if (result.seconds[c] <= longest_call_s)
        out[c].push_back(&peer);
      else
        ++too_slow;
    }
    if (too_slow > 0)
      run.notes.push_back(fmt::format("{}: left out of {} cells, where a call takes more than {} s",
                                      peer.name(), too_slow, longest_call_s));
    run.peers.push_back(peer.name());
    run.notes.insert(run.notes.end(), result.failures.begin(), result.failures.end());
  }
  return out;
}

Result<void> measure_all(Bench& bench, const std::vector<int>& cores,
                         const std::vector<Cell>& cells,
                         const std::vector<std::vector<const Peer*>>& peers, Run& run) {
  Progress progress(cells);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Cell& cell = cells[c];
    progress.show(c);
    pin(cores, cell.threads);
    Result<Measured> measured = bench.measure(cell, peers[c], run.notes);
    if (measured)
      run.cells.push_back(std::move(*measured));
    else
      run.notes.push_back(fmt::format("actjit: {} in {}: {}", cell.label(), text(cell.dtype),
                                      measured.error().to_string()));
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
  const tools::Clock::time_point start = tools::Clock::now();
  const Result<Method> method = options.method();
  if (!method) return method.error();
  const Target target = find_target(options.target).value();
  const Peers peers = find_peers({.avx2 = target.vector_bits == 256, .python = options.python});
  if (options.list) {
    print_list(peers);
    return {};
  }
  const Result<std::vector<Cell>> cells = cells_of(options.selection);
  if (!cells) return cells.error();
  const std::vector<int> cores = allowed_cores();
  if (auto done = check_threads(options.selection.threads, cores); !done) return done;
  describe_machine(run);
  run.target = target.name;
  run.rounds = options.timing.rounds;
  run.notes = peers.missing;
  const auto able = probe_all(peers, *cells, run);
  Result<Bench> contest = Bench::create(*method);
  if (!contest) return contest.error();
  if (auto done = measure_all(*contest, cores, *cells, able, run); !done) return done;
  run.seconds = tools::nanoseconds_since(start) / 1e9;
  fmt::print("{}\n{}", print_table(run, options.all_peers, tools::has_colour(stdout)),
             print_summary(run));
  return write_reports(options, run);
}

void complain(std::string_view message) {
  fmt::print(stderr, "actjit_bench: {} {}\n",
             tools::styled("error:", tools::Style::bad, tools::has_colour(stderr)), message);
}

int run(int argc, char** argv) {
  CLI::App app{"actjit beside its peers: ratios to the best of them.", "actjit_bench"};
  Options options;
  options.add_to(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    complain(error.what());
    return 2;
  }
  const Result<void> done = bench(options, Run{.command = options.command});
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
