// expand: replaces every math op by primitives, with the cheapest expansion the tier permits.
#pragma once

#include <algorithm>

#include "ir/certificate.h"
#include "ir/exactness.h"
#include "ir/f32_forms.h"
#include "ir/left_guards.h"
#include "ir/math/real_constant.h"
#include "ir/math/table.h"
#include "ir/rebuild.h"
#include "ir/tier.h"

namespace actjit {

namespace detail {

// What a value is the cast of, or the surrogate for other derivatives.
constexpr NodeId bare(const Graph& g, NodeId id) {
  while (g[id].op == Op::surrogate || (g[id].op == Op::cast && is_float(g[g[id].args[0]].dtype)))
    id = g[id].args[0];
  return id;
}

// The sum of all e^(x - max x): at least 1, and at most what it has terms.
constexpr bool is_sum_of_shares(const Graph& g, NodeId id) {
  const Node& sum = g[bare(g, id)];
  if (sum.op != Op::reduce_sum) return false;
  const NodeId largest = largest_of_share(g, sum.args[0]);
  return largest != no_node && g[largest].attribute == sum.attribute;
}

// How many elements of a row are its largest one, less 1.
constexpr bool is_number_of_rivals(const Graph& g, NodeId id) {
  const NodeId count = operand_beside(g, id, Op::sub, 1);
  if (count == no_node || g[count].op != Op::reduce_sum) return false;
  const Node& one = g[g[count].args[0]];
  if (one.op != Op::select || !is_number(g, one.args[1], 1) || !is_number(g, one.args[2], 0))
    return false;
  const NodeId difference = operand_beside(g, one.args[0], Op::eq, 0);
  const NodeId largest = difference == no_node ? no_node : largest_of_difference(g, difference);
  return largest != no_node && g[largest].attribute == g[count].attribute;
}

inline constexpr int max_sign_depth = 6;

// Whether it is at least 0, or NaN, by what it is made of.
constexpr bool is_never_negative(const Graph& g, NodeId id, int depth = max_sign_depth) {
  const Node& n = g[id];
  if (n.op == Op::constant) return g.real(id).hi == g.real(id).hi && g.real(id).hi >= 0;
  if (n.op == Op::exp || n.op == Op::exp2 || n.op == Op::abs || n.op == Op::sigmoid) return true;
  if (depth == 0) return false;
  const auto operand = [&](std::size_t i) { return is_never_negative(g, n.args[i], depth - 1); };
  if (n.op == Op::select) return operand(1) && operand(2);
  if (n.op == Op::mul) return n.args[0] == n.args[1] || (operand(0) && operand(1));
  if (n.op == Op::add) return operand(0) && operand(1);
  if (n.op == Op::log1p) return operand(0);
  if (n.op == Op::sub) return is_number_of_rivals(g, id);
  return (n.op == Op::cast || n.op == Op::reduce_sum) && is_float(g[n.args[0]].dtype) && operand(0);
}

// Neither small nor large, whatever the inputs are.
constexpr bool is_moderate(const Graph& g, NodeId id) {
  const Node& n = g[id];
  const bool inverse = n.op == Op::div && g.is_constant(n.args[0]) && g.real(n.args[0]) == Real(1);
  return is_sum_of_shares(g, inverse ? n.args[1] : id);
}

// A factor f32 has, or could have: it cannot bring back what lies beyond f64's range.
constexpr bool has_f32_range(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (is_moderate(g, id)) return true;
  if (n.op == Op::cast) return is_float(g[n.args[0]].dtype) && g[n.args[0]].dtype != DType::f64;
  if (n.op != Op::constant) return false;
  const double size = g.real(id).hi < 0 ? -g.real(id).hi : g.real(id).hi;
  // Constant expressions may not order a NaN.
  return size == size && (size == 0 || (size >= 0x1p-149 && size < 0x1p128));
}

// How many factors a value meets on its way to a rounding to f32 or less; `exposed` where some way
// needs all of f64.
inline constexpr int exposed = 1000;
// So many factors of f32's range leave what is beyond f64's range beyond f32's.
inline constexpr int max_factors = 4;

constexpr int factors_of_operand(const Graph& g, const Node& n, std::size_t i, int factors) {
  switch (n.op) {
    case Op::cast: return is_float(n.dtype) && n.dtype != DType::f64 ? 0 : exposed;
    case Op::mul:
    case Op::div:
      return has_f32_range(g, n.args[1 - i]) || is_moderate(g, n.args[i]) ? factors + 1 : exposed;
    case Op::neg:
    case Op::abs:
    case Op::copysign:
    case Op::min:
    case Op::max: return factors;
    case Op::select: return i == 0 ? exposed : factors;
    // Terms of one sign do not cancel.
    case Op::reduce_sum: return is_never_negative(g, n.args[0]) ? factors : exposed;
    case Op::add:
      return is_never_negative(g, n.args[0]) && is_never_negative(g, n.args[1]) ? factors : exposed;
    case Op::sub: {
      const bool is_sum =
          largest_of_difference(g, n.args[0]) != no_node && is_never_negative(g, n.args[1]);
      return is_sum ? factors : exposed;
    }
    // Of what is not negative it magnifies no relative error.
    case Op::log1p: return is_never_negative(g, n.args[0]) ? factors : exposed;
    case Op::surrogate: return factors;
    // Of what is rounded next, the second operand is computed, else the first.
    case Op::compensated: return i == 1 ? factors : factors <= max_factors ? 0 : exposed;
    default: return exposed;
  }
}

}  // namespace detail

// For each node, whether every way from it to the outputs ends in a cast to f32 or less and passes
// only through operations that keep relative errors as they are.
constexpr std::vector<bool> is_rounded_to_f32(const Graph& g) {
  std::vector<int> factors(g.size(), 0);
  std::vector<bool> used(g.size(), false);
  for (const Output& o : g.outputs()) {
    factors[o.node] = detail::exposed;
    used[o.node] = true;
  }
  for (NodeId id = static_cast<NodeId>(g.size()); id-- > 0;) {
    if (!used[id]) continue;
    const Node& n = g[id];
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      // Expanded, a surrogate is its first operand.
      if (n.op == Op::surrogate && i == 1) continue;
      used[n.args[i]] = true;
      int& operand = factors[n.args[i]];
      operand = std::max(operand, detail::factors_of_operand(g, n, i, factors[id]));
    }
  }
  std::vector<bool> out(g.size());
  for (NodeId id = 0; id < g.size(); ++id)
    out[id] = g[id].dtype == DType::f64 && factors[id] <= detail::max_factors;
  return out;
}

