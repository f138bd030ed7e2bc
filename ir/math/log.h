// log(x), and what the logarithms share: x = 2^k m with 11/16 <= m < 11/8, and
//   log(1 + f) = f - s (f - R), s = f / (2 + f), R = 2 atanh(s) / s - 2,
// the scheme of FreeBSD's msun (e_log.c, K. C. Ng), with the sum of k log 2 and f kept exact.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/f32_log.h"
#include "ir/math/function.h"
#include "ir/math/log_parts.h"
#include "ir/math/near_f32_log.h"
#include "ir/math/poly.h"

namespace actjit::math {

// tools/coefficients/log.sollya: 2 atanh(s) / s - 2 = z P(z) within 2^-62.3, z = s^2, for
// 11/16 <= (1 + s) / (1 - s) <= 11/8.
inline constexpr Coefficients<8> log_p = {
    0x1.5555555555555p-1, 0x1.9999999999dbfp-2, 0x1.249249241e88p-2,  0x1.c71c727828a05p-3,
    0x1.745cd0aa6c49dp-3, 0x1.3b2374aa2bba2p-3, 0x1.0f16837911234p-3, 0x1.120f289b87d8bp-3,
};

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
  return or_limits(x, select(x < std::numeric_limits<double>::infinity(), y, x));
}

inline constexpr Expansion log_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::log(x[0], natural); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return log_f64(x[0], natural); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::log(x[0], natural); }}};

inline constexpr MathFunction log_function{Op::log, "", Parity::neither, Monotone::increasing,
                                           log_expansions};

}  // namespace actjit::math
