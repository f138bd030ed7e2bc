// Where tensors lie, and whether they lie on each other. Internal to runtime.
#pragma once

#include "runtime/tensor.h"

namespace actjit {

// The bytes an operand touches, [first, last): addresses, or distances from its `data`.
struct Range {
  std::intptr_t first;
  std::intptr_t last;

  Range from(const void* data) const {
    const auto base = reinterpret_cast<std::intptr_t>(data);
    return {base + first, base + last};
  }
};

// From `data`.
Range reach(const TensorView& v);

inline bool overlap(const Range& a, const Range& b) { return a.first < b.last && b.first < a.last; }
bool overlap(const TensorView& a, const TensorView& b);

// Whether element i of one is element i of the other.
bool same_place(const TensorView& a, const TensorView& b);

}  // namespace actjit
