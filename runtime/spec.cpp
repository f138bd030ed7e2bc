#include "runtime/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "codegen/step_loops.h"
#include "ir/extents.h"
#include "runtime/overlap.h"

namespace actjit {

namespace {

// Whether reach() can be computed: no element lies further than half the address space away.
bool is_addressable(const TensorView& v) {
  double reach = 1;
  for (std::size_t d = 0; d < v.dims.size(); ++d)
    reach += static_cast<double>(v.dims[d]) * std::abs(static_cast<double>(v.strides[d]));
  return reach * bytes(v.dtype) < 0x1p62;
}

Result<void> check_operand(const Graph& graph, std::string_view name, NodeId node,
                           const TensorView& v) {
  const DType want = graph[node].dtype;
  if (v.dtype != want)
    return make_error(ErrorCode::type_mismatch,
                      fmt::format("'{}' is {}, wanted {}", name, text(v.dtype), text(want)));
  if (v.strides.size() != v.dims.size())
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("'{}' has {} dims but {} strides", name, v.dims.size(), v.strides.size()));
  if (!element_count(v.dims))
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("'{}' cannot have the shape {}", name, to_string(v.dims)));
  if (v.elements() == 0) return {};
  if (!is_addressable(v))
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("'{}' reaches past the address space with its strides", name));
  if (!v.data)
    return make_error(ErrorCode::invalid_argument, fmt::format("'{}' has no data", name));
  if (reinterpret_cast<std::uintptr_t>(v.data) % static_cast<std::uintptr_t>(bytes(v.dtype)) != 0)
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("'{}' is not aligned to its elements of {} bytes", name, bytes(v.dtype)));
  return {};
}

Result<Extents> bind_inputs(const Graph& graph, std::span<const TensorView> inputs) {
  if (inputs.size() != graph.inputs().size())
    return make_error(ErrorCode::missing_input, fmt::format("{} inputs given, the graph has {}",
                                                            inputs.size(), graph.inputs().size()));
  Extents extents;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& in = graph.inputs()[i];
    if (auto fits = check_operand(graph, in.name, in.node, inputs[i]); !fits) return fits.error();
    if (auto fits = extents.bind(in.name, graph.shape(in.node), inputs[i].dims); !fits)
      return fits.error();
  }
  return extents;
}

// Whether the strides nest: by size, each steps over all that the smaller ones reach.
bool elements_lie_apart(const TensorView& v) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> steps;
  for (std::size_t d = 0; d < v.dims.size(); ++d)
    if (v.dims[d] > 1)
      steps.emplace_back(v.strides[d] < 0 ? 0 - static_cast<std::uint64_t>(v.strides[d])
                                          : static_cast<std::uint64_t>(v.strides[d]),
                         v.dims[d]);
  std::sort(steps.begin(), steps.end());
  std::uint64_t reach = 0;
  for (const auto& [step, count] : steps) {
    std::uint64_t further = 0;
    if (step <= reach || __builtin_mul_overflow(step, count - 1, &further) ||
        __builtin_add_overflow(reach, further, &reach))
      return false;
  }
  return true;
}

Result<void> check_outputs(const Graph& graph, const Extents& extents,
                           std::span<const TensorView> outputs) {
  if (outputs.size() != graph.outputs().size())
    return make_error(
        ErrorCode::missing_input,
        fmt::format("{} outputs given, the graph has {}", outputs.size(), graph.outputs().size()));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& out = graph.outputs()[i];
    const TensorView& v = outputs[i];
    if (auto fits = check_operand(graph, out.name, out.node, v); !fits) return fits.error();
    const std::vector<std::int64_t> want = extents.resolve(graph.shape(out.node));
    if (v.dims != want)
      return make_error(ErrorCode::shape_mismatch,
                        fmt::format("the output '{}' has the shape {}, wanted {}", out.name.view(),
                                    to_string(v.dims), to_string(want)));
    if (v.elements() > 0 && !elements_lie_apart(v))
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the output '{}' of shape {} has the strides {}: its elements "
                                    "would lie on each other",
                                    out.name.view(), to_string(v.dims), to_string(v.strides)));
  }
  return {};
}

