// The loops of a schedule's kernels for tensors of known extents and strides.
#pragma once

#include <functional>

#include "codegen/layout.h"
#include "codegen/schedule.h"

namespace actjit {

// What is known of a call's tensors.
struct TensorShapes {
  std::function<std::int64_t(const Dim&)> extent;
  std::vector<std::vector<std::int64_t>> inputs, outputs;  // strides, in elements

  std::vector<std::int64_t> dims(const Shape& shape) const;
};

// Loops over the step's shape, kept ones first, not collapsed yet.
Loops step_loops(const Schedule& schedule, const Step& step, const TensorShapes& tensors);

// Where each operand's view begins in its tensor, in elements: reads, then writes.
std::vector<std::int64_t> view_offsets(const Schedule& schedule, const Step& step,
                                       const TensorShapes& tensors);

// The layouts of a schedule's kernels for dense operands in C order; symbols are taken for large
// and different extents. Errors: limit for too many loops.
Result<std::vector<Layout>> dense_layouts(const Graph& graph);

// The layouts that serve these loops. Errors: limit.
Result<std::vector<Layout>> layouts_of(std::span<const Loops> collapsed);

}  // namespace actjit
