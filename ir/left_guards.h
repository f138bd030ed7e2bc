// Which values count only where some x is not above 0, because something else is selected there:
// for them an expansion for the left side is enough.
#pragma once

#include <span>
#include <vector>

#include "ir/graph.h"

namespace actjit {

namespace detail {

// x where `condition` is x > 0 or x >= 0.
constexpr NodeId compared_with_zero(const Graph& g, NodeId condition) {
  const Node& n = g[condition];
  const bool compares = n.op == Op::gt || n.op == Op::ge;
  return compares && g.is_constant(n.args[1]) && g.real(n.args[1]) == Real(0) ? n.args[0] : no_node;
}

// What is left of x / 1 and x * 1, which simplification takes away later or has taken already.
constexpr NodeId without_ones(const Graph& g, NodeId id) {
  while ((g[id].op == Op::mul || g[id].op == Op::div) && g.is_constant(g[id].args[1]) &&
         g.real(g[id].args[1]) == Real(1))
    id = g[id].args[0];
  return id;
}

// Which x must be 0 at most, or NaN, for operand i of `n` to count, if it must for n itself where x
// is `guard`.
constexpr NodeId guard_of_operand(const Graph& g, const Node& n, std::size_t i, NodeId guard) {
  if (n.op == Op::select && i == 2) {
    const NodeId x = compared_with_zero(g, n.args[0]);
    return x == no_node ? guard : x;
  }
  if (n.op == Op::select) return i == 1 ? guard : no_node;
  const bool passes =
      n.op == Op::mul || n.op == Op::neg || n.op == Op::cast || (n.op == Op::surrogate && i == 0);
  return passes ? guard : no_node;
}

}  // namespace detail

// For each node, the x it counts on the left of only: where x is above 0, something else is
// selected; no_node where there is none.
constexpr std::vector<NodeId> left_guards(const Graph& g) {
  std::vector<NodeId> guards(g.size(), no_node);
  std::vector<bool> used(g.size(), false);
  for (const Output& o : g.outputs()) used[o.node] = true;
  for (NodeId id = static_cast<NodeId>(g.size()); id-- > 0;) {
    if (!used[id]) continue;
    const Node& n = g[id];
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      // Expanded, a surrogate is its first operand.
      if (n.op == Op::surrogate && i == 1) continue;
      const NodeId guard = detail::guard_of_operand(g, n, i, guards[id]);
      NodeId& known = guards[n.args[i]];
      known = !used[n.args[i]] || known == guard ? guard : no_node;
      used[n.args[i]] = true;
    }
  }
  return guards;
}

// Whether the value of math op `id` counts on the left only, given left_guards().
constexpr bool is_on_the_left(const Graph& g, NodeId id, std::span<const NodeId> guards) {
  const Node& n = g[id];
  return arity(n.op) == 1 && guards[id] == detail::without_ones(g, n.args[0]);
}

}  // namespace actjit
