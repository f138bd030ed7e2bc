// rsqrt(x) = 1 / sqrt(x).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/function.h"

namespace actjit::math {

constexpr Value rsqrt_f64(Value x) {
  const Value y = 1.0 / sqrt(x);
  // One Newton step y (1 + e / 2) with the residual e = 1 - x y^2 of the rounded y; x y is near
  // sqrt(x), so that no product on the way is subnormal.
  const auto [root, root_lo] = two_product(x, y);
  const Value e = fma(-root_lo, y, fma(-root, y, 1.0));
  // For 0, infinity, numbers below 0 and NaN, e is NaN and y is the result.
  return select(e < 1.0, fma(0.5 * y, e, y), y);
}

inline constexpr Expansion rsqrt_expansions[] = {
    {DType::f64, 0.51, [](std::span<const Value> x) { return rsqrt_f64(x[0]); }},
    {DType::f32, 1.5, [](std::span<const Value> x) { return 1.0 / sqrt(x[0]); }}};

inline constexpr MathFunction rsqrt_function{Op::rsqrt, "", Parity::neither, Monotone::decreasing,
                                             rsqrt_expansions};

}  // namespace actjit::math
