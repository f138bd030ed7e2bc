// f64 kernels for values that are rounded to f32 afterwards: within 2^-30, in half the operations.
//
// Exponentials below 2^-1022 become zero, those between 2^1023.5 and infinity stay there: f32
// cannot tell, and factors of its range cannot bring them back (zero and infinite ones may meet the
// one or the other). Signs, NaN and limits are those of the accurate expansions. Coefficients:
// tools/coefficients/near_f32.sollya, with the errors quoted below.
#pragma once

#include "ir/math/constants.h"
#include "ir/math/function.h"
#include "ir/math/poly.h"

namespace actjit::math {

// 2^22 ULP of f64 (see max_ulp_before_f32 in ir/expand.h).
inline constexpr double near_f32_ulp = 0x1p22;

namespace near_f32 {

// e^r = 1 + r + r^2 q(r) within 2^-32 of e^r, and within 2^-31 of e^r - 1, for |r| <= ln2 / 2.
inline constexpr Coefficients<6> exp_q = {0x1.0000000b920a9p-1,  0x1.5555557430c49p-3,
                                          0x1.5554e9028d673p-5,  0x1.1110ab6ce00c6p-7,
                                          0x1.6d4328396291dp-10, 0x1.a17e0bac3c309p-13};

// e^x = scale (1 + p); scale is 0 far left, and what it is at 709.4 further right.
struct Exponential {
  Value scale;
  Value p;
};
constexpr Exponential exponential(Value x) {
  // k + 1023 in the low bits: shifted up, they are the exponent of 2^k.
  const double magic = integer_magic + 1023;
  const Value t = min(max(x, -709.2), 709.4);  // k from -1023, which gives 0, to 1023
  const Value sum = fma(t, log2_e, magic);
  const Value k = sum - magic;
  const Value r = fma(k, -ln2_hi, t);
  const Value scale = bitcast(shl(bitcast(sum, DType::i64), 52), DType::f64);
  const Value r2 = r * r;
  return {scale, fma(r2, even_odd(r, r2, exp_q), r)};
}

// y, or infinity where e^x is past the largest double.
constexpr Value or_infinity(Value x, Value y) {
  return select(x > 0x1.62e42fefa39efp+9, std::numeric_limits<double>::infinity(), y);
}

constexpr Value exp(Value x) {
  const auto [scale, p] = exponential(x);
  return or_infinity(x, fma(scale, p, scale));
}
// For x below 709.
constexpr Value expm1_below_709(Value x) {
  const auto [scale, p] = exponential(x);
  return fma(scale, p, scale - 1.0);
}
constexpr Value expm1(Value x) { return copysign(or_infinity(x, expm1_below_709(x)), x); }

constexpr Value sigmoid(Value x) { return 1.0 / (exp(-x) + 1.0); }

// In products that vanish on the left, x stops where the result has long been zero, so that
// -inf * 0 does not come up.
constexpr Value bounded_left(Value x) { return max(x, -1000.0); }

constexpr Value silu(Value x) { return bounded_left(x) / (exp(-x) + 1.0); }

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
constexpr Value gelu_tanh(Value x) {
  const double twice_root = 0x1.9884533d43651p+0;  // 2 sqrt(2 / pi)
  const double cubic = 0x1.9884533d43651p+0 * 0.044715;
  const Value u = x * fma(x * x, -cubic, -twice_root);
  return bounded_left(x) / (exp(u) + 1.0);
}

// n / (n + 2), n = e^(2 |x|) - 1.
constexpr Value tanh(Value x) {
  const Value t = min(abs(x), 20.0);
  const Value n = expm1_below_709(t + t);
  return copysign(n / (n + 2.0), x);
}

// x n / (n + 2), n = e (e + 2), e = e^x.
constexpr Value mish(Value x) {
  const Value e = exp(min(x, 40.0));
  const Value n = fma(e, e, e + e);
  return bounded_left(x) * (n / (n + 2.0));
}

// log1p(u) = u - u^2 l(u) within 2^-32.8, for 0 <= u <= 1.
inline constexpr Coefficients<12> log1p_l = {
    0x1.fffffffe721cap-2, -0x1.55555378a3398p-2, 0x1.ffff429da2f7fp-3, -0x1.998ac942b98bap-3,
    0x1.54ba8993e48e6p-3, -0x1.20c82544899b8p-3, 0x1.e116c625107f8p-4, -0x1.70889b140ae5cp-4,
    0x1.d7fb0da841d2ap-5, -0x1.c1d2b5c58cdbbp-6, 0x1.115852fa2b47p-7,  -0x1.36fef0886147ep-10};

// max(x, 0) + log1p(e^-|x|).
constexpr Value softplus(Value x) {
  const Value e = exp(-abs(x));
  const Value e2 = e * e;
  return max(x, 0.0) + fma(-e2, even_odd(e, e2, log1p_l), e);
}

// erfc(t / sqrt(2)) e^(t^2 / 2) (t + 4) / 2 within 2^-34, for 0 <= t <= 39, q = (t - 4) / (t + 4).
inline constexpr Coefficients<14> gauss_tail_p = {
    0x1.82b4bb8ca4b29p-1,  -0x1.373e3a85d3c4fp-1,  0x1.8c6dbf1de2fecp-2,   -0x1.7dff2e34b36a6p-3,
    0x1.eec4d4e68b29bp-5,  -0x1.ee240dead5533p-8,  -0x1.c81a699be2b3dp-9,  0x1.ab3bb8cdeb45cp-10,
    0x1.181d138368aep-13,  -0x1.dea5069e0f6f2p-13, -0x1.0701cee16dc44p-19, 0x1.042f0cbd9fa2bp-15,
    0x1.e63cc6fe7282cp-23, -0x1.81bde2af27f96p-19};

// max(x, 0) - t erfc(t / sqrt(2)) / 2, t = |x|.
constexpr Value gelu(Value x) {
  const Value t = min(abs(x), 39.0);
  const Value w = 1.0 / (t + 4.0);
  const Value q = (t - 4.0) * w;
  const Value tail = even_odd(q, gauss_tail_p) * (t * w);
  // With -0 the result keeps the sign of x where it vanishes.
  return fma(-tail, exp(t * t * -0.5), max(x, -0.0));
}

}  // namespace near_f32
}  // namespace actjit::math
