// A loop over tensors: what compiled and library loops have in common. Plain C, because its two
// sides are built with different compilers and options.
#pragma once

#include <stdint.h>

namespace actjit::bench {

// A matrix of outer x inner elements in C order. Items are elements in a flat tensor, rows along
// the last axis, and columns where rows lie along the first.
struct LoopCall {
  const void* in[3];
  void* out;
  int64_t outer, inner;
  int64_t begin, end;  // the items to compute
};
using Loop = void (*)(const LoopCall* call);

enum class LoopDtype { f32, f64, bf16, f16 };

// The loop of a workload, or null where there is none.
using FindLoop = Loop (*)(const char* workload, LoopDtype dtype, bool first_axis);
Loop find_gcc_loop(const char* workload, LoopDtype dtype, bool first_axis);
Loop find_clang_loop(const char* workload, LoopDtype dtype, bool first_axis);
Loop find_sleef_u10_loop(const char* workload, LoopDtype dtype, bool first_axis);
Loop find_sleef_u35_loop(const char* workload, LoopDtype dtype, bool first_axis);
Loop find_highway_loop(const char* workload, LoopDtype dtype, bool first_axis);

}  // namespace actjit::bench
