// What reductions and views mean, on whole tensors. Internal to the interpreter.
#pragma once

#include "ir/interpret.h"

namespace actjit {

// The elements of the op of `n` over `a` (and `b`, for a join), a tensor of `dims`.
std::vector<Bits> along_axes(const Node& n, const Tensor& a, const Tensor& b,
                             const std::vector<std::int64_t>& dims);

}  // namespace actjit
