// swish(a, b) = a sigmoid(b a) = -swish(-a, -b). Where b a is 0 times infinity it counts as 0.
#pragma once

#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f64_fast.h"
#include "ir/math/gate.h"
#include "ir/math/near_f32.h"
#include "ir/math/scaled_argument.h"
#include "ir/math/silu.h"
#include "ir/math/through_f64.h"

namespace actjit::math {

// For b > 0.
constexpr Value swish_by(Value a, Real b) {
  const Value t = min(abs(a), 768 / b.hi);
  const auto [z, z_lo] = product(t, b);
  return gated(a, t, reduce_by_ln2(max(z, smallest_gate), z_lo, a.like(gate_magic)));
}

// Any b: max(x, 0) - |x| 2^-k / (2^-k + e^r) with |b x| = k ln2 + r, k up to 2099. |x| is scaled
// towards 1, so that a subnormal result is rounded once, by the last fma.
constexpr Value swish_by_any(Value a, Value b) {
  const Value sign = copysign(b.like(1.0), b);
  const Value x = a * sign;
  const Value size = min(abs(x), std::numeric_limits<double>::max());
  const Value large = size >= 1.0;
  const auto [z, z_lo] = product_size(a, b, select(large, a.like(1455.0), 760.0));
  const Value magic = select(large, a.like(integer_magic - 128), integer_magic + 128);
  const Ln2Reduction reduced = reduce_by_ln2(max(z, smallest_gate), z_lo, magic);
  const auto [sum, sum_lo] = fast_two_sum(a.like(1.0), power_or_little(-reduced.k));
  const Value divisor = sum + (expm1_reduced(reduced.r) + sum_lo);
  const Value quotient = size * select(large, a.like(0x1p-128), 0x1p128) / divisor;
  const auto [first, second] = split_power_of_two(-reduced.k_bits);
  const Value y = fma(-(quotient * first), second, max(x, 0.0));
  return select(b == 0.0, a * 0.5, copysign(y, a));
}

constexpr Value swish_f64(Value a, Value b) {
  if (!is_ordinary_constant(b)) return swish_by_any(a, b);
  const Real c = constant_of(b);
  if (c == Real(1)) return silu_f64(a);
  return c.hi > 0 ? swish_by(a, c) : -swish_by(-a, negated(c));
}

constexpr Value swish_f64_fast(Value a, Value b) {
  if (!is_ordinary_constant(b)) return swish_by_any(a, b);
  return f64::fast::swish_by(a, constant_of(b));
}

constexpr Value swish_f32(Value a, Value b) {
  if (!is_ordinary_constant(b)) return through_f64(a, b, near_f32::swish);
  return f32::swish_by(a, constant_of(b), f32::fast);
}
constexpr Value swish_rough(Value a, Value b) {
  if (!is_ordinary_constant(b)) return through_f64(a, b, near_f32::swish);
  return f32::rough::swish_by(a, constant_of(b));
}
constexpr Value swish_precise(Value a, Value b) {
  if (!is_ordinary_constant(b)) return through_f64(a, b, near_f32::swish);
  return f32::precise::swish_by(a, constant_of(b));
}

inline constexpr Expansion swish_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::swish(x[0], x[1]); }},
    {DType::f64, f64::close_ulp,
     [](std::span<const Value> x) { return swish_f64_fast(x[0], x[1]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return swish_f64(x[0], x[1]); }},
    {DType::f32, f32::rough_ulp, [](std::span<const Value> x) { return swish_rough(x[0], x[1]); }},
    {DType::f32, f32::fast_ulp, [](std::span<const Value> x) { return swish_f32(x[0], x[1]); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return swish_precise(x[0], x[1]); }}};

inline constexpr MathFunction swish_function{Op::swish, "a * sigmoid(b * a)", Parity::neither,
                                             Monotone::no, swish_expansions};

}  // namespace actjit::math
