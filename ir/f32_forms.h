// What is computed in f32 other than it is written: in tier precise because it would be off by more
// than 1 ULP, with constants that keep what f32 has no room for; in fast because it takes longer.
// Math functions have expansions of their own.
#pragma once

#include <array>
#include <utility>

#include "ir/left_guards.h"
#include "ir/math/f32_gelu_slope.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f32_silu_slope.h"

namespace actjit {

namespace detail {

// a c and a c + d for a constant c that f32 rounds.
constexpr NodeId product(Value a, Real c) {
  const math::f32::Truncated t = math::f32::truncated(c);
  return fma(a, t.hi, a * (t.hi * t.rest)).id;
}
constexpr NodeId product_and_sum(Value a, Real c, Value d) {
  const math::f32::Truncated t = math::f32::truncated(c);
  return fma(a, t.hi * t.rest, fma(a, t.hi, d)).id;
}

// What a product is off by because f32 rounds the constant, in ULP at most.
constexpr double rounding_of(Real c) {
  const double error = (c.hi - math::f32::rounded_to_f32(c.hi)) + c.lo;
  return (error < 0 ? -error : error) / (c.hi < 0 ? -c.hi : c.hi) * 0x1p24;
}

// Which operand of `n` is a constant of ordinary size, or none.
constexpr int constant_operand(const Graph& g, const Node& n) {
  for (int i = 0; i < 2; ++i) {
    const NodeId id = n.args[static_cast<std::size_t>(i)];
    if (!g.is_constant(id)) continue;
    const double hi = g.real(id).hi;
    const double size = hi < 0 ? -hi : hi;
    if (size >= 0x1p-60 && size <= 0x1p60) return i;
  }
  return -1;
}

constexpr bool is_number(const Graph& g, NodeId id, double c) {
  return g.is_constant(id) && g.real(id) == Real(c);
}
// a for op(a, c).
constexpr NodeId operand_beside(const Graph& g, NodeId id, Op op, double c) {
  return g[id].op == op && is_number(g, g[id].args[1], c) ? g[id].args[0] : no_node;
}

// What a value is the cast of that rounds nothing, or the surrogate for other derivatives.
constexpr NodeId bare_and_equal(const Graph& g, NodeId id) {
  const auto is_exact = [&](const Node& n) {
    if (n.op != Op::cast) return n.op == Op::surrogate;
    const DType from = g[n.args[0]].dtype;
    return is_float(from) && is_float(n.dtype) && bytes(n.dtype) > bytes(from);
  };
  while (is_exact(g[id])) id = g[id].args[0];
  return id;
}

// max x of x - max x, which is never above 0, else no_node.
constexpr NodeId largest_of_difference(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op != Op::sub) return no_node;
  const NodeId largest = bare_and_equal(g, n.args[1]);
  const Op op = g[largest].op;
  if (op != Op::reduce_max && op != Op::reduce_max_number) return no_node;
  const NodeId row = bare_and_equal(g, g[largest].args[0]);
  return row == bare_and_equal(g, n.args[0]) ? largest : no_node;
}
// max x of e^(x - max x), else no_node.
constexpr NodeId largest_of_share(const Graph& g, NodeId id) {
  return g[id].op == Op::exp ? largest_of_difference(g, g[id].args[0]) : no_node;
}

// x of x / (1 + |x|), else no_node.
constexpr NodeId softsign_of(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op != Op::div || g[n.args[1]].op != Op::add) return no_node;
  const Node& sum = g[n.args[1]];
  for (std::size_t i = 0; i < 2; ++i)
    if (is_number(g, sum.args[i], 1) && g[sum.args[1 - i]].op == Op::abs &&
        g[sum.args[1 - i]].args[0] == n.args[0])
      return n.args[0];
  return no_node;
}

// x of min(max(x + 3, 0), 6) / 6, else no_node.
constexpr NodeId ramp_of(const Graph& g, NodeId id) {
  constexpr std::array<std::pair<Op, double>, 4> steps{
      {{Op::div, 6}, {Op::min, 6}, {Op::max, 0}, {Op::add, 3}}};
  for (const auto& [op, c] : steps)
    if (id != no_node) id = operand_beside(g, id, op, c);
  return id;
}

// x of t * (min(t + 3, 6) / 6) for t = max(x, -3), else no_node.
constexpr NodeId gated_ramp_of(const Graph& g, NodeId id) {
  constexpr std::array<std::pair<Op, double>, 3> steps{{{Op::div, 6}, {Op::min, 6}, {Op::add, 3}}};
  const Node& n = g[id];
  if (n.op != Op::mul) return no_node;
  for (std::size_t i = 0; i < 2; ++i) {
    NodeId t = n.args[1 - i];
    for (const auto& [op, c] : steps)
      if (t != no_node) t = operand_beside(g, t, op, c);
    if (t == n.args[i]) return operand_beside(g, t, Op::max, -3);
  }
  return no_node;
}

// What either of them divides by 6, else no_node.
constexpr NodeId sixfold_ramp_of(const Graph& g, NodeId id) {
  const NodeId ramp = operand_beside(g, id, Op::div, 6);
  return ramp != no_node && operand_beside(g, ramp, Op::min, 6) != no_node ? ramp : no_node;
}

