#include "tools/bench/progress.h"

#include <fmt/format.h>

#include <cmath>

namespace actjit::bench {

namespace {

// A cell in cache takes as long as one of so many elements takes for its elements: 15 samples of
// 0.2 ms from a dozen contenders, against as many calls.
constexpr double elements_of_a_cell = 1e6;
constexpr double seconds_between_lines = 30;

double cost_of(const Cell& cell) {
  const double calls = cell.in_place ? 2 : 1;  // the input is restored ahead of each
  return elements_of_a_cell + calls * static_cast<double>(cell.elements());
}

}  // namespace

TimeLeft::TimeLeft(std::span<const Cell> cells) : before_{0} {
  for (const Cell& cell : cells) before_.push_back(before_.back() + cost_of(cell));
}

double TimeLeft::seconds(std::size_t next, double taken) const {
  if (before_[next] == 0) return 0;
  return taken * (before_.back() - before_[next]) / before_[next];
}

std::string show_seconds(double seconds) {
  return seconds < 60 ? fmt::format("{:.0f} s", seconds)
                      : fmt::format("{:.0f} min", std::ceil(seconds / 60));
}

void Progress::show(std::size_t next) {
  const Cell& cell = cells_[next];
  const double taken = tools::nanoseconds_since(start_) / 1e9;
  std::string note = fmt::format("{} in {}", cell.label(), text(cell.dtype));
  if (next > 0) note += fmt::format(", {} left", show_seconds(left_.seconds(next, taken)));
  bar_.show(left_.fraction(next), note);
  if (tools::is_terminal(stderr) || taken < last_line_ + seconds_between_lines) return;
  last_line_ = taken;
  fmt::print(stderr, "cell {} of {}: {}\n", next + 1, cells_.size(), note);
}

}  // namespace actjit::bench
