// What a kernel is, what it cost to make, how fast and how accurate it is.
#pragma once

#include <string>

#include "tools/common/call.h"
#include "tools/common/reference.h"
#include "tools/common/timing.h"

namespace actjit::tools {

struct Speed {
  double call_ns = 0;   // one call through the handle
  double copy_ns = 0;   // one copy of the same bytes: half of them read, half written
  double cycle_ns = 0;  // one cycle of the core, at the frequency it had meanwhile
  double bytes = 0;     // that a call reads and writes
  std::int64_t elements = 0;

  double ns_per_element() const;
  double gb_per_second() const { return call_ns > 0 ? bytes / call_ns : 0; }
  double copy_gb_per_second() const { return copy_ns > 0 ? bytes / copy_ns : 0; }
};

// Times the kernel on the call's own tensors, in turn with the copy and a chain of known cycles.
// Errors: those of the kernel.
Result<Speed> measure_speed(const Kernel& kernel, const Call& call, const ParallelFor* parallel,
                            const Timing& timing = {});

struct Report {
  Target target;
  unsigned lanes = 0;
  unsigned unroll = 0;
  std::size_t kernels = 1;  // one after the other; lanes and unroll are the first one's
  double compile_ns = 0;    // from graph and spec to the handle
  CompileTimes times;
  Speed speed;
  Accuracy accuracy;
};

// At most this many elements of an output are compared with the reference.
inline constexpr std::int64_t max_compared = 1 << 20;

// Runs and measures; the call's outputs hold the results afterwards.
Result<Report> make_report(const Kernel& kernel, Call& call, double compile_ns,
                           const ParallelFor* parallel);

// "lower 0.5 ms, plan ..." of one compilation.
std::string show(const CompileTimes& times);
std::string show(const Speed& speed);
std::string show(const Accuracy& accuracy);

// Aligned lines, each `indent` blanks in.
std::string print(const Report& report, std::size_t indent, bool colour);

}  // namespace actjit::tools
