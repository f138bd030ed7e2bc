// widen: evaluates an f32 graph in f64 and rounds once at the outputs, so that a formula keeps its
// accuracy as a whole: constants keep their low parts, run-time scalars the f64 they were given as.
// Graphs without f32 stay as they are. simplify() narrows again what loses nothing by it.
#pragma once

#include "ir/rebuild.h"
#include "ir/value.h"

namespace actjit {

namespace detail {

// An operand of a widened node: f32 values become f64.
constexpr Value widened(Value v) {
  if (v.dtype() != DType::f32) return v;
  const Node& n = (*v.graph)[v.id];
  if (n.op == Op::scalar) return {v.graph, v.graph->scalar_as(n.attribute[0], DType::f64)};
  return cast(v, DType::f64);
}

constexpr NodeId widen_node(const Graph& in, Graph& out, const Node& n,
                            std::span<const NodeId> args) {
  if (n.op == Op::constant && n.dtype == DType::f32)
    return out.constant(DType::f64, {f64_of(n.attribute[0]), f64_of(n.attribute[1])});
  if (is_leaf(n.op)) return copy_node(in, n, args, out);
  // Bits have the width they were written for.
  const bool keeps_width = n.op == Op::bitcast;
  std::array<NodeId, max_arity> operands{};
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Value arg{&out, args[i]};
    const bool was_f32 = in[n.args[i]].dtype == DType::f32;
    operands[i] = keeps_width && was_f32 ? cast(arg, DType::f32).id : widened(arg).id;
  }
  const std::span<const NodeId> wide = std::span(operands).first(args.size());
  // cast(x, f64) has become the identity; cast(x, f32) is a rounding that was asked for.
  if (n.op == Op::cast) return cast(Value{&out, wide[0]}, n.dtype).id;
  return copy_node(in, n, wide, out);
}

}  // namespace detail

constexpr Graph widen(const Graph& in) {
  return rebuild(
      in,
      [&in](Graph& out, NodeId id, std::span<const NodeId> args, auto) {
        return detail::widen_node(in, out, in[id], args);
      },
      [&in](Graph& out, NodeId node, NodeId made) {
        return in[node].dtype == DType::f32 ? cast(Value{&out, made}, DType::f32).id : made;
      });
}

}  // namespace actjit