// x of gelu'(x) = c x e^(-x^2 / 2) + erfc(-(x / sqrt(2))) / 2 as ir/derivative/functions.h has it,
// else no_node: nothing else halves such an erfc.
constexpr NodeId gelu_slope_of(const Graph& g, NodeId id) {
  constexpr double one_by_sqrt_2 = 0x1.6a09e667f3bcdp-1;
  const Node& n = g[id];
  if (n.op != Op::fma || !g.is_constant(n.args[1])) return no_node;
  const NodeId erfc = operand_beside(g, n.args[2], Op::mul, 0.5);
  if (erfc == no_node || g[erfc].op != Op::erfc) return no_node;
  const Node& minus = g[g[erfc].args[0]];
  if (minus.op != Op::neg || g[minus.args[0]].op != Op::mul) return no_node;
  const Node& scaled = g[minus.args[0]];
  const bool fits = g.is_constant(scaled.args[1]) && g.real(scaled.args[1]).hi == one_by_sqrt_2;
  return fits ? scaled.args[0] : no_node;
}

// x <= 0 of silu'(x) = E (1 + x + E) / (1 + E)^2 as ir/derivative/gates.h has it, else no_node.
constexpr NodeId silu_slope_of(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op != Op::div || g[n.args[0]].op != Op::mul || g[n.args[1]].op != Op::mul) return no_node;
  const Node& top = g[n.args[0]];
  const Node& square = g[n.args[1]];
  const NodeId e = top.args[0];
  if (g[e].op != Op::exp || g[top.args[1]].op != Op::add) return no_node;
  const NodeId x = g[e].args[0];
  const Node& sum = g[top.args[1]];
  const bool fits = sum.args[1] == e && operand_beside(g, sum.args[0], Op::add, 1) == x &&
                    square.args[0] == square.args[1] &&
                    operand_beside(g, square.args[0], Op::add, 1) == e;
  // An x that is rounded has another root.
  return fits && g[x].op == Op::max && g[g[x].args[0]].op == Op::neg &&
                 g[g[g[x].args[0]].args[0]].op == Op::abs
             ? x
             : no_node;
}

// Products and sums with constants.
constexpr NodeId with_constant(const Graph& in, NodeId id, std::span<const NodeId> guards,
                               std::span<const NodeId> made, Graph& out) {
  const Node& n = in[id];
  const int at = constant_operand(in, n);
  if (at < 0) return no_node;
  const Real c = in.real(n.args[static_cast<std::size_t>(at)]);
  const NodeId other = n.args[static_cast<std::size_t>(1 - at)];
  const auto value = [&](NodeId node) { return Value{&out, made[node]}; };
  if (n.op == Op::fma)
    return math::f32::truncated(c).rest == 0 ? no_node
                                             : product_and_sum(value(other), c, value(n.args[2]));
  if (c == Real(1)) return no_node;
  if (in[other].op == Op::expm1 && is_on_the_left(in, other, guards))
    return math::f32::precise::scaled_expm1_left(value(in[other].args[0]), c).id;
  // The product itself is off by half an ULP.
  return rounding_of(c) < 0.4 ? no_node : product(value(other), c);
}

}  // namespace detail

// Node `id` of `in` in the form that f32 takes within `bound` ULP, or no_node where that is the one
// it has; `made` is what operands have become so far, `guards` are those of left_guards().
constexpr NodeId f32_form(const Graph& in, NodeId id, double bound, std::span<const NodeId> guards,
                          std::span<const NodeId> made, Graph& out) {
  using namespace math::f32;
  const auto value = [&](NodeId x) { return Value{&out, made[x]}; };
  if (bound < precise_ulp) return no_node;
  const bool is_fast = bound >= fast_ulp;
  if (const NodeId x = detail::gelu_slope_of(in, id); x != no_node)
    return (is_fast ? gelu_slope_on_the_left(value(x), fast)
                    : precise::gelu_slope_on_the_left(value(x)))
        .id;
  if (is_fast && detail::largest_of_share(in, id) != no_node) {
    const Value difference = value(in[id].args[0]);
    return (bound >= rough_ulp ? rough::exp_of_difference(difference)
                               : exp_of_difference(difference, fast))
        .id;
  }
  if (is_fast) {
    if (const NodeId x = detail::silu_slope_of(in, id); x != no_node)
      return silu_slope_on_the_left(value(x), fast).id;
    // 16 bits: a certificate says that half an ULP of f32 more does not count.
    if (const NodeId x = detail::sixfold_ramp_of(in, id); x != no_node)
      return (value(x) * precise::sixth).id;
    // Beside casts from and to 16 bits a division takes no time.
    const bool is_f32 = in[in.outputs()[0].node].dtype == DType::f32;
    const NodeId x = is_f32 ? detail::softsign_of(in, id) : no_node;
    return x == no_node ? no_node : math::f32::softsign(value(x)).id;
  }
  if (const NodeId x = detail::softsign_of(in, id); x != no_node)
    return precise::softsign(value(x)).id;
  if (const NodeId x = detail::ramp_of(in, id); x != no_node)
    return precise::hard_sigmoid(value(x)).id;
  if (const NodeId x = detail::gated_ramp_of(in, id); x != no_node)
    return precise::hard_silu(value(x)).id;
  const Op op = in[id].op;
  if (op != Op::mul && op != Op::fma) return no_node;
  return detail::with_constant(in, id, guards, made, out);
}

}  // namespace actjit
