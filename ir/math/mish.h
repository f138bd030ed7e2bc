// mish(x) = x tanh(softplus(x)) = x n / (n + 2), n = e (e + 2), e = e^x.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

// n is made 2^128 times as large, so that a subnormal result is rounded once, by the last product.
constexpr Value mish_f64(Value x) {
  const Value t = min(max(x, -760.0), 40.0);
  const auto [k, k_bits, r] = reduce_by_ln2(t, x.like(integer_magic + 128));
  const Value scale = power_of_two(k_bits);
  const Value large_e = fma(scale, expm1_reduced(r), scale);
  const Value large_n = large_e * fma(large_e, 0x1p-128, 2.0);
  const Value divisor = fma(large_n, 0x1p-128, 2.0);
  const Value y = t * large_n / divisor * 0x1p-128;
  return select(x > 40.0, x, y);
}

inline constexpr Expansion mish_expansions[] = {
    {DType::f64, 3.0, [](std::span<const Value> x) { return mish_f64(x[0]); }}};

inline constexpr MathFunction mish_function{
    Op::mish, "a * tanh(softplus(a))", Parity::neither, Monotone::no, mish_expansions};

}  // namespace actjit::math
