// Timing: the steady clock, batches long enough for it, medians.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <vector>

namespace actjit::tools {

using Clock = std::chrono::steady_clock;
double nanoseconds_since(Clock::time_point start);

double median(std::vector<double> samples);

struct Timing {
  int batches = 15;
  double batch_ns = 1e6;                      // how long a batch runs at least
  double warm_ns = 0;                         // how long the work runs ahead of each, untimed
  std::function<void(double)> progress = {};  // told the fraction that is done
};

// Makes so many calls and returns the nanoseconds they took.
using Batch = std::function<double(long calls)>;
Batch batch_of(std::function<void()> work);

// Nanoseconds of one call, for every batch of each. They take turns, batch by batch, so that what
// disturbs the machine disturbs all of them alike.
std::vector<std::vector<double>> sample_in_turn(std::span<const Batch> works,
                                                const Timing& timing = {});
// The medians of these.
std::vector<double> time_in_turn(std::span<const std::function<void()>> works,
                                 const Timing& timing = {});

// Takes `chain_cycles` cycles of the core, whatever its frequency: multiplications of integers that
// wait for each other, three cycles each on every x86 processor of the last ten years.
inline constexpr double chain_cycles = 3000;
void run_chain();

// The compiler may not guess that nobody reads the memory.
inline void keep(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

}  // namespace actjit::tools
