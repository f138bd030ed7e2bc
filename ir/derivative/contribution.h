// What the users of a node contribute to its adjoint: values, each under conditions.
//
// A selection passes the adjoint to the operand it takes and zero to the other. The zero is not put
// in before the very end: on the way a zero could meet an infinite slope of the operand that was
// not taken, and 0 * inf is NaN. So a value carries its conditions along, and where contributions
// meet, those under opposite conditions become one selection.
#pragma once

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

// The sum of contributions, `depth` conditions of each being known to hold.
constexpr NodeId sum_under(Graph& g, const std::vector<Contribution>& parts, std::size_t depth) {
  NodeId total = no_node;
  const auto add = [&](NodeId value) {
    total = total == no_node ? value : apply(g, Op::add, {total, value});
  };
  std::vector<bool> done(parts.size(), false);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (done[i]) continue;
    if (parts[i].under.size() == depth) {
      add(parts[i].value);
      continue;
    }
    const NodeId condition = parts[i].under[depth].node;
    std::vector<Contribution> yes, no;
    for (std::size_t k = i; k < parts.size(); ++k) {
      if (parts[k].under.size() == depth || parts[k].under[depth].node != condition) continue;
      (parts[k].under[depth].holds ? yes : no).push_back(parts[k]);
      done[k] = true;
    }
    const NodeId zero = g.constant(g[parts[i].value].dtype, 0.0);
    const NodeId a = yes.empty() ? zero : sum_under(g, yes, depth + 1);
    const NodeId b = no.empty() ? zero : sum_under(g, no, depth + 1);
    add(select_or_same(g, condition, a, b));
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
