// Narrowing: what widen() made f64 goes back to f32 where no bit depends on the width. Ops with the
// trait `narrows` are exact, or round so that rounding twice changes nothing; comparisons are
// exact.
#pragma once

#include "ir/pattern.h"

namespace actjit::rules {

namespace cast_detail {
using namespace pattern;

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
}  // namespace cast_detail

constexpr auto make_cast() {
  using namespace cast_detail;
  const std::array selections{
      Rule{"narrow-value", f32(wide(a)), a},
      Rule{"narrow-select", f32(select(c, wide(a), b)), select(c, a, f32(b))},
      Rule{"narrow-select-else", f32(select(c, a, wide(b))), select(c, f32(a), b)},
  };
  std::array<Rule, selections.size() + count<is_narrowing>() + count<is_comparison>()> rules{};
  std::size_t n = 0;
  for (const Rule& r : selections) rules[n++] = r;
  for (const OpInfo& row : op_table) {
    if (is_narrowing(row)) rules[n++] = narrow(row.op);
    if (is_comparison(row)) rules[n++] = narrow_comparison(row.op);
  }
  return rules;
}
inline constexpr auto cast = make_cast();

}  // namespace actjit::rules
