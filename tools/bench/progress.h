// How far a run is and how long it will still take.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/bench/workload.h"
#include "tools/common/terminal.h"
#include "tools/common/timing.h"

namespace actjit::bench {

// What is left of a run, from what its cells took so far: their cost is that of their kernels and
// samples, and beyond the caches that of their elements.
class TimeLeft {
 public:
  explicit TimeLeft(std::span<const Cell> cells);

  // In seconds, when the cells before `next` have taken so many; nothing is known of the first.
  double seconds(std::size_t next, double taken) const;
  // Of the work, not of the cells.
  double fraction(std::size_t next) const { return before_[next] / before_.back(); }

 private:
  std::vector<double> before_;  // by cell: the cost of those before it; last, that of all
};

// "14 s", "3 min".
std::string show_seconds(double seconds);

// A bar on a terminal; elsewhere a line on stderr now and then.
class Progress {
 public:
  explicit Progress(std::span<const Cell> cells) : cells_(cells), left_(cells), bar_("measuring") {}
  // Before cell `next` is measured.
  void show(std::size_t next);

 private:
  std::span<const Cell> cells_;
  TimeLeft left_;
  tools::ProgressBar bar_;
  tools::Clock::time_point start_ = tools::Clock::now();
  double last_line_ = 0;  // when, in seconds from the start
};

}  // namespace actjit::bench
