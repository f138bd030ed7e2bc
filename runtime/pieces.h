// How much work is worth a thread. Internal to runtime.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codegen/plan.h"

namespace actjit {

// To hand a piece to a thread that waits for one takes 0.3 microseconds. Each has at least twice
// that of work: so many times an operation on one element of a vector, of which a core does a
// hundred in a nanosecond. To load and store an element counts as some more.
inline constexpr std::int64_t min_operations_per_piece = 65536;
inline constexpr std::int64_t operations_around = 4;

// The elements of a piece that is worth making, at least.
inline std::int64_t least_piece(const Plan& plan) {
  const auto operations = static_cast<std::int64_t>(plan.element_ops());
  return std::max<std::int64_t>(min_operations_per_piece / (operations_around + operations), 1);
}

}  // namespace actjit
