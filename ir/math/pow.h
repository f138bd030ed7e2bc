// pow(x, y) = e^(y log|x|), the logarithm to 2^-65 of its value, with the sign and the special
// cases of IEEE-754 (the same as C's).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/log.h"
#include "ir/math/near_f32_log.h"

namespace actjit::math {

// tools/coefficients/log.sollya: 2 atanh(s) / s = 2 + z (2/3 + z P(z)), z = s^2, within 2^-68, for
// sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2).
inline constexpr Coefficients<8> pow_log_p = {
    0x1.999999999999ap-2, 0x1.24924924922fdp-2, 0x1.c71c71c74cc65p-3, 0x1.745d173ca067bp-3,
    0x1.3b13a9e71b3a4p-3, 0x1.11154b6c5a5c7p-3, 0x1.e01a99f1e297cp-4, 0x1.da997bf5a8d2dp-4,
};
inline constexpr Real two_thirds{0x1.5555555555555p-1, 0x1.5555555555555p-55};

// log(1 + f) + k ln2.
constexpr DoubleDouble log_pair(Value k, Value f) {
  const auto [d, d_lo] = fast_two_sum(f.like(2.0), f);
  const Value reciprocal = 1.0 / d;
  const Value s = f * reciprocal;
  const Value s_lo = fma(-s, d_lo, fma(-s, d, f)) * reciprocal;
  const Value twice = s + s;
  const auto [z, z_error] = two_product(s, s);
  const Value z_lo = fma(twice, s_lo, z_error);
  const Value q = constant_last(z, pow_log_p);
  const Value c = fma(z, q, two_thirds.hi);
  const Value c_lo = fma(z, q, two_thirds.hi - c) + two_thirds.lo;
  const auto [w, w_error] = two_product(z, c);
  const Value slope = fma(2.0, c, -two_thirds.hi);  // of w in z: c was made from z without z_lo
  const Value w_lo = fma(z_lo, slope, fma(z, c_lo, w_error));
  const auto [cube, cube_error] = two_product(s, w);
  const Value cube_lo = fma(s_lo, w, fma(s, w_lo, cube_error));
  // k ln2 + 2 s + cube, in falling order; the small parts are summed in any order.
  const auto [sum, sum_error] = fast_two_sum(k * natural.octave.hi, twice);
  const auto [hi, hi_error] = fast_two_sum(sum, cube);
  const Value small = fma(k, natural.octave.lo, fma(2.0, s_lo, cube_lo));
  return {hi, hi_error + (sum_error + small)};
}

// log(x) for x > 0 finite; -inf at 0; inf and NaN as they are.
constexpr DoubleDouble log_pair(Value x) {
  const auto [k, m, word] = split_binary(x, sqrt_half_bits);
  const auto [hi, lo] = log_pair(k, m - 1.0);
  const double infinity = std::numeric_limits<double>::infinity();
  return {select(x < infinity, select(x == 0.0, x.like(-infinity), hi), x), lo};
}

// e^(hi + lo). Outside the range lo may be anything.
constexpr Value exp_of_pair(DoubleDouble x) {
  const Value t = min(max(x.hi, -747.0), 711.0);
  const Value lo = select(t == x.hi, x.lo, 0.0);
  const auto [magic, unscale] = exp_scaling(t);
  const Ln2Reduction reduced = reduce_by_ln2(t, lo, magic);
  return exp_reduced(reduced) * power_of_two(reduced.k_bits) * unscale;
}

// `size` = |x|^y with the sign and the special cases.
constexpr Value signed_power(Value x, Value y, Value size) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Value half = y * 0.5;
  const Value integer = round(y) == y;
  const Value odd = integer & (round(half) != half);
  const Value real = integer | (x >= 0.0) | (x == -infinity);
  const Value power = copysign(size, select(odd, x, 1.0));
  const Value result = select(real, power, std::numeric_limits<double>::quiet_NaN());
  return select((x == 1.0) | (y == 0.0), x.like(1.0), result);
}
// So that (-1)^inf = e^(inf 0) = 1.
constexpr Value without_infinities(Value y) {
  const double largest = std::numeric_limits<double>::max();
  return min(max(y, -largest), largest);
}

constexpr Value pow_f64(Value x, Value y) {
  const Value finite_y = without_infinities(y);
  const auto [l, l_lo] = log_pair(abs(x));
  const auto [e, e_error] = two_product(l, finite_y);
  return signed_power(x, y, exp_of_pair({e, fma(l_lo, finite_y, e_error)}));
}

// Within 2^-30 where the result is in f32's range, for then |y log|x|| is below 104.
constexpr Value pow_near_f32(Value x, Value y) {
  const Value size = abs(x);
  const double infinity = std::numeric_limits<double>::infinity();
  const Value l = near_f32::log_positive(size, near_f32::pow_log_p, natural);
  const Value log = select(size == 0.0, size.like(-infinity), l);
  return signed_power(x, y, near_f32::exp(log * without_infinities(y)));
}

inline constexpr Expansion pow_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return pow_near_f32(x[0], x[1]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return pow_f64(x[0], x[1]); }}};

inline constexpr MathFunction pow_function{Op::pow, "", Parity::neither, Monotone::no,
                                           pow_expansions};

}  // namespace actjit::math
