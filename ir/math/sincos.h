// What sin and cos share: the reduction to a quarter turn, and the two polynomials.
#pragma once

#include <limits>

#include "ir/math/doubledouble.h"
#include "ir/math/function.h"
#include "ir/math/poly.h"
#include "ir/math/two_over_pi.h"

namespace actjit::math {

// x = quarter * pi / 2 + r.hi + r.lo, |r| a little above pi / 4 at most.
struct QuarterTurns {
  Value quarter;  // an integer of which the low two bits count
  DoubleDouble r;
};

// pi / 2 in parts of 53, 31 and 53 bits: tools/coefficients/sincos.sollya.
inline constexpr double half_pi_1 = 0x1.921fb54442d18p+0;
inline constexpr double half_pi_2 = 0x1.1a62633p-54;
inline constexpr double half_pi_3 = 0x1.45c06e0e68948p-86;
inline constexpr double half_pi_lo = 0x1.1a62633145c07p-54;  // parts 2 and 3 in one
inline constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
// Up to here the three parts suffice.
inline constexpr double moderate_angle = 0x1p22;

// v rounded to a multiple of `unit`: |v| < 2^51 unit.
constexpr double rounder(double unit) { return 0x1.8p52 * unit; }

// For 0 <= x < 2^22 (W. J. Cody and W. Waite, 1980, with fma).
constexpr QuarterTurns reduce_moderate(Value x) {
  const Value sum = fma(x, two_over_pi, rounder(1));
  const Value k = sum - rounder(1);
  const Value r1 = fma(k, -half_pi_1, x);   // exact: a multiple of 2^-53 below 1
  const Value hi = fma(k, -half_pi_2, r1);  // the product is exact: 22 and 31 bits
  const Value error = fma(k, -half_pi_2, r1 - hi);
  return {bitcast(sum, DType::i64), {hi, fma(k, -half_pi_3, error)}};
}

// For x >= 2^22: x * 2 / pi modulo 4, each product cut in two so that all sums are exact up to the
// last one.
constexpr QuarterTurns reduce_huge(Value x) {
  const Value bits = bitcast(x, DType::i64);
  const Value exponent = shr(bits, 52);
  const Value m =
      bitcast((bits & ((std::int64_t{1} << 52) - 1)) | (std::int64_t{0x433} << 52), DType::f64);
  const auto part = [&](std::size_t i) {
    return lookup(two_over_pi_parts.part[i], exponent, DType::f64);
  };
  // m * c rounded to a multiple of `unit`, and the rest.
  const auto split = [&](Value c, double unit) {
    const Value high = fma(m, c, rounder(unit)) - rounder(unit);
    return DoubleDouble{high, fma(m, c, -high)};
  };
  const DoubleDouble p1 = split(part(0), 0x1p4);    // below 2^55; the high part is whole turns
  const DoubleDouble p2 = split(part(1), 0x1p-45);  // below 2^6
  const DoubleDouble p3 = split(part(2), 0x1p-96);  // below 2^-45

  const Value turns = p1.lo + p2.hi;  // a multiple of 2^-46 below 2^7
  const Value sum = turns + rounder(1);
  const Value first = turns - (sum - rounder(1));
  const auto [hi, error] = fast_two_sum(first, p2.lo + p3.hi);
  const Value nan_at_infinity = fma(x, 0.0, error);
  const Value lo = nan_at_infinity + fma(m, part(3), p3.lo);

  const auto [r, r_error] = two_product(hi, hi.like(half_pi_1));
  const Value r_lo = fma(lo, half_pi_1, fma(hi, half_pi_lo, r_error));
  return {bitcast(sum, DType::i64), {r, r_lo}};
}

// For x >= 0.
constexpr QuarterTurns reduce_to_quarter_turns(Value x) {
  const QuarterTurns a = reduce_moderate(x);
  const QuarterTurns b = reduce_huge(x);
  const Value huge = x >= moderate_angle;
  return {select(huge, b.quarter, a.quarter),
          {select(huge, b.r.hi, a.r.hi), select(huge, b.r.lo, a.r.lo)}};
}

// tools/coefficients/sincos.sollya, |r| <= pi / 4: sin(r) = r + r^3 S(r^2) within 2^-55.9 of
// sin(r), cos(r) = 1 - r^2 / 2 + r^4 C(r^2) within 2^-60.9.
inline constexpr Coefficients<6> sin_s = {
    -0x1.5555555555555p-3, 0x1.1111111110c71p-7,   -0x1.a01a019e9c7bbp-13,
    0x1.71de37abab66fp-19, -0x1.ae601abfcaef8p-26, 0x1.5e0f5b0384366p-33,
};
inline constexpr Coefficients<6> cos_c = {
    0x1.5555555555555p-5,   -0x1.6c16c16c168c8p-10, 0x1.a01a019f37944p-16,
    -0x1.27e4fa01e9208p-22, 0x1.1eeb56b139e94p-29,  -0x1.9072a45522bddp-37,
};

// sin(x), or cos(x) = sin(x + pi / 2).
constexpr Value sine_or_cosine(Value x, bool wants_cosine) {
  const auto [quarter, angle] = reduce_to_quarter_turns(abs(x));
  const auto [r, r_lo] = angle;
  const Value z = r * r;

  // 1 - z / 2 rounded, its error, and the rest.
  const Value tail = fma(-r, r_lo, z * z * horner(z, cos_c));
  const Value half = 0.5 * z;
  const Value near_one = 1.0 - half;
  const Value cosine = near_one + (((1.0 - near_one) - half) + tail);
  const Value sine = r + fma(r_lo, cosine, r * z * horner(z, sin_s));

  const Value odd = quarter & 1;
  const Value magnitude = select(wants_cosine ? odd == 0 : odd != 0, cosine, sine);
  // Bit 1 of the quarter is the sign; the sine takes over that of x.
  const Value turned = shl(wants_cosine ? quarter + 1 : quarter, 62);
  const Value sign = wants_cosine ? turned : turned ^ bitcast(x, DType::i64);
  const Value flip = sign & std::numeric_limits<std::int64_t>::min();
  return bitcast(bitcast(magnitude, DType::i64) ^ flip, DType::f64);
}

}  // namespace actjit::math
