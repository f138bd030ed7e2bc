// expand: replaces every math op by primitives, with the cheapest expansion the tier permits.
#pragma once

#include "ir/math/table.h"
#include "ir/rebuild.h"
#include "ir/tier.h"

namespace actjit {

// The cheapest expansion of `op` for operands of `dtype` within the tier's bound, else null.
constexpr const math::Expansion* find_expansion(Op op, DType dtype, Tier tier) {
  const math::MathFunction* function = math::find(op);
  if (!function) return nullptr;
  for (const math::Expansion& e : function->expansions)
    if (e.dtype == dtype && e.max_ulp <= max_ulp(tier, dtype)) return &e;
  return nullptr;
}

// Whether an f32 graph is evaluated in f64 as a whole: where the tier says so, and where some math
// function has no f32 expansion within it; then evaluating all of it in f64 is cheaper and closer
// than going to f64 and back at each such function.
constexpr bool evaluates_wide(const Graph& graph, Tier tier) {
  if (info(tier).widens_f32) return true;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& n = graph[id];
    if (is_math(n.op) && n.dtype == DType::f32 && !find_expansion(n.op, n.dtype, tier)) return true;
  }
  return false;
}

namespace detail {
constexpr Value expand_op(Op op, std::span<const Value> operands, Tier tier) {
  const math::Expansion* e = find_expansion(op, operands[0].dtype(), tier);
  check(e != nullptr, "a math function has no expansion within the tier");
  return e->expand(operands);
}
}  // namespace detail

constexpr Graph expand(const Graph& in, Tier tier) {
  return rebuild(in, [tier](Graph& out, const Node& n, std::span<const NodeId> args, auto copy) {
    if (!is_math(n.op)) return copy();
    std::array<Value, max_arity> values{};
    for (std::size_t i = 0; i < args.size(); ++i) values[i] = {&out, args[i]};
    return detail::expand_op(n.op, std::span<const Value>(values).first(args.size()), tier).id;
  });
}

}  // namespace actjit
