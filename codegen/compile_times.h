// Where the time of one compilation went.
#pragma once

#include <chrono>

namespace actjit {

// Microseconds of wall time.
struct CompileTimes {
  double lower = 0;  // rules and expansions
  double plan = 0;
  double emit = 0;      // LLVM IR written
  double optimise = 0;  // LLVM passes
  double object = 0;    // instruction selection to bytes
  double release = 0;   // the memory of all this given back
  double link = 0;      // bytes into memory

  double total() const { return lower + plan + emit + optimise + object + release + link; }
};

using CompileClock = std::chrono::steady_clock;

inline double microseconds(CompileClock::time_point from, CompileClock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

}  // namespace actjit
