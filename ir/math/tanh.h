// tanh(x) = n / (n + 2) with n = expm1(2 |x|), and the sign of x.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

constexpr Value tanh_f64(Value x) {
  const Value t = min(abs(x), 20.0);
  const auto [k, k_bits, r] = reduce_by_ln2(t + t, x.like(integer_magic));
  const Value scale = power_of_two(k_bits);
  const Value n = fma(scale, expm1_reduced(r), scale - 1.0);
  return copysign(n / (n + 2.0), x);
}

inline constexpr Expansion tanh_expansions[] = {
    {DType::f64, 3.0, [](std::span<const Value> x) { return tanh_f64(x[0]); }}};

inline constexpr MathFunction tanh_function{
    Op::tanh, "", Parity::odd, Monotone::increasing, tanh_expansions};

}  // namespace actjit::math
