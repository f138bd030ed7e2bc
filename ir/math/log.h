// log(x), and what the logarithms share: x = 2^k m with sqrt(1/2) <= m < sqrt(2), and
//   log(1 + f) = f - s (f - R), s = f / (2 + f), R = 2 atanh(s) / s - 2,
// the scheme of FreeBSD's msun (e_log.c, K. C. Ng), with the sum of k log 2 and f kept exact.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/function.h"
#include "ir/math/poly.h"

namespace actjit::math {

// tools/coefficients/log.sollya: 2 atanh(s) / s - 2 = z P(z) within 2^-56.6, z = s^2, for
// sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2).
inline constexpr Coefficients<7> log_p = {
    0x1.5555555555558p-1,
    0x1.99999999952d7p-2,
    0x1.2492492df79dfp-2,
    0x1.c71c62dbbd736p-3,
    0x1.7462b78a4d11fp-3,
    0x1.39fe025e78d95p-3,
    0x1.2b5cae0386875p-3,
};

// A logarithm to some base: log(2^k (1 + f)) = k octave + log1p(f) unit, both as hi + lo. The hi of
// octave has 11 trailing zeros or more, so that k octave.hi is exact.
struct LogBase {
  Real octave;
  Real unit;
};
inline constexpr LogBase natural{{0x1.62e42fefa3800p-1, 0x1.ef35793c76730p-45}, {1.0, 0.0}};

// x = 2^k m. `word` has 1023 + k in its bits 52 to 62.
struct Binary {
  Value k;
  Value m;
  Value word;
};

inline constexpr std::int64_t mantissa_bits = 0x000fffffffffffff;
inline constexpr std::int64_t sqrt_half_bits = 0x3fe6a09e667f3bcd;
inline constexpr std::int64_t one_bits = 0x3ff0000000000000;

// For normal x > 0. `bias` is 2^52 + 1023, plus what x had been scaled by.
constexpr Binary split_binary(Value x, Value bias) {
  const Value word = bitcast(x, DType::i64) + (one_bits - sqrt_half_bits);
  const Value m = bitcast((word & mantissa_bits) + sqrt_half_bits, DType::f64);
  // The exponent as the low bits of the float 2^52 + 1023 + k.
  const Value exponent = shr(word, 52) | std::int64_t{0x4330000000000000};
  return {bitcast(exponent, DType::f64) - bias, m, word};
}

struct Log1pParts {
  Value tail;  // log(1 + f) - f
  Value s;     // f / (2 + f)
};
constexpr Log1pParts log1p_tail(Value f) {
  const Value s = f / (f + 2.0);
  const Value z = s * s;
  const Value half_square = 0.5 * f * f;
  const Value r = z * even_odd(z, log_p);
  return {fma(s, half_square + r, -half_square), s};
}

// k octave + (f + tail) unit.
constexpr Value log_sum(Value k, Value f, Value tail, const LogBase& base) {
  Value head = f;
  if (base.unit.hi != 1.0) {
    const auto [hi, lo] = two_product(f, f.like(base.unit.hi));
    head = hi;
    tail = fma(tail, base.unit.hi, fma(f, base.unit.lo, lo));
  }
  if (base.octave.lo != 0.0) tail = fma(k, base.octave.lo, tail);
  const Value sum = fma(k, base.octave.hi, head);
  const Value rest = fma(k, base.octave.hi, -sum) + head;
  return sum + (rest + tail);
}

constexpr Value log_f64(Value x, const LogBase& base) {
  const Value subnormal = x < 0x1p-1022;
  const Value normal = select(subnormal, x * 0x1p54, x);
  const Value bias = select(subnormal, x.like(0x1p52 + 1023 + 54), 0x1p52 + 1023);
  const auto [k, m, word] = split_binary(normal, bias);
  const Value f = m - 1.0;
  const Value y = log_sum(k, f, log1p_tail(f).tail, base);
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Value at_zero_or_below = select(x == 0.0, x.like(-infinity), nan);
  return select(x > 0.0, select(x < infinity, y, x), at_zero_or_below);
}

inline constexpr Expansion log_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return log_f64(x[0], natural); }}};

inline constexpr MathFunction log_function{
    Op::log, "", Parity::neither, Monotone::increasing, log_expansions};

}  // namespace actjit::math
