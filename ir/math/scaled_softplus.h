// scaled_softplus(a, b) = softplus(b a) / b = max(a, 0) + log1p(e^-|b a|) / b for b > 0, and
// -scaled_softplus(-a, -b). Where b a is 0 times infinity it counts as 0.
#pragma once

#include "ir/math/near_f32_log.h"
#include "ir/math/scaled_argument.h"
#include "ir/math/softplus.h"

namespace actjit::math {

// For b > 0.
constexpr Value scaled_softplus_by(Value a, Real b) {
  const Value t = min(abs(a), 768 / b.hi);
  const auto [z, z_lo] = product(t, negated(b));
  const Ln2Reduction reduced = reduce_by_ln2(z, z_lo, a.like(softplus_magic));
  const Value power = power_of_two(reduced.k_bits);
  const auto [e, e_lo] = exp_reduced_pair(reduced);
  const Value large_e = e * power;
  const Value rest = log1p_of_exp(large_e, a.like(softplus_unscale)).beyond(e_lo * power);

  const Real inverse = reciprocal(b);
  const Value ramp = max(a, 0.0);
  const Value low = inverse.lo == 0 ? ramp : fma(large_e, inverse.lo * softplus_unscale, ramp);
  const double scaled_inverse = inverse.hi * softplus_unscale;
  return fma(large_e, scaled_inverse, fma(rest, scaled_inverse, low));
}

// Any b, with -|b x| = k ln2 + r, k down to -2153. b is scaled towards 1, so that its quotient does
// not overflow and a subnormal result is rounded once, by the last fma.
constexpr Value scaled_softplus_by_any(Value a, Value b) {
  const Value sign = copysign(b.like(1.0), b);
  const Value x = a * sign;
  const Value size = abs(b);
  const Value large = size >= 1.0;
  const auto [z, z_lo] = product_size(a, b, select(large, a.like(746.0), 1492.0));
  const Value magic = select(large, a.like(integer_magic - 128), integer_magic + 128);
  const Ln2Reduction reduced = reduce_by_ln2(-z, -z_lo, magic);
  const auto [e, e_lo] = exp_reduced_pair(reduced);
  const Value rest = log1p_of_exp(e, power_or_little(reduced.k)).beyond(e_lo);
  // For 0 the quotient overflows, for infinity it is 0: neither may make the residual NaN.
  const Value divisor = max(size, std::numeric_limits<double>::denorm_min()) *
                        select(large, a.like(0x1p-128), 0x1p128);
  const Value q = e / divisor;
  const Value residual = fma(-q, min(divisor, std::numeric_limits<double>::max()), e);
  const auto [quotient, quotient_lo] = fast_two_sum(q, (residual + rest) / divisor);
  const auto [first, second] = split_power_of_two(reduced.k_bits);
  const Value low = fma(quotient_lo * first, second, max(x, 0.0));
  return fma(quotient * first, second, low) * sign;
}

constexpr Value scaled_softplus_f64(Value a, Value b) {
  if (!is_ordinary_constant(b)) return scaled_softplus_by_any(a, b);
  const Real c = constant_of(b);
  if (c == Real(1)) return softplus_f64(a);
  return c.hi > 0 ? scaled_softplus_by(a, c) : -scaled_softplus_by(-a, negated(c));
}

inline constexpr Expansion scaled_softplus_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::scaled_softplus(x[0], x[1]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return scaled_softplus_f64(x[0], x[1]); }}};

inline constexpr MathFunction scaled_softplus_function{Op::scaled_softplus, "softplus(b * a) / b",
                                                       Parity::neither, Monotone::no,
                                                       scaled_softplus_expansions};

}  // namespace actjit::math
