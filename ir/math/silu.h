// silu(x) = x / (1 + e^-x) = max(x, 0) - |x| / (1 + e^|x|).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// The divisor is made 2^-128 times as large, so that a subnormal result is rounded once, by the
// last fma.
constexpr Value silu_f64(Value x) {
  const Value t = min(abs(x), 760.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(integer_magic - 128));
  const Value scale = power_of_two(reduced.k_bits);
  const auto [sum, sum_lo] = fast_two_sum(scale, x.like(0x1p-128));
  const Value divisor = sum + fma(scale, expm1_reduced(reduced.r), sum_lo);
  return fma(-(t / divisor), 0x1p-128, max(x, 0.0));
}

inline constexpr Expansion silu_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::silu(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return silu_f64(x[0]); }}};

inline constexpr MathFunction silu_function{Op::silu, "a * sigmoid(a)", Parity::neither,
                                            Monotone::no, silu_expansions};

}  // namespace actjit::math
