// Which values of a wide dtype are values of a narrower one in truth, so that going there and back
// loses nothing.
#pragma once

#include "ir/eval.h"
#include "ir/graph.h"

namespace actjit {

// Formulas nest deeper; those that only choose and clamp do not.
inline constexpr int max_exact_depth = 8;

constexpr bool is_exact_in(DType narrow, const Real& r) {
  return r.lo == 0 && to_bits(eval::to_double(narrow, eval::real(narrow, r))) == to_bits(r.hi);
}

// The node of dtype `narrow` that `id` is the widening cast of, or the casts; else no_node.
constexpr NodeId widened_from(const Graph& g, NodeId id, DType narrow) {
  while (g[id].op == Op::cast) {
    const NodeId inner = g[id].args[0];
    const DType from = g[inner].dtype;
    if (!is_float(from) || bytes(from) >= bytes(g[id].dtype)) return no_node;
    if (from == narrow) return inner;
    id = inner;
  }
  return no_node;
}

// Whether the float `id` is a value of `narrow`: a widening cast, a constant that fits, or one of
// these through selections and ops of trait `exact`, whose results have no more digits.
constexpr bool is_value_of(const Graph& g, NodeId id, DType narrow, int depth = max_exact_depth) {
  const Node& n = g[id];
  if (!is_float(n.dtype) || !is_float(narrow) || bytes(n.dtype) <= bytes(narrow)) return false;
  if (n.op == Op::constant) return is_exact_in(narrow, g.real(id));
  if (widened_from(g, id, narrow) != no_node) return true;
  if (depth == 0 || (n.op != Op::select && !has(n.op, Traits::exact))) return false;
  for (std::size_t i = n.op == Op::select ? 1 : 0; i < n.operands().size(); ++i)
    if (!is_value_of(g, n.args[i], narrow, depth - 1)) return false;
  return true;
}

}  // namespace actjit
