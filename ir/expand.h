// expand: replaces every math op by primitives, with the cheapest expansion the tier permits.
#pragma once

#include "ir/math/table.h"
#include "ir/rebuild.h"
#include "ir/tier.h"

namespace actjit {

// What the expansion of a math node may be off by, in ULP of the node's dtype.
//
// An f64 value that reaches f32 outputs without having its relative error magnified needs no more
// than a little more than f32's accuracy: 2^22 ULP of f64 are 2^-30, a hundredth of an ULP of f32.
inline constexpr double max_ulp_before_f32 = 0x1p22;

// For each node, whether every way from it to the outputs ends in a cast to f32 and passes only
// through operations that keep relative errors as they are.
constexpr std::vector<bool> is_rounded_to_f32(const Graph& g) {
  std::vector<bool> exposed(g.size(), false);  // some use needs all of f64
  for (const Output& o : g.outputs()) exposed[o.node] = true;
  for (NodeId id = static_cast<NodeId>(g.size()); id-- > 0;) {
    const Node& n = g[id];
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      const NodeId arg = n.args[i];
      switch (n.op) {
        case Op::cast:
          if (n.dtype != DType::f32) exposed[arg] = true;
          break;
        case Op::mul:
        case Op::div:
        case Op::neg:
        case Op::abs:
        case Op::sqrt:
        case Op::copysign:
        case Op::min:
        case Op::max:
          if (exposed[id]) exposed[arg] = true;
          break;
        case Op::select:
          if (i == 0 || exposed[id]) exposed[arg] = true;
          break;
        default: exposed[arg] = true;
      }
    }
  }
  std::vector<bool> out(g.size());
  for (NodeId id = 0; id < g.size(); ++id) out[id] = g[id].dtype == DType::f64 && !exposed[id];
  return out;
}

// The cheapest expansion of the math op `op` within `bound` ULP for operands of `dtype`, else null.
constexpr const math::Expansion* find_expansion(Op op, DType dtype, double bound) {
  for (const math::Expansion& e : math::function(op).expansions)
    if (e.dtype == dtype && e.max_ulp <= bound) return &e;
  return nullptr;
}

// Whether an f32 graph is evaluated in f64 as a whole: where the tier says so, and where some math
// function has no f32 expansion within it; then evaluating all of it in f64 is cheaper and closer
// than going to f64 and back at each such function.
constexpr bool evaluates_wide(const Graph& graph, Tier tier) {
  if (info(tier).widens_f32) return true;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& n = graph[id];
    if (is_math(n.op) && n.dtype == DType::f32 &&
        !find_expansion(n.op, n.dtype, max_ulp(tier, n.dtype)))
      return true;
  }
  return false;
}

constexpr Graph expand(const Graph& in, Tier tier) {
  const std::vector<bool> rounded = is_rounded_to_f32(in);
  return rebuild(in, [&](Graph& out, const Node& n, std::span<const NodeId> args, auto copy) {
    if (!is_math(n.op)) return copy();
    const bool cheap = rounded[static_cast<std::size_t>(&n - &in[0])];
    const double bound = cheap ? max_ulp_before_f32 : max_ulp(tier, n.dtype);
    const math::Expansion* e = find_expansion(n.op, n.dtype, bound);
    check(e != nullptr, "a math function has no expansion within the tier");
    std::array<Value, max_arity> values{};
    for (std::size_t i = 0; i < args.size(); ++i) values[i] = {&out, args[i]};
    return e->expand(std::span<const Value>(values).first(args.size())).id;
  });
}

}  // namespace actjit
