// Loops over the elements of a block, compiled for the widest vectors of the machine they run on.
#pragma once

#include "tools/certify/lanes.h"

namespace actjit::tools {

#if defined(__x86_64__)
// What is inlined into these may use the instructions they name.
template <class F>
[[gnu::target("avx2,fma")]] void each_of_avx2(F f) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < block_size; ++i) f(i);
}
template <class F>
[[gnu::target("avx512f,avx512dq,avx512vl,fma,prefer-vector-width=512")]] void each_of_avx512(F f) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < block_size; ++i) f(i);
}
#endif

// f(i) must not depend on the order of the elements.
template <class F>
void each(F f) {
#if defined(__x86_64__)
  if (has_widest_lanes()) return each_of_avx512(f);
  if (has_wide_lanes()) return each_of_avx2(f);
#endif
  for (std::size_t i = 0; i < block_size; ++i) f(i);
}

// Of a lambda for each(), which has to be inlined to be compiled for the vectors.
#define ACTJIT_EACH [=](std::size_t i) __attribute__((always_inline))

}  // namespace actjit::tools
