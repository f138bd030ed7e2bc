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

// e^x = scale (1 + p).
struct Exponential {
  Value scale;
  Value p;
};
// For -709.2 <= x <= 709.4; from -708.7 down scale is 0.
constexpr Exponential exponential(Value x) {
  // k + 1023 in the low bits: shifted up, they are the exponent of 2^k.
  const double magic = integer_magic + 1023;
  const Value sum = fma(x, log2_e, magic);
  const Value k = sum - magic;
  const Value r = fma(k, -ln2_hi, x);
  const Value scale = bitcast(shl(bitcast(sum, DType::i64), 52), DType::f64);
  const Value r2 = r * r;
  return {scale, fma(r2, even_odd(r, r2, exp_q), r)};
}
constexpr Value exp_bounded(Value x) {
  const auto [scale, p] = exponential(x);
  return fma(scale, p, scale);
}
constexpr Value expm1_bounded(Value x) {
  const auto [scale, p] = exponential(x);
  return fma(scale, p, scale - 1.0);
}

// Where an exponential is bounded because its product vanishes: e^-far is below what four factors
// of f32's range could bring back into it.
inline constexpr double far = 705;

// y, or infinity where e^x is past the largest double.
constexpr Value or_infinity(Value x, Value y) {
  return select(x > 0x1.62e42fefa39efp+9, std::numeric_limits<double>::infinity(), y);
}
constexpr Value clamped(Value x) { return min(max(x, -709.2), 709.4); }

constexpr Value exp(Value x) { return or_infinity(x, exp_bounded(clamped(x))); }
constexpr Value expm1(Value x) { return copysign(or_infinity(x, expm1_bounded(clamped(x))), x); }

constexpr Value sigmoid(Value x) { return 1.0 / (exp_bounded(-min(max(x, -far), far)) + 1.0); }

// x sigmoid(z) for z of the sign of x, given |x| and |z|, both bounded where |z| reaches `far`:
// max(x, 0) - |x| / (1 + e^|z|). With -0 the result keeps the sign of x where it vanishes.
//
// For tiny x this is x / 2 + x z / 4, and x / 2 may be a tie of f32: a hair in the divisor puts the
// result on the right side of it.
constexpr Value gated(Value x, Value x_size, Value z_size) {
  const double one_and_a_hair = 1 + 0x1p-40;
  const auto [scale, p] = exponential(z_size);
  return max(x, -0.0) - x_size / fma(scale, p, scale + one_and_a_hair);
}

constexpr Value silu(Value x) {
  const Value t = min(abs(x), far);
  return gated(x, t, t);
}

// Operands for f(a, b) = f(-a, -b), or -f(-a, -b): b is made positive, and so bounded that neither
// it nor its reciprocal nor a quotient by it of a number of f32's range leaves that of f64. All of
// it folds where b is a constant.
struct PositiveSecond {
  Value sign;
  Value a;
  Value b;
};
constexpr PositiveSecond positive_second(Value a, Value b) {
  const Value sign = copysign(b.like(1.0), b);
  return {sign, a * sign, min(max(abs(b), 0x1p-500), 0x1p500)};
}

// a sigmoid(b a) = -(-a) sigmoid((-b) (-a)).
constexpr Value swish(Value a, Value b) {
  const auto [sign, x, c] = positive_second(a, b);
  const Value t = min(abs(x), far / c);
  return select(b == 0.0, a * 0.5, gated(x, t, t * c) * sign);
}

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
constexpr Value gelu_tanh(Value x) {
  const double twice_root = 0x1.9884533d43651p+0;  // 2 sqrt(2 / pi)
  const double cubic = 0x1.9884533d43651p+0 * 0.044715;
  const Value t = min(abs(x), 21.0);
  return gated(x, t, t * fma(t * t, cubic, twice_root));
}

// n / (n + 2), n = e^(2 t) - 1, for 0 <= 2 t <= far.
constexpr Value tanh_of_half(Value twice) {
  const Value n = expm1_bounded(twice);
  return n / (n + 2.0);
}
constexpr Value tanh(Value x) {
  const Value t = min(abs(x), 20.0);
  return copysign(tanh_of_half(t + t), x);
}

// b tanh(a / b); a tiny a / b keeps its digits, as b is bounded and a of f32's range.
constexpr Value softcap(Value a, Value b) {
  const Value c = min(abs(b), 0x1p500);
  const Value twice = min(abs(a) * (2.0 / max(c, 0x1p-500)), 40.0);
  return copysign(tanh_of_half(twice) * c, a);
}

