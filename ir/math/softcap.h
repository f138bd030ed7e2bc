// softcap(a, b) = b tanh(a / b), even in b; a where b is infinite, 0 where it is 0.
#pragma once

#include <limits>

#include "ir/math/near_f32.h"
#include "ir/math/scaled_argument.h"
#include "ir/math/tanh.h"

namespace actjit::math {

// Up to this a / b, b tanh(a / b) is a; from 20 on it is b.
inline constexpr double tiny_softcap = 0x1p-28;

// For b > 0.
constexpr Value softcap_by(Value a, Real b) {
  const Real half_inverse = reciprocal({b.hi / 2, b.lo / 2});
  const Value t = min(abs(a), 20.5 * b.hi);
  const auto [twice, twice_lo] = product(t, half_inverse);
  const Ln2Reduction reduced = reduce_by_ln2(twice, twice_lo, a.like(integer_magic));
  const Value y = times({a.like(b.hi), a.like(b.lo)}, tanh_quotient(reduced));
  return copysign(select(t <= tiny_softcap * b.hi, t, y), a);
}

// Any b, scaled towards 1 together with a.
constexpr Value softcap_by_any(Value a, Value b) {
  const Value x = abs(a);
  const Value size = abs(b);
  const Value large = size >= 1.0;
  const Value scale = select(large, a.like(0x1p-128), 0x1p128);
  const Value c = size * scale;
  const Value numerator = x * scale;
  const Value ratio = numerator / c;
  const Value bounded = min(ratio, 20.5);
  const Value rest = select(bounded == ratio, fma(-ratio, c, numerator) / c, 0.0);
  const Ln2Reduction reduced = reduce_by_ln2(bounded + bounded, rest + rest, a.like(integer_magic));
  const Value y = times({c, a.like(0.0)}, tanh_quotient(reduced));
  const Value unscaled = y * select(large, a.like(0x1p128), 0x1p-128);
  return copysign(select(x <= size * tiny_softcap, x, unscaled), a);
}

constexpr Value softcap_f64(Value a, Value b) {
  if (!is_ordinary_constant(b)) return softcap_by_any(a, b);
  const Real c = constant_of(b);
  return softcap_by(a, c.hi > 0 ? c : negated(c));
}

inline constexpr Expansion softcap_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::softcap(x[0], x[1]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return softcap_f64(x[0], x[1]); }}};

inline constexpr MathFunction softcap_function{Op::softcap, "b * tanh(a / b)", Parity::neither,
                                               Monotone::no, softcap_expansions};

}  // namespace actjit::math
