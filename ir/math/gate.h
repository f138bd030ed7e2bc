// x sigmoid(z) for z of the sign of x: what silu, swish and gelu_tanh share.
//
// As max(x, 0) - |x| / (1 + e^|z|) nothing cancels. The divisor is made 2^-128 times as large, so
// that a subnormal result is rounded once, by the last fma.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"

namespace actjit::math {

inline constexpr double gate_magic = integer_magic - 128;

// Given |x| and the reduction of |z| by gate_magic, both bounded where the quotient has vanished.
constexpr Value gated(Value x, Value x_size, const Ln2Reduction& z) {
  const Value scale = power_of_two(z.k_bits);
  const auto [sum, sum_lo] = fast_two_sum(scale, x.like(0x1p-128));
  const Value divisor = sum + fma(scale, expm1_reduced(z.r), sum_lo);
  return fma(-(x_size / divisor), 0x1p-128, max(x, 0.0));
}

}  // namespace actjit::math
