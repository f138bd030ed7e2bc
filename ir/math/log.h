// log(x), and what the logarithms share: x = 2^k m with 11/16 <= m < 11/8, and
//   log(1 + f) = f - s (f - R), s = f / (2 + f), R = 2 atanh(s) / s - 2,
// the scheme of FreeBSD's msun (e_log.c, K. C. Ng), with the sum of k log 2 and f kept exact.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/function.h"
#include "ir/math/poly.h"

namespace actjit::math {

// tools/coefficients/log.sollya: 2 atanh(s) / s - 2 = z P(z) within 2^-62.3, z = s^2, for
// 11/16 <= (1 + s) / (1 - s) <= 11/8.
inline constexpr Coefficients<8> log_p = {
    0x1.5555555555555p-1, 0x1.9999999999dbfp-2, 0x1.249249241e88p-2,  0x1.c71c727828a05p-3,
    0x1.745cd0aa6c49dp-3, 0x1.3b2374aa2bba2p-3, 0x1.0f16837911234p-3, 0x1.120f289b87d8bp-3,
};

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

// log(1 + f) = f + tail - error.
struct Log1p {
  Value f;
  Value s;  // f / (2 + f)
  Value tail;
  Value error;  // below 2^-57: what the rounding of f^2 / 2 cost
};
constexpr Log1p log1p_reduced(Value f) {
  const Value s = f / (f + 2.0);
  const Value z = s * s;
  const Value half = 0.5 * f;
  const Value half_square = half * f;
  const Value r = z * even_odd(z, log_p);
  const Value tail = fma(s, half_square + r, -half_square);
  return {f, s, tail, fma(half, f, -half_square)};
}

// (f + tail - error) unit.
constexpr DoubleDouble times_unit(const Log1p& log, Real unit) {
  const auto [hi, lo] = two_product(log.f, log.f.like(unit.hi));
  return {hi, fma(log.tail - log.error, unit.hi, fma(log.f, unit.lo, lo))};
}

// k octave + (f + tail) unit.
constexpr Value log_sum(Value k, const Log1p& log, const LogBase& base) {
  const auto [hi, lo] =
      base.unit.hi == 1.0 ? DoubleDouble{log.f, log.tail} : times_unit(log, base.unit);
  const Value sum = fma(k, base.octave.hi, hi);
  const Value rest = fma(k, base.octave.hi, -sum) + hi;
  return sum + (rest + (base.octave.lo == 0.0 ? lo : fma(k, base.octave.lo, lo)));
}

constexpr Value log_f64(Value x, const LogBase& base) {
  const auto [k, m, word] = split_binary(x, low_bits);
  const Value y = log_sum(k, log1p_reduced(m - 1.0), base);
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Value at_zero_or_below = select(x == 0.0, x.like(-infinity), nan);
  return select(x > 0.0, select(x < infinity, y, x), at_zero_or_below);
}

inline constexpr Expansion log_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return log_f64(x[0], natural); }}};

inline constexpr MathFunction log_function{Op::log, "", Parity::neither, Monotone::increasing,
                                           log_expansions};

}  // namespace actjit::math
