// Peers tried out in child processes: a crash, an endless loop or a refusal takes one cell away
// from a peer and nothing from the run.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <set>
#include <system_error>

#include "tools/bench/peer.h"

namespace actjit::bench {

namespace {

constexpr unsigned seconds_for_a_try = 20;
constexpr std::int64_t elements_of_a_try = 4096;
constexpr int max_crashes = 4;  // after so many a peer is left out

enum class Outcome : std::int32_t { started, works, no_such_function, refused };

// What the child reports, in one write each.
struct Message {
  std::uint32_t cell = 0;
  Outcome outcome = Outcome::started;
  double ns = 0;  // of an element, where it works
  char text[120] = {};
};

Outcome attempt(const Peer& peer, const Cell& cell, double& ns) {
  const Result<Source> source = source_of(cell);
  Result<std::vector<Buffer>> inputs = inputs_of(cell, *source);
  Result<Buffer> output = Buffer::make(cell.dtype, {cell.elements()});
  Job job{.cell = cell, .output = cell.in_place ? inputs->front().data() : output->data()};
  for (const Buffer& b : *inputs) job.inputs.push_back(b.data());
  const Work work = peer.prepare(job);
  if (!work) return Outcome::no_such_function;
  work();
  const tools::Batch again = work.batch ? work.batch : tools::batch_of(work.run);
  ns = again(1) / static_cast<double>(cell.elements());
  return Outcome::works;
}

void send(int pipe, const Message& message) {
  if (write(pipe, &message, sizeof message) != sizeof message) _exit(1);
}

[[noreturn]] void child(const Peer& peer, std::span<const Cell> cells, std::size_t first,
                        int pipe) {
  for (std::size_t i = first; i < cells.size(); ++i) {
    Message message{.cell = static_cast<std::uint32_t>(i)};
    send(pipe, message);
    alarm(seconds_for_a_try);
    try {
      message.outcome = attempt(peer, cells[i], message.ns);
    } catch (const std::exception& error) {
      message.outcome = Outcome::refused;
      std::strncpy(message.text, error.what(), sizeof message.text - 1);
    }
    send(pipe, message);
  }
  _exit(0);
}

std::string label(const Cell& cell) {
  return fmt::format("{} in {}", cell.label(), text(cell.dtype));
}

// The functions a peer refused, by what it said.
using Refusals = std::map<std::string, std::set<std::string>>;

// One child from cell `first` on. Returns the cell behind the one that ended it.
std::size_t run_child(const Peer& peer, std::span<const Cell> cells, std::size_t first, Probe& out,
                      Refusals& refused, int& crashes) {
  int ends[2];
  if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    close(ends[0]);
    child(peer, cells, first, ends[1]);
  }
  close(ends[1]);
  Message message, last;
  while (read(ends[0], &message, sizeof message) == sizeof message) {
    last = message;
    if (message.outcome == Outcome::works) {
      out.works[message.cell] = true;
      out.seconds[message.cell] = message.ns / 1e9;
    }
    if (message.outcome == Outcome::refused) {
      const Cell& cell = cells[message.cell];
      refused[fmt::format("in {}: {}", text(cell.dtype), message.text)].emplace(
          cell.workload->name);
    }
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return cells.size();
  ++crashes;
  const std::string how = !WIFSIGNALED(status) ? fmt::format("exits with {}", WEXITSTATUS(status))
                          : WTERMSIG(status) == SIGALRM
                              ? fmt::format("takes more than {} s", seconds_for_a_try)
                              : fmt::format("crashes ({})", strsignal(WTERMSIG(status)));
  out.failures.push_back(
      fmt::format("{}: {} on {}; skipped", peer.name(), how, label(cells[last.cell])));
  return last.cell + 1;
}

}  // namespace

Probe probe(const Peer& peer, std::span<const Cell> cells) {
  // Cells that differ in size or threads only are tried once.
  std::map<std::string, std::size_t> places;
  std::vector<Cell> tried;
  std::vector<std::size_t> place;
  for (const Cell& cell : cells) {
    Cell small = cell.smaller(elements_of_a_try);
    small.threads = 1;
    const auto [at, is_new] = places.emplace(label(small), tried.size());
    if (is_new) tried.push_back(small);
    place.push_back(at->second);
  }
  // Seconds are those of an element here.
  Probe found{std::vector<bool>(tried.size()), std::vector<double>(tried.size()), {}};
  int crashes = 0;
  Refusals refused;
  for (std::size_t at = 0; at < tried.size() && crashes < max_crashes;)
    at = run_child(peer, tried, at, found, refused, crashes);
  for (const auto& [said, functions] : refused)
    found.failures.push_back(
        fmt::format("{}: refuses {} {}", peer.name(), fmt::join(functions, ", "), said));
  if (crashes == max_crashes) {
    found.failures.push_back(
        fmt::format("{}: crashed {} times and is left out", peer.name(), crashes));
    found.works.assign(tried.size(), false);
  }
  Probe out{{}, {}, std::move(found.failures)};
  for (std::size_t c = 0; c < cells.size(); ++c) {
    out.works.push_back(found.works[place[c]]);
    out.seconds.push_back(found.seconds[place[c]] * static_cast<double>(cells[c].elements()));
  }
  return out;
}

}  // namespace actjit::bench
