// What the users of a node contribute to its adjoint: values, each under conditions.
//
// A selection passes the adjoint to the operand it takes and zero to the other. The zero is not put
// in before the very end: on the way a zero could meet an infinite slope of the operand that was
// not taken, and 0 * inf is NaN. So a value carries its conditions along, and where contributions
// meet, those under opposite conditions become one selection.
#pragma once

#include <utility>
#include <vector>

#include "ir/value.h"

namespace actjit::derivative {

struct Condition {
  NodeId node = no_node;  // a bool
  bool holds = true;
};
using Conditions = std::vector<Condition>;

// `value` where all conditions hold, else 0. Its shape broadcasts to that of the node.
struct Contribution {
  NodeId value = no_node;
  Conditions under = {};
};

constexpr bool is_number(const Graph& g, NodeId id, double x) {
  return g.is_constant(id) && is_float(g[id].dtype) && g.real(id) == Real(x);
}

constexpr NodeId apply(Graph& g, Op op, std::initializer_list<NodeId> args,
                       Attribute attribute = {0, 0}, DType cast_to = DType::f32) {
  return g.apply(op, std::span(args.begin(), args.size()), attribute, cast_to);
}

// a * b and a / b, where a factor of 1 is no factor.
constexpr Value times(Value a, Value b) {
  if (is_number(*a.graph, a.id, 1)) return b;
  if (is_number(*b.graph, b.id, 1)) return a;
  return a * b;
}
constexpr NodeId select_or_same(Graph& g, NodeId condition, NodeId a, NodeId b) {
  return a == b ? a : apply(g, Op::select, {condition, a, b});
}

// a + b, rounded once where one of them is a product. Of two products none is special: rounded
// alike they may cancel exactly.
constexpr NodeId added(Graph& g, NodeId a, NodeId b) {
  if (g[b].op == Op::mul) std::swap(a, b);
  if (g[a].op != Op::mul || g[b].op == Op::mul) return apply(g, Op::add, {a, b});
  return apply(g, Op::fma, {g[a].args[0], g[a].args[1], b});
}

constexpr NodeId sum_under(Graph& g, const std::vector<Contribution>& parts, std::size_t depth);

// `total` and what is there under one condition and its opposite; no_node is 0.
constexpr NodeId with_selected(Graph& g, NodeId total, NodeId condition, NodeId yes, NodeId no) {
  const auto and_total = [&](NodeId part) {
    if (part == no_node) return total;
    return total == no_node ? part : added(g, total, part);
  };
  if (total == no_node) {
    const NodeId zero = g.constant(g[yes == no_node ? no : yes].dtype, 0.0);
    return select_or_same(g, condition, yes == no_node ? zero : yes, no == no_node ? zero : no);
  }
  return select_or_same(g, condition, and_total(yes), and_total(no));
}

// The sum of contributions, `depth` conditions of each being known to hold: first of those without
// further ones.
constexpr NodeId sum_under(Graph& g, const std::vector<Contribution>& parts, std::size_t depth) {
  NodeId total = no_node;
  for (const Contribution& c : parts)
    if (c.under.size() == depth) total = total == no_node ? c.value : added(g, total, c.value);
  std::vector<bool> done(parts.size(), false);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (done[i] || parts[i].under.size() == depth) continue;
    const NodeId condition = parts[i].under[depth].node;
    std::vector<Contribution> yes, no;
    for (std::size_t k = i; k < parts.size(); ++k) {
      if (parts[k].under.size() == depth || parts[k].under[depth].node != condition) continue;
      (parts[k].under[depth].holds ? yes : no).push_back(parts[k]);
      done[k] = true;
    }
    total = with_selected(g, total, condition, yes.empty() ? no_node : sum_under(g, yes, depth + 1),
                          no.empty() ? no_node : sum_under(g, no, depth + 1));
  }
  return total;
}

// All of them as one value, zeros put in.
constexpr NodeId settled(Graph& g, const std::vector<Contribution>& parts) {
  return sum_under(g, parts, 0);
}

// All of them as one contribution under the conditions they share.
constexpr Contribution combined(Graph& g, const std::vector<Contribution>& parts) {
  Conditions shared = parts[0].under;
  for (const Contribution& p : parts) {
    std::size_t same = 0;
    while (same < shared.size() && same < p.under.size() &&
           shared[same].node == p.under[same].node && shared[same].holds == p.under[same].holds)
      ++same;
    shared.resize(same);
  }
  const NodeId value = sum_under(g, parts, shared.size());
  return {value, std::move(shared)};
}

// Conditions and one more; a negated condition is its operand's opposite.
constexpr Conditions with(const Graph& g, const Conditions& under, NodeId condition, bool holds) {
  while (g[condition].op == Op::bit_not) {
    condition = g[condition].args[0];
    holds = !holds;
  }
  Conditions out = under;
  for (const Condition& c : under)
    if (c.node == condition && c.holds == holds) return out;
  out.push_back({condition, holds});
  return out;
}

}  // namespace actjit::derivative
