#include "codegen/step_loops.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/extents.h"

namespace actjit {

namespace {

std::vector<std::int64_t> strides_of(const Schedule& schedule, const KernelOperand& operand,
                                     const TensorShapes& tensors) {
  switch (operand.place) {
    case Place::input: return tensors.inputs[operand.index];
    case Place::output: return tensors.outputs[operand.index];
    case Place::positions: return {1};
    case Place::intermediate: break;
  }
  return dense_strides(tensors.dims(schedule.intermediates[operand.index].shape));
}

// Whether the loops run through the operand: one that no output depends on may have any shape.
bool is_read(const Step& step, const View& view) {
  const std::optional<Shape> both = broadcast(shape_of(view), step.shape);
  if (!both) return false;
  // Leading axes of one element do not count.
  const std::size_t extra = both->size() - step.shape.size();
  for (std::size_t d = 0; d < both->size(); ++d)
    if (!((*both)[d] == (d < extra ? Dim(1) : step.shape[d - extra]))) return false;
  return true;
}

// Along each dimension of the step's shape.
std::vector<std::int64_t> operand_strides(const Schedule& schedule, const Step& step,
                                          const KernelOperand& operand,
                                          const TensorShapes& tensors) {
  std::vector<std::int64_t> out(step.shape.size(), 0);
  if (!is_read(step, operand.view)) return out;
  const std::vector<std::int64_t> strides = strides_of(schedule, operand, tensors);
  const std::size_t shared = std::min(step.shape.size(), operand.view.size());
  for (std::size_t k = 1; k <= shared; ++k) {
    const ViewAxis& a = operand.view[operand.view.size() - k];
    if (a.dim != ViewAxis::no_dim && tensors.extent(a.extent) != 1)
      out[step.shape.size() - k] = strides[static_cast<std::size_t>(a.dim)] * a.step;
  }
  return out;
}

// Kept dimensions first, then the reduced ones.
std::vector<std::size_t> loop_order(const Step& step) {
  std::vector<std::size_t> order;
  for (bool reduced : {false, true})
    for (std::size_t d = 0; d < step.shape.size(); ++d)
      if (step.reduced.has(d) == reduced) order.push_back(d);
  return order;
}

template <class Each>
void each_operand(const Step& step, Each each) {
  for (const KernelOperand& o : step.reads) each(o);
  for (const KernelOperand& o : step.writes) each(o);
}

}  // namespace

std::vector<std::int64_t> TensorShapes::dims(const Shape& shape) const {
  std::vector<std::int64_t> out;
  for (const Dim& d : shape) out.push_back(extent(d));
  return out;
}

Loops step_loops(const Schedule& schedule, const Step& step, const TensorShapes& tensors) {
  const std::vector<std::size_t> order = loop_order(step);
  const std::vector<std::int64_t> dims = tensors.dims(step.shape);
  Loops loops;
  loops.reduced = step.reduced.count();
  for (std::size_t d : order) loops.dims.push_back(dims[d]);
  each_operand(step, [&](const KernelOperand& operand) {
    const auto strides = operand_strides(schedule, step, operand, tensors);
    loops.strides.emplace_back();
    for (std::size_t d : order) loops.strides.back().push_back(strides[d]);
  });
  return loops;
}

std::vector<std::int64_t> view_offsets(const Schedule& schedule, const Step& step,
                                       const TensorShapes& tensors) {
  std::vector<std::int64_t> out;
  each_operand(step, [&](const KernelOperand& operand) {
    const std::vector<std::int64_t> strides = strides_of(schedule, operand, tensors);
    std::int64_t offset = 0;
    for (const ViewAxis& a : operand.view)
      if (a.dim != ViewAxis::no_dim) offset += a.start * strides[static_cast<std::size_t>(a.dim)];
    out.push_back(offset);
  });
  return out;
}

Result<std::vector<Layout>> layouts_of(std::span<const Loops> collapsed) {
  std::vector<Layout> out;
  for (const Loops& loops : collapsed) {
    const std::size_t most = std::max(loops.kept(), loops.reduced);
    if (most > max_loops)
      return make_error(ErrorCode::limit,
                        fmt::format("these tensors need {} nested loops, at most {} are compiled; "
                                    "make them contiguous",
                                    most, max_loops));
    out.push_back(layout_of(loops));
  }
  return out;
}

Result<std::vector<Layout>> dense_layouts(const Graph& graph) {
  // Numbers in the place of symbols, so different that no two loops merge by accident.
  std::map<std::string, std::int64_t> symbols;
  TensorShapes tensors;
  tensors.extent = [&symbols](const Dim& d) {
    const auto next = static_cast<std::int64_t>(1009 + 2 * symbols.size());
    const std::int64_t n =
        d.is_symbolic() ? symbols.emplace(d.symbol.string(), next).first->second : d.extent;
    // Empty tensors have no strides to speak of; their kernel is that of the full ones.
    return std::max<std::int64_t>(n, 1);
  };
  const auto strides = [&](NodeId node) { return dense_strides(tensors.dims(graph.shape(node))); };
  for (const Input& i : graph.inputs()) tensors.inputs.push_back(strides(i.node));
  for (const Output& o : graph.outputs()) tensors.outputs.push_back(strides(o.node));
  const Schedule steps = schedule(graph);
  std::vector<Loops> collapsed;
  for (const Step& step : steps.steps)
    collapsed.push_back(collapse(step_loops(steps, step, tensors)));
  return layouts_of(collapsed);
}

}  // namespace actjit
