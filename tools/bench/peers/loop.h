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

// The loop of a workload, or null where there is none. Each is built twice: for all that this
// processor has, and for AVX2.
using FindLoop = Loop (*)(const char* workload, LoopDtype dtype, bool first_axis);
#define ACTJIT_LOOPS(name)                                                                \
  Loop find_##name##_loop_native(const char* workload, LoopDtype dtype, bool first_axis); \
  Loop find_##name##_loop_avx2(const char* workload, LoopDtype dtype, bool first_axis);
ACTJIT_LOOPS(gcc)
ACTJIT_LOOPS(clang)
ACTJIT_LOOPS(sleef_u10)
ACTJIT_LOOPS(sleef_u35)
ACTJIT_LOOPS(highway)
#undef ACTJIT_LOOPS

}  // namespace actjit::bench
