// widen: evaluates a graph in a wider float dtype and rounds once at the outputs, so that a formula
// keeps its accuracy as a whole: constants keep their low parts, run-time scalars the f64 they were
// given as. 16-bit floats are always widened: behind this pass nothing is computed in them, they
// are only read, cast, selected and stored. simplify() narrows again what loses nothing by it.
#pragma once

#include "ir/rebuild.h"
#include "ir/value.h"

namespace actjit {

namespace detail {

constexpr bool is_narrower(DType t, DType wide) { return is_float(t) && bytes(t) < bytes(wide); }

// An operand of a widened node: narrow floats become `to`, 16-bit ones by way of f32.
constexpr Value widened(Value v, DType to) {
  if (!is_narrower(v.dtype(), to)) return v;
  const Node& n = (*v.graph)[v.id];
  if (n.op == Op::scalar) return {v.graph, v.graph->scalar_as(n.attribute[0], to)};
  return cast(is_storage_only(v.dtype()) ? cast(v, DType::f32) : v, to);
}

// Long sums lose digits in f32 whatever the tier. Of so many terms each partial result (ir/axes.h)
// takes 32, and the sum is within 37 * 2^-24 of that of their magnitudes.
inline constexpr std::int64_t most_terms_in_f32 = 1024;

constexpr bool sums_in_f64(const Graph& in, const Node& n) {
  if (n.op != Op::reduce_sum) return n.op == Op::sparse_threshold;
  const auto terms = known_count(in.shape(n.args[0]), axes_of(n.attribute));
  return !terms || *terms > most_terms_in_f32;
}

constexpr NodeId widen_node(const Graph& in, Graph& out, const Node& n,
                            std::span<const NodeId> args, DType to) {
  if (n.op == Op::constant && is_narrower(n.dtype, to))
    return out.constant(to, {f64_of(n.attribute[0]), f64_of(n.attribute[1])});
  if (is_leaf(n.op)) return copy_node(in, n, args, out);
  std::array<NodeId, max_arity> operands{};
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Value arg{&out, args[i]};
    const DType was = in[n.args[i]].dtype;
    // Bits have the width they were written for.
    const bool keeps_width = n.op == Op::bitcast && is_float(was);
    operands[i] = keeps_width ? cast(arg, was).id : widened(arg, to).id;
  }
  const std::span<const NodeId> wide = std::span(operands).first(args.size());
  if (out[wide[0]].dtype == DType::f32 && sums_in_f64(in, n)) {
    const NodeId terms = cast(Value{&out, wide[0]}, DType::f64).id;
    const NodeId sum = out.apply(n.op, std::span(&terms, 1), n.attribute);
    return cast(Value{&out, sum}, DType::f32).id;
  }
  // A cast to what is evaluated in has become the identity; one to less is a rounding that was
  // asked for.
  if (n.op == Op::cast) return cast(Value{&out, wide[0]}, n.dtype).id;
  return copy_node(in, n, wide, out);
}

}  // namespace detail

// `to` is f64 or f32.
constexpr Graph widen(const Graph& in, DType to = DType::f64) {
  return rebuild(
      in,
      [&in, to](Graph& out, NodeId id, std::span<const NodeId> args, auto) {
        return detail::widen_node(in, out, in[id], args, to);
      },
      [&in](Graph& out, NodeId node, NodeId made) {
        const DType was = in[node].dtype;
        return is_float(was) ? cast(Value{&out, made}, was).id : made;
      });
}

}  // namespace actjit
