// What all logarithms share: the base, x = 2^k m, and the limits.
#pragma once

#include <limits>

#include "ir/value.h"

namespace actjit::math {

// A logarithm to some base: log(2^k (1 + f)) = k octave + log1p(f) unit, both as hi + lo. The hi of
// octave has 11 trailing zeros or more, so that k octave.hi is exact.
struct LogBase {
  Real octave;
  Real unit;
};
inline constexpr LogBase natural{{0x1.62e42fefa3800p-1, 0x1.ef35793c76730p-45}, {1.0, 0.0}};

inline constexpr std::int64_t mantissa_bits = 0x000fffffffffffff;
// Where m begins. From 11/16 to 11/8, |log(1 + f) - f| < 1/16: the tail has small roundings.
inline constexpr std::int64_t sqrt_half_bits = 0x3fe6a09e667f3bcd;
inline constexpr std::int64_t low_bits = 0x3fe6000000000000;  // 11/16
inline constexpr std::int64_t one_bits = 0x3ff0000000000000;
// The bits of 2^52, whose low bits hold an integer, and the exponent's bias seen that way.
inline constexpr std::int64_t integer_bits = 0x4330000000000000;
inline constexpr double exponent_bias = 0x1p52 + 1023;

// x = 2^k m; `word` has 1023 + k in its bits 52 to 62.
struct Binary {
  Value k;
  Value m;
  Value word;
};

// For normal x > 0, or x scaled by 2^j and bias + j.
constexpr Binary split_normal(Value x, Value bias, std::int64_t first_m) {
  const Value word = bitcast(x, DType::i64) + (one_bits - first_m);
  const Value m = bitcast((word & mantissa_bits) + first_m, DType::f64);
  return {bitcast(shr(word, 52) | integer_bits, DType::f64) - bias, m, word};
}

// For x > 0; other operands give some finite k and m.
constexpr Binary split_binary(Value x, std::int64_t first_m) {
  const Value subnormal = x < 0x1p-1022;
  return split_normal(select(subnormal, x * 0x1p54, x),
                      select(subnormal, x.like(exponent_bias + 54), exponent_bias), first_m);
}

// y for u > 0, else the logarithm of u = 0, which is -inf, or NaN.
constexpr Value or_limits(Value u, Value y) {
  const Value at_zero = u.like(-std::numeric_limits<double>::infinity());
  const Value below = select(u == 0.0, at_zero, std::numeric_limits<double>::quiet_NaN());
  return select(u > 0.0, y, below);
}

}  // namespace actjit::math
