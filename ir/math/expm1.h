// expm1(x) = e^x - 1.
#pragma once

#include "ir/math/exp.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// 2^k (1 + r + r^2 q) - 1, with 2^k - 1 + 2^k r exact; all halved, because 2^1024 would overflow.
constexpr Value expm1_f64(Value x) {
  const Value t = min(max(x, -40.0), 710.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(integer_magic - 1));
  const Value r = reduced.r;
  const Value r2 = r * r;
  const Value scale = power_of_two(reduced.k_bits);
  const Value above = scale - 0.5;
  const Value above_lo = (scale - above) - 0.5;  // not 0 from 2^53 on
  const Value sum = fma(scale, r, above);
  const Value sum_lo = fma(scale, r, above - sum) + above_lo;
  const Value r_lo = reduced.beyond(r);
  const Value tail = fma(r2, exp_tail(r, r2), fma(r, r_lo, r_lo));
  const Value y = (sum + fma(scale, tail, sum_lo)) * 2.0;
  return select(abs(x) < 0x1p-54, x, y);  // halves of subnormals are not exact
}

// For x <= 0.
constexpr Value expm1_f64_left(Value x) {
  return expm1_of(reduce_by_ln2(max(x, -40.0), x.like(biased_magic)));
}

inline constexpr Expansion expm1_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::expm1(x[0]); }},
    {.dtype = DType::f64,
     .max_ulp = f64::fast_ulp,
     .expand = [](std::span<const Value> x) { return expm1_f64_left(x[0]); },
     .is_left = true},
    {DType::f64, 1.0, [](std::span<const Value> x) { return expm1_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::expm1_left(x[0]); },
     .is_left = true},
    {.dtype = DType::f32,
     .max_ulp = f32::precise_ulp,
     .expand = [](std::span<const Value> x) { return f32::precise::expm1_left(x[0]); },
     .is_left = true},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::expm1(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::expm1(x[0]); }}};

inline constexpr MathFunction expm1_function{Op::expm1, "", Parity::neither, Monotone::increasing,
                                             expm1_expansions};

}  // namespace actjit::math
