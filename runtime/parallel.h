// The host's parallel_for: kernels have no threads of their own.
#pragma once

#include <cstdint>

namespace actjit {

// Calls body(state, i) for every i in [0, count), on any threads, and returns when all are done.
// Splitting never changes a bit of the result.
struct ParallelFor {
  void* context = nullptr;
  void (*run)(void* context, std::int64_t count, void (*body)(void* state, std::int64_t index),
              void* state) = nullptr;
  std::int64_t threads = 1;  // how many pieces are worth making
};

}  // namespace actjit
