// tanh(x) = n / (n + 2) with n = expm1(2 |x|), and the sign of x.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f32_segments.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// tanh = n / d, from the reduction of 2 |x| <= 41 by integer_magic.
struct TanhQuotient {
  DoubleDouble n;
  DoubleDouble d;
};
constexpr TanhQuotient tanh_quotient(const Ln2Reduction& twice) {
  const Value scale = power_of_two(twice.k_bits);
  const auto [p, p_lo] = expm1_pair(twice);
  const Value above = scale - 1.0;
  const Value n = fma(scale, p, above);
  const Value n_lo = fma(scale, p_lo, fma(scale, p, above - n));
  const auto [d, d_error] = fast_two_sum(max(n, 2.0), min(n, 2.0));
  return {{n, n_lo}, {d, d_error + n_lo}};
}
// c tanh.
constexpr Value times(DoubleDouble c, const TanhQuotient& tanh) {
  const auto [n, n_error] = two_product(c.hi, tanh.n.hi);
  return quotient({n, fma(c.lo, tanh.n.hi, fma(c.hi, tanh.n.lo, n_error))}, tanh.d);
}

constexpr Value tanh_f64(Value x) {
  const Value t = min(abs(x), 20.0);
  const auto [n, d] = tanh_quotient(reduce_by_ln2(t + t, x.like(integer_magic)));
  return copysign(quotient(n, d), x);
}

constexpr Value tanh_f64_fast(Value x) {
  const Value t = min(abs(x), 20.0);
  const Value n = expm1_of(reduce_by_ln2(t + t, x.like(biased_magic)));
  return copysign(n / (n + 2.0), x);
}

inline constexpr Expansion tanh_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::tanh(x[0]); }},
    {DType::f64, f64::close_ulp, [](std::span<const Value> x) { return tanh_f64_fast(x[0]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return tanh_f64(x[0]); }},
    {DType::f32, f32::rough_ulp, [](std::span<const Value> x) { return f32::rough::tanh(x[0]); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::tanh(x[0]); }}};

inline constexpr MathFunction tanh_function{Op::tanh, "", Parity::odd, Monotone::increasing,
                                            tanh_expansions};

}  // namespace actjit::math
