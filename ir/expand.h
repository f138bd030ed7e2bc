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

namespace detail {
constexpr Value expand_op(Op op, std::span<const Value> operands, Tier tier) {
  const DType dtype = operands[0].dtype();
  if (const math::Expansion* e = find_expansion(op, dtype, tier)) return e->expand(operands);
  // An f32 function without an expansion of its own goes through f64 and rounds once.
  check(dtype == DType::f32, "a math function has no f64 expansion within the tier");
  std::array<Value, max_arity> wide{};
  for (std::size_t i = 0; i < operands.size(); ++i) wide[i] = cast(operands[i], DType::f64);
  return cast(expand_op(op, std::span<const Value>(wide).first(operands.size()), tier), dtype);
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
