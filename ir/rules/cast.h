// Narrowing: what widen() made f64 goes back to f32 where no bit depends on the width. Values that
// come through ops of trait `exact` are narrow in truth, which wide() sees; ops of trait `narrows`
// round so that rounding twice changes nothing; comparisons are exact.
//
// Under a rounding to a 16-bit float, too: values that only move stay as they are stored, and ops
// of trait `narrows` are done in f32 where the operands have 16 bits. Of those f32 has more than
// twice the digits and two (24 >= 2 * 11 + 2), and where it is coarser, in its subnormal numbers,
// results are exact or keep clear of ties.
#pragma once

#include "ir/pattern.h"

namespace actjit::rules {

namespace cast_detail {
using namespace pattern;

inline constexpr std::array small_floats{DType::f16, DType::bf16};

constexpr bool is_narrowing(const OpInfo& row) { return has(row.op, Traits::narrows); }
constexpr bool is_comparison(const OpInfo& row) { return row.rule == TypeRule::compare; }

template <bool (*Chosen)(const OpInfo&)>
constexpr std::size_t count() {
  std::size_t n = 0;
  for (const OpInfo& row : op_table) n += Chosen(row);
  return n;
}

constexpr Rule narrow(Op op) {
  if (arity(op) == 1) return {"narrow", f32(apply(op, {wide(a)})), apply(op, {a})};
  return {"narrow", f32(apply(op, {wide(a), wide(b)})), apply(op, {a, b})};
}
constexpr Rule narrow_comparison(Op op) {
  return {"narrow-comparison", apply(op, {wide(a), wide(b)}), apply(op, {a, b})};
}
// To f32, under a rounding to the 16-bit float `t`.
constexpr Rule narrow_below(Op op, DType t) {
  const std::string_view name = t == DType::f16 ? "narrow-for-f16" : "narrow-for-bf16";
  if (arity(op) == 1) return {name, cast(apply(op, {wide(a, t)}), t), cast(apply(op, {f32(a)}), t)};
  return {name, cast(apply(op, {wide(a, t), wide(b, t)}), t), cast(apply(op, {f32(a), f32(b)}), t)};
}
constexpr std::array<Rule, 3> selections(DType t) {
  return {Rule{"narrow-value", cast(wide(a, t), t), a},
          Rule{"narrow-select", cast(select(c, wide(a, t), b), t), select(c, a, cast(b, t))},
          Rule{"narrow-select-else", cast(select(c, a, wide(b, t)), t), select(c, cast(a, t), b)}};
}
}  // namespace cast_detail

constexpr auto make_cast() {
  using namespace cast_detail;
  constexpr std::size_t for_f32 = 3 + count<is_narrowing>() + count<is_comparison>();
  constexpr std::size_t for_small = 3 + 1 + count<is_narrowing>();
  std::array<Rule, for_f32 + small_floats.size() * for_small> rules{};
  std::size_t n = 0;
  for (const Rule& r : selections(DType::f32)) rules[n++] = r;
  for (DType t : small_floats) {
    for (const Rule& r : selections(t)) rules[n++] = r;
    rules[n++] = {"narrow-rounding", cast(wide(a), t), cast(a, t)};
  }
  for (const OpInfo& row : op_table) {
    if (is_comparison(row)) rules[n++] = narrow_comparison(row.op);
    if (!is_narrowing(row)) continue;
    rules[n++] = narrow(row.op);
    for (DType t : small_floats) rules[n++] = narrow_below(row.op, t);
  }
  return rules;
}
inline constexpr auto cast = make_cast();

}  // namespace actjit::rules
