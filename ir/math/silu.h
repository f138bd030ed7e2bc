// silu(x) = x / (1 + e^-x).
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

constexpr Value silu_f64(Value x) {
  const Value n = max(x, -760.0);
  const Value t = min(n, 40.0);
  const Value negative = t < 0.0;
  const Value magic = select(negative, x.like(integer_magic - 128), integer_magic);
  const Value one = select(negative, x.like(0x1p-128), 1.0);
  const auto [k, k_bits, r] = reduce_by_ln2(-t, magic);
  const Value scale = power_of_two(k_bits);
  const Value divisor = fma(scale, expm1_reduced(r), scale + one);
  return n / divisor * one;
}

inline constexpr Expansion silu_expansions[] = {
    {DType::f64, 2.0, [](std::span<const Value> x) { return silu_f64(x[0]); }}};

inline constexpr MathFunction silu_function{
    Op::silu, "a * sigmoid(a)", Parity::neither, Monotone::no, silu_expansions};

}  // namespace actjit::math
