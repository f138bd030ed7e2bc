// sigmoid(x) = 1 / (1 + e^-x).
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

constexpr Value sigmoid_f64(Value x) {
  const Value t = min(max(x, -746.0), 40.0);
  const Value negative = t < 0.0;
  const Value magic = select(negative, x.like(integer_magic - 64), integer_magic);
  const Value one = select(negative, x.like(0x1p-64), 1.0);
  const auto [k, k_bits, r] = reduce_by_ln2(-t, magic);
  const Value scale = power_of_two(k_bits);
  const Value divisor = fma(scale, expm1_reduced(r), scale + one);
  return 1.0 / divisor * one;
}

inline constexpr Expansion sigmoid_expansions[] = {
    {DType::f64, 2.0, [](std::span<const Value> x) { return sigmoid_f64(x[0]); }}};

inline constexpr MathFunction sigmoid_function{
    Op::sigmoid, "", Parity::neither, Monotone::increasing, sigmoid_expansions};

}  // namespace actjit::math