Result<void> check_overlap(const Graph& graph, std::span<const TensorView> inputs,
                           std::span<const TensorView> outputs) {
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const std::string_view name = graph.outputs()[o].name;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (overlap(outputs[o], inputs[i]) && !same_place(outputs[o], inputs[i]))
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("the output '{}' overlaps the input '{}' without lying "
                                      "exactly on it; only in place or apart will do",
                                      name, graph.inputs()[i].name.view()));
    for (std::size_t p = 0; p < o; ++p)
      if (overlap(outputs[o], outputs[p]))
        return make_error(
            ErrorCode::invalid_argument,
            fmt::format("the outputs '{}' and '{}' overlap", graph.outputs()[p].name.view(), name));
  }
  return {};
}

// What is checked of each kernel of a call.
class StepChecker {
 public:
  StepChecker(const Graph& graph, const Schedule& schedule, std::span<const TensorView> inputs,
              std::span<const TensorView> outputs)
      : graph_(graph), schedule_(schedule), inputs_(inputs), outputs_(outputs) {}

  Result<void> run(const std::vector<BoundStep>& bound, const TensorShapes& tensors) const {
    for (std::size_t s = 0; s < bound.size(); ++s) {
      const Step& step = schedule_.steps[s];
      for (const KernelOperand& write : step.writes) {
        if (write.place != Place::output) continue;
        if (step.reduced.mask == 0)
          if (auto fits = repeated(write, bound[s].loops.total(), tensors); !fits) return fits;
        if (auto fits = in_place(s, write, tensors); !fits) return fits;
      }
    }
    return {};
  }

 private:
  // An output smaller than what the loops run through is computed more than once, each time from
  // its inputs: they must still be there. And where the loops are empty, it would not be computed.
  Result<void> repeated(const KernelOperand& write, std::int64_t total,
                        const TensorShapes& tensors) const {
    std::int64_t elements = 1;
    for (const ViewAxis& a : write.view) elements *= tensors.extent(a.extent);
    if (elements == total) return {};
    const std::string_view name = graph_.outputs()[write.index].name;
    if (total == 0)
      return make_error(ErrorCode::unsupported,
                        fmt::format("the output '{}' has {} elements while another output is "
                                    "empty; compile it as a graph of its own",
                                    name, elements));
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (overlap(outputs_[write.index], inputs_[i]))
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("the output '{}' of shape {} is smaller than the outputs "
                                      "beside it, so it cannot lie on the input '{}'",
                                      name, to_string(outputs_[write.index].dims),
                                      graph_.inputs()[i].name.view()));
    return {};
  }

  // What lies on an input is written when its element has been read for the last time: the kernel
  // reads exactly the parts it writes, and no later kernel reads the input.
  Result<void> in_place(std::size_t at, const KernelOperand& write,
                        const TensorShapes& tensors) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!overlap(outputs_[write.index], inputs_[i])) continue;
      bool safe = true;
      for (std::size_t s = at; s < schedule_.steps.size(); ++s)
        for (const KernelOperand& read : schedule_.steps[s].reads)
          if (read.place == Place::input && read.index == i)
            safe =
                safe && s == at && is_written(schedule_.steps[s], write.index, read.view, tensors);
      if (!safe)
        return make_error(
            ErrorCode::invalid_argument,
            fmt::format("the output '{}' cannot lie on the input '{}', which is read "
                        "again when parts of it are written already",
                        graph_.outputs()[write.index].name.view(), graph_.inputs()[i].name.view()));
    }
    return {};
  }
  static bool is_written(const Step& step, std::size_t output, const View& read,
                         const TensorShapes& tensors) {
    for (const KernelOperand& write : step.writes)
      if (write.place == Place::output && write.index == output &&
          same_elements(write.view, read, tensors))
        return true;
    return false;
  }
  // Equal in this call: a symbol may stand for the extent that the other view has.
  static bool same_elements(const View& a, const View& b, const TensorShapes& tensors) {
    const auto same_axis = [&](const ViewAxis& x, const ViewAxis& y) {
      const std::int64_t extent = tensors.extent(x.extent);
      if (extent != tensors.extent(y.extent) || x.start != y.start) return false;
      return extent == 1 || (x.dim == y.dim && x.step == y.step);
    };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_axis);
  }

  const Graph& graph_;
  const Schedule& schedule_;
  std::span<const TensorView> inputs_, outputs_;
};

}  // namespace

