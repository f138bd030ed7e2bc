// The reference for graphs that look along axes: whole tensors of real numbers, node by node.
#pragma once

#include <span>
#include <vector>

#include "ir/graph.h"
#include "runtime/tensor.h"

namespace actjit::tools {

// Elements of the largest value of the graph for these inputs.
std::int64_t largest_value(const Graph& graph, std::span<const TensorView> inputs);

// The values of one output of float dtype, in C order. Inputs that bind_call accepts only.
std::vector<long double> reference_tensor(const Graph& graph, std::size_t output,
                                          std::span<const TensorView> inputs,
                                          std::span<const double> scalars);

}  // namespace actjit::tools
