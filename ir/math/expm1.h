// expm1(x) = e^x - 1.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

constexpr Value expm1_f64(Value x) {
  const Value t = min(max(x, -40.0), 710.0);
  const auto [k, k_bits, r] = reduce_by_ln2(t, x.like(integer_magic - 1));
  const Value half_scale = power_of_two(k_bits);  // 2^1024 would overflow
  const Value y = fma(half_scale, expm1_reduced(r), half_scale - 0.5) * 2.0;
  return select(abs(x) < 0x1p-54, x, y);  // halves of subnormals are not exact
}

inline constexpr Expansion expm1_expansions[] = {
    {DType::f64, 2.0, [](std::span<const Value> x) { return expm1_f64(x[0]); }}};

inline constexpr MathFunction expm1_function{
    Op::expm1, "", Parity::neither, Monotone::increasing, expm1_expansions};

}  // namespace actjit::math
