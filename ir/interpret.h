// The interpreter: what a graph means. A graph with math ops means its expansion, so that compiled
// code, which comes from the same expansion, has the same bits (NaN payloads aside).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/eval.h"
#include "ir/graph.h"
#include "ir/pipeline.h"

namespace actjit {

// One element through a graph of primitives: each input one element of its dtype, in order of
// declaration; the result is one element for each output.
constexpr std::vector<Bits> interpret_element(const Graph& g, std::span<const Bits> inputs,
                                              std::span<const double> scalars) {
  std::vector<Bits> values(g.size(), 0);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    const auto arg = [&](std::size_t i) { return i < n.operands().size() ? values[n.args[i]] : 0; };
    switch (n.op) {
      case Op::input: values[id] = inputs[n.attribute[0]]; break;
      case Op::scalar: values[id] = eval::real(n.dtype, scalars[n.attribute[0]]); break;
      case Op::constant:
        values[id] = is_float(n.dtype) ? eval::real(n.dtype, g.real(id)) : n.attribute[0];
        break;
      case Op::lookup: {
        const std::vector<Bits>& table = g.tables()[n.attribute[0]].values;
        values[id] = table[arg(0) & (table.size() - 1)];
        break;
      }
      default:
        check(!is_math(n.op) && !has_axes(n.op), "interpret_element takes primitives only");
        values[id] =
            eval::apply(n.op, g[n.operands().back()].dtype, n.dtype, arg(0), arg(1), arg(2));
    }
  }
  std::vector<Bits> out;
  for (const Output& o : g.outputs()) out.push_back(values[o.node]);
  return out;
}

// A tensor of the interpreter: dense, in C order, each element in a word of its own.
struct Tensor {
  DType dtype = DType::f32;
  std::vector<std::int64_t> dims;
  std::vector<Bits> elements;
};

// The same for whole tensors, of a graph of primitives, reductions and views. The tensors fit the
// graph's inputs.
std::vector<Tensor> interpret_primitives(const Graph& graph, std::span<const Tensor> inputs,
                                         std::span<const double> scalars);

// Whole tensors, one for each input in order of declaration; one for each output comes back.
// Errors: missing_input, type_mismatch, shape_mismatch, and those of lower().
Result<std::vector<Tensor>> interpret(const Graph& graph, Tier tier, std::span<const Tensor> inputs,
                                      std::span<const double> scalars,
                                      const Certificates& certificates = {});

}  // namespace actjit
