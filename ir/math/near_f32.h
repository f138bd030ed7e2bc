// f64 kernels for values that are rounded to f32 afterwards: within 2^-30, in half the operations.
//
// Exponentials below 2^-1022 become zero, those from 2^1023.5 on infinite: f32 cannot tell, and
// factors of its range cannot bring them back. Second operands are of f32's range, or zero or
// infinite. Signs, NaN and limits are those of the accurate expansions. Coefficients:
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

// e^x = scale e^r.
struct Exponential {
  Value scale;
  Value r;
  Value r2;
  Value q;

  constexpr Value power() const { return fma(r2, q, r + 1.0); }  // e^r
  constexpr Value p() const { return fma(r2, q, r); }            // e^r - 1
};
// For -709.2 <= x <= 709.8: from -708.8 down scale is 0, from 709.5 up it is infinite.
constexpr Exponential exponential(Value x) {
  // k + 1023 in the low bits: shifted up, they are the exponent of 2^k.
  const double magic = integer_magic + 1023;
  const Value sum = fma(x, log2_e, magic);
  const Value k = sum - magic;
  const Value r = fma(k, -ln2_hi, x);
  const Value scale = bitcast(shl(bitcast(sum, DType::i64), 52), DType::f64);
  const Value r2 = r * r;
  return {scale, r, r2, even_odd(r, r2, exp_q)};
}
// Where e^-x is 0 and where e^x is infinite.
inline constexpr double far_left = 709;
inline constexpr double far_right = 709.8;

constexpr Value exp(Value x) {
  const Exponential e = exponential(min(max(x, -far_left), far_right));
  return e.scale * e.power();
}
// e^d for d <= 0, or NaN.
constexpr Value exp_of_difference(Value d) {
  const Exponential e = exponential(max(d, -far_left));
  return e.scale * e.power();
}
// For -709.2 <= x <= 709.4.
constexpr Value exp_bounded(Value x) {
  const Exponential e = exponential(x);
  return fma(e.scale, e.p(), e.scale);
}
constexpr Value expm1_bounded(Value x) {
  const Exponential e = exponential(x);
  return fma(e.scale, e.p(), e.scale - 1.0);
}
constexpr Value expm1(Value x) {
  const Value y = expm1_bounded(min(max(x, -far_left), 709.4));
  return copysign(select(x > far_right, std::numeric_limits<double>::infinity(), y), x);
}

// 2^r = 1 + r q(r) within 2^-33, for |r| <= 1 / 2.
inline constexpr Coefficients<7> exp2_q = {
    0x1.62e42fef95ec2p-1,  0x1.ebfbe045f90bap-3,  0x1.c6b08dc5e38c4p-5, 0x1.3b2a1b6d1ac41p-7,
    0x1.5d874c79f776bp-10, 0x1.44400329158d6p-13, 0x1.00dc4e57a1442p-16};

constexpr Value exp2(Value x) {
  const double magic = integer_magic + 1023;
  const Value t = min(max(x, -1023.0), 1024.0);
  const Value sum = t + magic;
  const Value r = t - (sum - magic);
  const Value scale = bitcast(shl(bitcast(sum, DType::i64), 52), DType::f64);
  return scale * fma(r, horner(r, exp2_q), 1.0);
}

constexpr Value sigmoid(Value x) { return 1.0 / (exp(-x) + 1.0); }

// x sigmoid(z) for z of the sign of x, given |x| and |z|, both bounded where |z| is far_right:
// max(x, 0) - |x| / (1 + e^|z|). With -0 the result keeps the sign of x where it vanishes.
//
// For tiny x this is x / 2 + x z / 4, and x / 2 may be a tie of f32: a hair in the divisor puts the
// result on the right side of it.
constexpr Value gated(Value x, Value x_size, Value z_size) {
  const double one_and_a_hair = 1 + 0x1p-40;
  const Exponential e = exponential(z_size);
  return max(x, -0.0) - x_size / fma(e.scale, e.power(), one_and_a_hair);
}

constexpr Value silu(Value x) {
  const Value t = min(abs(x), far_right);
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
  const Value t = min(abs(x), far_right / c);
  return select(b == 0.0, a * 0.5, gated(x, t, t * c) * sign);
}

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
constexpr Value gelu_tanh(Value x) {
  const double twice_root = 0x1.9884533d43651p+0;  // 2 sqrt(2 / pi)
  const double cubic = 0x1.9884533d43651p+0 * 0.044715;
  const Value t = min(abs(x), 21.16);
  return gated(x, t, t * fma(t * t, cubic, twice_root));
}

// n / (n + 2), n = e^(2 t) - 1, for 0 <= 2 t <= 709.
constexpr Value tanh_of_half(Value twice) {
  const Value n = expm1_bounded(twice);
  return n / (n + 2.0);
}
constexpr Value tanh(Value x) {
  const Value t = min(abs(x), 20.0);
  return copysign(tanh_of_half(t + t), x);
}

// x - tanh(x) = x^3 P(x^2) within 2^-31 for |x| <= 1.
inline constexpr Coefficients<9> tanh_shrink_p = {
    0x1.55555552c3c4ep-2,  -0x1.11110dce4d9fp-3,   0x1.ba1a41571aaffp-5,
    -0x1.6632513c190aap-6, 0x1.21382fd72492p-7,    -0x1.c7ed3fd3e2cp-9,
    0x1.45a463b367d0ap-10, -0x1.6223310a92afbp-12, 0x1.96a8bedfb74e1p-15};

// Beyond, |x| - 1 + 2 / (e^(2 |x|) + 1).
constexpr Value tanh_shrink(Value x) {
  const Value x2 = x * x;
  const Value small = x * x2 * even_odd(x2, tanh_shrink_p);
  const Value a = abs(x);
  const Value t = min(a, 20.0);
  const Exponential e = exponential(t + t);
  const Value large = (a - 1.0) + 2.0 / fma(e.scale, e.power(), 1.0);
  return select(a < 1.0, small, copysign(large, x));
}

// b tanh(a / b); a tiny a / b keeps its digits, as b is bounded and a of f32's range.
constexpr Value softcap(Value a, Value b) {
  const Value c = min(abs(b), 0x1p500);
  const Value twice = min(abs(a) * (2.0 / max(c, 0x1p-500)), 40.0);
  return copysign(tanh_of_half(twice) * c, a);
}

// In products that vanish on the left, x stops where the result has long been zero, so that
// -inf * 0 does not come up.
constexpr Value bounded_left(Value x) { return max(x, -far_left); }

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

// (a + sqrt(a^2 + b)) / 2, on the left b / (2 (sqrt(a^2 + b) - a)); NaN for b < 0.
constexpr Value squareplus(Value a, Value b) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Value c = select(b < 0.0, std::numeric_limits<double>::quiet_NaN(), abs(b));
  const Value sum = sqrt(fma(a, a, c)) + abs(a);
  const Value left = a < select(c < infinity, c.like(0.0), -infinity);
  return select(left, c / sum, sum) * 0.5;
}

}  // namespace near_f32
}  // namespace actjit::math