// The cheapest expansion of the math op `op` within `bound` ULP for operands of `dtype`, else null.
constexpr const math::Expansion* find_expansion(Op op, DType dtype, double bound,
                                                bool may_flush = false, bool on_the_left = false) {
  for (const math::Expansion& e : math::function(op).expansions)
    if (e.dtype == dtype && e.max_ulp <= bound && (may_flush || !e.flushes) &&
        (on_the_left || !e.is_left))
      return &e;
  return nullptr;
}

// Whether every math function has an expansion for f32, within `bound`.
constexpr bool has_f32_expansions(const Graph& g, double bound, bool may_flush) {
  const std::vector<NodeId> guards = left_guards(g);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    if (is_math(n.op) && n.dtype != DType::f64 &&
        !find_expansion(n.op, DType::f32, bound, may_flush, is_on_the_left(g, id, guards)))
      return false;
  }
  return true;
}

// What f32 and 16-bit floats are evaluated in. f64 as a whole: where the tier says so, and where
// some math function has no f32 expansion within it; then evaluating all of it in f64 is cheaper
// and closer than going to f64 and back at each such function. f32 otherwise.
constexpr DType evaluation_dtype(const Graph& graph, Tier tier) {
  const TierInfo& row = info(tier);
  if (row.widens_f32) return DType::f64;
  return has_f32_expansions(graph, row.max_ulp_f32, row.may_flush) ? DType::f32 : DType::f64;
}