// In products that vanish on the left, x stops where the result has long been zero, so that
// -inf * 0 does not come up.
constexpr Value bounded_left(Value x) { return max(x, -far); }

// x n / (n + 2), n = e (e + 2), e = e^x.
constexpr Value mish(Value x) {
  const Value t = bounded_left(x);
  const Value e = exp_bounded(min(t, 40.0));
  const Value n = fma(e, e, e + e);
  return t * (n / (n + 2.0));
}

// x tanh(e^x); from 3 on tanh(e^x) is 1 in f64 too.
constexpr Value telu(Value x) {
  const Value t = bounded_left(x);
  const Value e = exp_bounded(min(t, 3.0));
  return t * tanh_of_half(e + e);
}

// log1p(u) = u - u^2 l(u) within 2^-32.8, for 0 <= u <= 1.
inline constexpr Coefficients<12> log1p_l = {
    0x1.fffffffe721cap-2, -0x1.55555378a3398p-2, 0x1.ffff429da2f7fp-3, -0x1.998ac942b98bap-3,
    0x1.54ba8993e48e6p-3, -0x1.20c82544899b8p-3, 0x1.e116c625107f8p-4, -0x1.70889b140ae5cp-4,
    0x1.d7fb0da841d2ap-5, -0x1.c1d2b5c58cdbbp-6, 0x1.115852fa2b47p-7,  -0x1.36fef0886147ep-10};

// log1p(e^-t) for 0 <= t <= far.
constexpr Value softplus_tail(Value t) {
  const Value e = exp_bounded(-t);
  const Value e2 = e * e;
  return fma(-e2, even_odd(e, e2, log1p_l), e);
}
// max(x, 0) + log1p(e^-|x|).
constexpr Value softplus(Value x) { return max(x, 0.0) + softplus_tail(min(abs(x), far)); }

// softplus(b a) / b = -softplus((-b) (-a)) / (-b).
constexpr Value scaled_softplus(Value a, Value b) {
  const auto [sign, x, c] = positive_second(a, b);
  const Value t = min(abs(x), far / c);
  return fma(softplus_tail(t * c), 1.0 / abs(b), max(x, 0.0)) * sign;
}

// (a + sqrt(a^2 + b)) / 2, on the left b / (2 (sqrt(a^2 + b) - a)); NaN for b < 0.
constexpr Value squareplus(Value a, Value b) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Value c = select(b < 0.0, std::numeric_limits<double>::quiet_NaN(), abs(b));
  const Value sum = sqrt(fma(a, a, c)) + abs(a);
  const Value left = a < select(c < infinity, c.like(0.0), -infinity);
  return select(left, c / sum, sum) * 0.5;
}

// erfc(t / sqrt(2)) e^(t^2 / 2) (t + 4) / 2 within 2^-33.6 and below it at 0, for 0 <= t <= 39,
// q = (t - 4) / (t + 4).
inline constexpr Coefficients<14> gauss_tail_p = {
    0x1.82b4bb8c8c874p-1,  -0x1.373e3a85c0511p-1, 0x1.8c6dbf1dca395p-2,   -0x1.7dff2e349b88bp-3,
    0x1.eec4d4e66bb62p-5,  -0x1.ee240deab8e1ap-8, -0x1.c81a699b9b712p-9,  0x1.ab3bb8ce04418p-10,
    0x1.181d137cc8f01p-13, -0x1.dea506a23a09p-13, -0x1.0701ccf2f1e53p-19, 0x1.042f0cd377c9cp-15,
    0x1.e63cb8f577ebep-23, -0x1.81bde35ab6085p-19};

// max(x, 0) - t erfc(t / sqrt(2)) / 2, t = |x|. Because the polynomial is too small at 0, by 2^-39,
// tiny results are on the right side of x / 2, which may be a tie of f32.
constexpr Value gelu(Value x) {
  const Value t = min(abs(x), 37.5);
  const Value w = 1.0 / (t + 4.0);
  const Value q = (t - 4.0) * w;
  const Value tail = even_odd(q, gauss_tail_p) * (t * w);
  // With -0 the result keeps the sign of x where it vanishes.
  return fma(-tail, exp_bounded(t * t * -0.5), max(x, -0.0));
}

}  // namespace near_f32
}  // namespace actjit::math
