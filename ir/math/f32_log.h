// Logarithms in f32 within 1 ULP: x = 2^k (1 + f), of which the multiple of log 2 and f are summed
// exactly. Coefficients: tools/coefficients/f32_precise.sollya, errors in units of 2^-23.
#pragma once

#include <limits>

#include "ir/math/f32.h"
#include "ir/math/log_parts.h"

namespace actjit::math::f32::precise {

// (log1p(f) - f) / f^2 within 0.1 of log1p(f), from sqrt(1/2) to sqrt(2).
inline constexpr Coefficients<9> log1p_w = {-0x1.fffffep-2, 0x1.555548p-2,  -0x1.000222p-2,
                                            0x1.99a7aap-3,  -0x1.5487d2p-3, 0x1.224426p-3,
                                            -0x1.0bf634p-3, 0x1.08a916p-3,  -0x1.496894p-4};

// The same within 0.02, where more roundings follow.
inline constexpr Coefficients<10> log1p_w_close = {
    -0x1p-1,       0x1.55554ep-2,  -0x1.ffffe4p-3, 0x1.99a14p-3,   -0x1.55636cp-3,
    0x1.2380bep-3, -0x1.fb6eeep-4, 0x1.e21abep-4,  -0x1.e0c39ep-4, 0x1.2231d6p-4};

// A constant as one of so many binary digits and the rest.
constexpr Real split(Real c, int digits) {
  const double hi = f64_of(to_bits(c.hi) & ~((Bits{1} << (53 - digits)) - 1));
  return {hi, (c.hi - hi) + c.lo};
}

// k octave + log1p(f) unit for 1 / sqrt(2) <= 1 + f <= sqrt(2), where k is an integer.
constexpr Value log_sum(Value k, Value f, const LogBase& base) {
  const Real octave = split(base.octave, 16);
  const Real unit = split(base.unit, 24);
  const Value octaves = k * octave.hi;
  const bool is_natural = unit.hi == 1;
  const Value head = is_natural ? f : f * unit.hi;
  const Value sum = octaves + head;
  Value rest = (octaves - sum) + head;
  if (!is_natural) rest = fma(f, unit.lo, fma(f, unit.hi, -head)) + rest;
  if (octave.lo != 0) rest = fma(k, octave.lo, rest);
  if (is_natural) return sum + fma(f * f, horner(f, log1p_w), rest);
  Coefficients<10> w = log1p_w_close;
  for (double& c : w) c *= base.unit.hi;
  return sum + fma(f * f, w[0], fma(f * f * f, horner(f, std::span(w).subspan(1)), rest));
}

constexpr Value log(Value x, const LogBase& base) {
  const Value subnormal = x < 0x1p-126;
  const Value bits = bitcast(select(subnormal, x * 0x1p24, x), DType::i32);
  const std::int64_t first = 0x3f3504f3;  // sqrt(1/2)
  const Value from_first = bits - first;
  const Value m = bitcast((from_first & std::int64_t{0x7fffff}) + first, DType::f32);
  const Value k = cast(sar(from_first, 23), DType::f32) - select(subnormal, x.like(24.0), 0.0);
  const Value y = log_sum(k, m - 1.0, base);
  return or_limits(x, select(x < std::numeric_limits<double>::infinity(), y, x));
}

// 1 + x = 2^k (1 + f), of which f is kept as a pair; both are four times as large, for the largest
// k.
constexpr Value log1p(Value x) {
  const std::int64_t first = 0x3f3504f3;  // sqrt(1/2)
  const Value u = x + 1.0;
  const Value from_first = bitcast(u, DType::i32) - first;
  const Value k = cast(sar(from_first, 23), DType::f32);
  const std::int64_t four = 0x40800000;
  const Value scale = bitcast(four - (from_first & ~std::int64_t{0x7fffff}), DType::f32);
  const Value less = scale - 4.0;
  const Value f = fma(x, scale, less);
  const Value f_lo = fma(x, scale, less - f);

  const Real octave = split(natural.octave, 16);
  const Value octaves = k * octave.hi;
  const Value sum = fma(f, 0.25, octaves);
  const Value sum_lo = fma(k, octave.lo, fma(f, 0.25, octaves - sum));
  Coefficients<9> w = log1p_w;
  double scaled = 0x1p-4;
  for (double& c : w) {
    c *= scaled;
    scaled /= 4;
  }
  const Value curved = fma(f * f * f, horner(f, std::span(w).subspan(1)), fma(f_lo, 0.25, sum_lo));
  const Value y = sum + fma(f * f, w[0], curved);
  return or_limits(u, select(x < std::numeric_limits<double>::infinity(), copysign(y, x), x));
}

}  // namespace actjit::math::f32::precise
