// sigmoid(x) = 1 / (1 + e^-x).
#pragma once

#include "ir/math/exp.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f64_fast.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// The smaller of sigmoid(x) and sigmoid(-x) is w = 1 / (1 + e^|x|), the other 1 - w. The divisor is
// made 2^-64 times as large, so that a subnormal w is rounded once, by the last product.
constexpr Value sigmoid_f64(Value x) {
  const Value t = min(abs(x), 746.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(integer_magic - 64));
  const Value scale = power_of_two(reduced.k_bits);
  const auto [p, p_lo] = expm1_pair(reduced);
  const auto [sum, sum_lo] = fast_two_sum(scale, x.like(0x1p-64));
  const Value divisor = fma(scale, p, sum);
  const Value divisor_lo = fma(scale, p_lo, fma(scale, p, sum - divisor) + sum_lo);
  const Value w = reciprocal({divisor, divisor_lo}) * 0x1p-64;
  return select(x < 0.0, w, 1.0 - w);
}

inline constexpr Expansion sigmoid_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::sigmoid(x[0]); }},
    {DType::f64, f64::fast_ulp, [](std::span<const Value> x) { return f64::fast::sigmoid(x[0]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return sigmoid_f64(x[0]); }},
    {DType::f32, f32::rough_ulp,
     [](std::span<const Value> x) { return f32::rough::sigmoid(x[0]); }},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::sigmoid(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::sigmoid(x[0]); }}};

inline constexpr MathFunction sigmoid_function{Op::sigmoid, "", Parity::neither,
                                               Monotone::increasing, sigmoid_expansions};

}  // namespace actjit::math