Result<BoundSteps> bind_call(const Graph& graph, const Schedule& schedule,
                             std::span<const TensorView> inputs,
                             std::span<const TensorView> outputs) {
  const Result<Extents> extents = bind_inputs(graph, inputs);
  if (!extents) return extents.error();
  if (auto fits = check_outputs(graph, *extents, outputs); !fits) return fits.error();
  if (auto fits = check_overlap(graph, inputs, outputs); !fits) return fits.error();
  TensorShapes tensors;
  tensors.extent = [&](const Dim& d) { return extents->resolve(d); };
  for (const TensorView& v : inputs) tensors.inputs.push_back(v.strides);
  for (const TensorView& v : outputs) tensors.outputs.push_back(v.strides);
  BoundSteps bound;
  for (const Step& step : schedule.steps) {
    BoundStep one{.loops = collapse(step_loops(schedule, step, tensors)),
                  .offsets = view_offsets(schedule, step, tensors),
                  .counts = {}};
    for (const Shape& shape : step.counts) {
      double n = 1;
      for (const Dim& d : shape) n *= static_cast<double>(extents->resolve(d));
      one.counts.push_back(n);
    }
    bound.steps.push_back(std::move(one));
  }
  const StepChecker checker(graph, schedule, inputs, outputs);
  if (auto fits = checker.run(bound.steps, tensors); !fits) return fits.error();
  for (const Intermediate& i : schedule.intermediates)
    bound.intermediates.push_back(tensors.dims(i.shape));
  for (const Dim& d : schedule.positions) bound.positions.push_back(tensors.extent(d));
  return bound;
}

Result<Spec> make_spec(const Graph& graph, Tier tier, std::string_view target) {
  const Result<Target> found = find_target(target);
  if (!found) return found.error();
  Result<std::vector<Layout>> layouts = dense_layouts(graph);
  if (!layouts) return layouts.error();
  return Spec{tier, *found, std::move(*layouts)};
}

Result<Spec> make_spec(const Graph& graph, std::span<const TensorView> inputs,
                       std::span<const TensorView> outputs, Tier tier, std::string_view target) {
  const Result<Target> found = find_target(target);
  if (!found) return found.error();
  const Result<BoundSteps> bound = bind_call(graph, schedule(graph), inputs, outputs);
  if (!bound) return bound.error();
  std::vector<Loops> loops;
  for (const BoundStep& step : bound->steps) loops.push_back(step.loops);
  Result<std::vector<Layout>> layouts = layouts_of(loops);
  if (!layouts) return layouts.error();
  return Spec{tier, *found, std::move(*layouts)};
}

Result<std::vector<std::vector<std::int64_t>>> output_dims(const Graph& graph,
                                                           std::span<const TensorView> inputs) {
  const Result<Extents> extents = bind_inputs(graph, inputs);
  if (!extents) return extents.error();
  std::vector<std::vector<std::int64_t>> out;
  for (const Output& o : graph.outputs()) out.push_back(extents->resolve(graph.shape(o.node)));
  return out;
}

}  // namespace actjit
