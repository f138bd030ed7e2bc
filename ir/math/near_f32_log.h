// Logarithms within 2^-30: see ir/math/near_f32.h.
#pragma once

#include "ir/math/log_parts.h"
#include "ir/math/near_f32.h"

namespace actjit::math::near_f32 {

// log((1 + s) / (1 - s)) = 2 s + s z P(z), z = s^2, for sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2):
// within 2^-36, and with one term more 2^-43.
inline constexpr Coefficients<4> log_p = {0x1.5555554b9238bp-1, 0x1.9999ebfa87a98p-2,
                                          0x1.245c0b56d3424p-2, 0x1.ddd8e23e281b4p-3};
inline constexpr Coefficients<5> pow_log_p = {0x1.55555555651f9p-1, 0x1.999998c92bp-2,
                                              0x1.2493251c72761p-2, 0x1.c67a54674a663p-3,
                                              0x1.8c9504a3ef6cfp-3};

// k octave + log(1 + f) unit.
constexpr Value log_sum(Value k, Value f, std::span<const double> p, const LogBase& base) {
  const Value s = f / (f + 2.0);
  const Value z = s * s;
  const Value twice_atanh = s * fma(z, horner(z, p), 2.0);
  const Value fraction = base.unit.hi == 1 ? twice_atanh : twice_atanh * base.unit.hi;
  return fma(k, base.octave.hi + base.octave.lo, fraction);
}

// For x > 0; infinity and NaN are as they are.
constexpr Value log_positive(Value x, std::span<const double> p, const LogBase& base) {
  const auto [k, m, word] = split_binary(x, sqrt_half_bits);
  return select(x < std::numeric_limits<double>::infinity(), log_sum(k, m - 1.0, p, base), x);
}

constexpr Value log(Value x, const LogBase& base) {
  return or_limits(x, log_positive(x, log_p, base));
}

// log(u) for u = 1 + x, whose rounding counts near 1 only.
constexpr Value log1p(Value x) {
  const Value u = x + 1.0;
  const auto [k, m, word] = split_normal(u, x.like(exponent_bias), sqrt_half_bits);
  const Value f = select(abs(x) < 0.25, x, m - 1.0);
  const Value y = copysign(log_sum(k, f, log_p, natural), x);
  return or_limits(u, select(x < std::numeric_limits<double>::infinity(), y, x));
}

// log1p(u) = u - u^2 l(u) within 2^-32.8, for 0 <= u <= 1.
inline constexpr Coefficients<12> log1p_l = {
    0x1.fffffffe721cap-2, -0x1.55555378a3398p-2, 0x1.ffff429da2f7fp-3, -0x1.998ac942b98bap-3,
    0x1.54ba8993e48e6p-3, -0x1.20c82544899b8p-3, 0x1.e116c625107f8p-4, -0x1.70889b140ae5cp-4,
    0x1.d7fb0da841d2ap-5, -0x1.c1d2b5c58cdbbp-6, 0x1.115852fa2b47p-7,  -0x1.36fef0886147ep-10};

// log1p(e^-t) for 0 <= t <= 709.2.
constexpr Value softplus_tail(Value t) {
  const Value e = exp_bounded(-t);
  const Value e2 = e * e;
  return fma(-e2, even_odd(e, e2, log1p_l), e);
}
// max(x, 0) + log1p(e^-|x|).
constexpr Value softplus(Value x) { return max(x, 0.0) + softplus_tail(min(abs(x), far_left)); }

// softplus(b a) / b = -softplus((-b) (-a)) / (-b).
constexpr Value scaled_softplus(Value a, Value b) {
  const auto [sign, x, c] = positive_second(a, b);
  const Value t = min(abs(x), far_left / c);
  // Where b is 0 the tail is not, even for an infinite a.
  const Value tail = softplus_tail(t * c) + select(b == 0.0, b.like(1.0), -0.0);
  return fma(tail, 1.0 / abs(b), max(x, 0.0)) * sign;
}

}  // namespace actjit::math::near_f32