// Division by a constant as a product, where half an ULP of the wider type more does not count. A
// dividend that has no more digits than f32 is divided in f32 instead (ir/rules/cast.h).
constexpr bool divides_cheaply(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op != Op::div || !g.is_constant(n.args[1])) return false;
  const double size = g.real(n.args[1]).hi < 0 ? -g.real(n.args[1]).hi : g.real(n.args[1]).hi;
  // Constant expressions may not order a NaN.
  return size == size && size >= 0x1p-126 && size <= 0x1p126 &&
         !is_value_of(g, n.args[0], DType::f32);
}

// Whether every output is a 16-bit float.
constexpr bool gives_16_bits(const Graph& g) {
  for (const Output& o : g.outputs())
    if (!is_float(g[o.node].dtype) || bytes(g[o.node].dtype) != 2) return false;
  return true;
}

// Whether the tier promises correct rounding, for which a certificate may have patches.
constexpr bool takes_certificate(const Graph& g, Tier tier) {
  return tier == Tier::exact || (tier == Tier::precise && gives_16_bits(g));
}

// Whether a certificate's corrections are applied: those of f64 serve every tier.
constexpr bool takes_corrections(const Graph& g, Tier tier) {
  return takes_certificate(g, tier) ||
         (can_be_certified(g) && g[g.outputs()[0].node].dtype == DType::f64);
}

// What an expansion may be off by, for math functions whose value is not `rounded` next. Those of
// f32 under a rounding to 16 bits are as good as their certificate.
constexpr double expansion_bound(const Graph& g, DType dtype, Tier tier) {
  const bool is_certified = dtype == DType::f32 && takes_certificate(g, tier) && gives_16_bits(g);
  return is_certified ? info(Tier::fast).max_ulp_f32 : max_ulp(tier, dtype);
}

constexpr Graph expand(const Graph& in, Tier tier) {
  // An f64 value that reaches its rounding without having its relative error magnified needs no
  // more than a little more than the rounded type's accuracy.
  const double narrow_bound =
      gives_16_bits(in) ? info(Tier::precise).max_ulp_before_f32 : info(tier).max_ulp_before_f32;
  const std::vector<bool> rounded = is_rounded_to_f32(in);
  const std::vector<NodeId> guards = left_guards(in);
  std::vector<NodeId> made(in.size(), no_node);
  return rebuild(in, [&](Graph& out, NodeId id, std::span<const NodeId> args, auto copy) {
    const Node& n = in[id];
    for (std::size_t i = 0; i < args.size(); ++i) made[n.args[i]] = args[i];
    if (n.dtype == DType::f32) {
      const double bound = expansion_bound(in, DType::f32, tier);
      const NodeId form = f32_form(in, id, bound, guards, made, out);
      if (form != no_node) return form;
    }
    const bool is_lenient = tier != Tier::exact && !gives_16_bits(in);
    if (is_lenient && rounded[id] && divides_cheaply(in, id)) {
      const Value a{&out, args[0]};
      return (a * math::reciprocal(in.real(n.args[1]))).id;
    }
    // As good as divided.
    const NodeId ramp = detail::sixfold_ramp_of(in, id);
    if (tier == Tier::precise && n.dtype == DType::f64 && ramp != no_node) {
      const Value a{&out, made[ramp]};
      const Real sixth = math::f32::precise::sixth;
      return fma(a, sixth.hi, a * sixth.lo).id;
    }
    if (!is_math(n.op)) return copy();
    const double bound = rounded[id] ? narrow_bound : expansion_bound(in, n.dtype, tier);
    if (bound >= math::near_f32_ulp && detail::largest_of_share(in, id) != no_node)
      return math::near_f32::exp_of_difference({&out, args[0]}).id;
    const math::Expansion* e =
        find_expansion(n.op, n.dtype, bound, info(tier).may_flush, is_on_the_left(in, id, guards));
    check(e != nullptr, "a math function has no expansion within the tier");
    std::array<Value, max_arity> values{};
    for (std::size_t i = 0; i < args.size(); ++i) values[i] = {&out, args[i]};
    return e->expand(std::span<const Value>(values).first(args.size())).id;
  });
}

}  // namespace actjit
