// Kernels in f32 throughout, for tiers that are content with a few ULP of f32: half the vectors of
// ir/math/near_f32.h, and the fewest operations we know of.
//
// Limits, signs and NaN are those of the accurate expansions. An exponential beyond f32's range is
// made 2^shift times as large on the way where the result is not: subnormal results are then
// rounded by the last operation. Coefficients: tools/coefficients/f32.sollya, errors in units of
// 2^-23.
#pragma once

#include "ir/math/constants.h"
#include "ir/math/function.h"
#include "ir/math/gelu_tanh_cubic.h"
#include "ir/math/poly.h"
#include "ir/math/real_constant.h"

namespace actjit::math::f32 {

// What the expansions state, in ULP of f32.
inline constexpr double fast_ulp = 4;
inline constexpr double precise_ulp = 1;

// How many terms a tier is content with.
struct Terms {
  std::span<const double> exp;         // e^r for |r| <= ln2 / 2
  std::span<const double> exp_close;   // the same, where more roundings follow
  std::span<const double> exp_wide;    // the same up to r = ln2
  std::span<const double> expm1;       // (e^r - 1) / r for |r| <= ln2 / 2
  std::span<const double> expm1_wide;  // the same up to r = ln2
  std::span<const double> log1p;       // log1p(u) / u for 0 <= u <= 1
};

// Within 0.77, 0.04, 0.32, 0.12, 0.04 and 0.50 of those units.
inline constexpr Coefficients<6> fast_exp = {0x1p0,        0x1.fffff6p-1, 0x1.fffdc6p-2,
                                             0x1.555a8p-3, 0x1.573a22p-5, 0x1.0f9fb6p-7};
inline constexpr Coefficients<7> fast_exp_close = {
    0x1p0, 0x1p0, 0x1.fffff8p-2, 0x1.55548ep-3, 0x1.555b98p-5, 0x1.123bdp-7, 0x1.68510ap-10};
inline constexpr Coefficients<7> fast_exp_wide = {0x1p0,         0x1.fffffcp-1, 0x1.00004cp-1,
                                                  0x1.55581ep-3, 0x1.54f3bcp-5, 0x1.109926p-7,
                                                  0x1.ab96f2p-10};
inline constexpr Coefficients<6> fast_expm1 = {0x1p0,         0x1.fffffep-2, 0x1.5554aep-3,
                                               0x1.555718p-5, 0x1.1228c2p-7, 0x1.6b70eep-10};
inline constexpr Coefficients<7> fast_expm1_wide = {0x1p0,         0x1.fffffep-2, 0x1.55557ap-3,
                                                    0x1.55578p-5,  0x1.10dfbap-7, 0x1.6b1a32p-10,
                                                    0x1.e3782ep-13};
inline constexpr Coefficients<9> fast_log1p = {0x1.fffffep-1,  -0x1.fffe5p-2,  0x1.552b1ep-2,
                                               -0x1.fc8c7ap-3, 0x1.8684dep-3,  -0x1.16624ap-3,
                                               0x1.3d59b4p-4,  -0x1.dc7c0cp-6, 0x1.50777cp-8};
inline constexpr Terms fast{fast_exp,   fast_exp_close,  fast_exp_wide,
                            fast_expm1, fast_expm1_wide, fast_log1p};

// A sum with it holds an integer k in its low bits, as k + 127: shifted up, the exponent of 2^k.
inline constexpr double magic = 0x1.8p23 + 127;

constexpr Value power_of_two(Value sum) {
  return bitcast(shl(bitcast(sum, DType::i32), 23), DType::f32);
}

// The argument of an exponential is f x for a real constant f, which costs nothing: it is in the
// constants of the reduction and in the coefficients.
struct Scaled {
  Value x;
  Real factor = Real(1);

  // f x / ln2, rounded to an integer k, plus `offset`.
  constexpr Value sum(double offset) const { return fma(x, log2_e * factor.hi, offset); }
  // ln2 / f, hi with 16 bits: its product with k, which has 8, is exact. Both are of one sign,
  // which keeps that of x = -0 in what follows.
  constexpr Real unit() const {
    const Real inverse = reciprocal(factor);
    const double unit = ln2_hi * inverse.hi;
    const double error = __builtin_fma(ln2_hi, inverse.hi, -unit);
    const double hi = f64_of(to_bits(unit) & ~Bits{0x1fffffffff});
    return {hi, (unit - hi) + (error + ln2_hi * inverse.lo + ln2_lo * inverse.hi)};
  }
  // r = x + x_lo - k ln2 / f.
  constexpr Value remainder(Value k, Value x_lo = {}) const {
    const auto [hi, lo] = unit();
    const Value head = fma(k, -hi, x);
    return x_lo.graph ? head + fma(k, -lo, x_lo) : fma(k, -lo, head);
  }
  // The same to 2^-29 k, in one step.
  constexpr Value rough_remainder(Value k) const { return fma(k, -ln2_hi / factor.hi, x); }
  // first times the polynomial c of f r.
  constexpr Value polynomial(Value r, std::span<const double> c, double first = 1) const {
    Coefficients<10> scaled{};
    double power = first;
    for (std::size_t i = 0; i < c.size(); ++i, power *= factor.hi) scaled[i] = c[i] * power;
    return horner(r, std::span(scaled).first(c.size()));
  }
};

// e^(f x) = scale power, scale made 2^offset times as large.
struct Exponential {
  Value scale;
  Value power;
};
// `x_lo`, if given, is what was lost when x was rounded. Where k + offset is -127 scale is 0, where
// it is 128 scale is infinite; it may not lie beyond.
constexpr Exponential exponential(Scaled z, std::span<const double> c, int offset = 0,
                                  Value x_lo = {}) {
  const Value sum = z.sum(magic + offset);
  const Value r = z.remainder(sum - (magic + offset), x_lo);
  return {power_of_two(sum), z.polynomial(r, c)};
}

// By 2^32 what vanishes as subnormal numbers do, and more, is a normal number.
inline constexpr int shift = 32;
inline constexpr double unshift = 0x1p-32;
// Where e^x has vanished, below all subnormal numbers.
inline constexpr double far_left = -105;

// k is 127 at most, and r then goes up to ln2, beyond which the product overflows.
struct Bounded {
  Value scale;
  Value r;
};
constexpr Bounded reduced(Scaled z) {
  const Value sum = min(z.sum(magic), magic + 127);
  return {power_of_two(sum), z.remainder(sum - magic)};
}

// Subnormal results become 0.
constexpr Value exp_or_zero(Value x, const Terms& terms) {
  const auto [scale, r] = reduced({max(x, -88.3)});
  return scale * horner(r, terms.exp_wide);
}
// e^d for a difference d <= 0, or NaN. Its rounding is off by up to 2^-25 |d|, beside which the
// 2^-29 |d| of the remainder in one step do not count.
constexpr Value exp_of_difference(Value d, const Terms& terms) {
  const Scaled z{max(d, -88.3)};
  const Value sum = z.sum(magic);
  return power_of_two(sum) * horner(z.rough_remainder(sum - magic), terms.exp);
}
constexpr Value exp2_or_zero(Value x, const Terms& terms) {
  const Value t = max(x, -127.4);
  const Value sum = min(t + magic, magic + 127);
  const Scaled z{t - (sum - magic), Real{ln2_hi, ln2_lo}};
  return power_of_two(sum) * z.polynomial(z.x, terms.exp_wide);
}

// scale e^r - 1 for e^r - 1 = r q. 1 - scale is +0 for scale = 1, so that -0 keeps its sign.
constexpr Value expm1_sum(Value scale, Value r, Value q) {
  return fma(scale, r * q, -(1.0 - scale));
}
constexpr Value expm1(Value x, const Terms& terms) {
  const auto [scale, r] = reduced({max(x, -18.0)});
  return expm1_sum(scale, r, horner(r, terms.expm1_wide));
}
// e^(f x) - 1 where -18 <= f x <= 22.
constexpr Value expm1_bounded(Scaled z, const Terms& terms) {
  const Value sum = z.sum(magic);
  const Value r = z.rough_remainder(sum - magic);
  return expm1_sum(power_of_two(sum), r, z.polynomial(r, terms.expm1, z.factor.hi));
}

constexpr Value sigmoid(Value x, const Terms& terms) {
  const Value t = min(max(x, far_left), 60.0);
  const auto [scale, power] = exponential({t, Real(-1)}, terms.exp, -shift);
  return 1.0 / fma(scale, power, unshift) * unshift;
}

// x sigmoid(z) for z of the sign of x, given |x| up to gate_end and e^|z|, made 2^shift times
// smaller: max(x, 0) - |x| / (1 + e^|z|). With -0 the result keeps the sign of x where it vanishes.
inline constexpr double gate_end = 110;
constexpr Value gated(Value x, Value x_size, Exponential e) {
  return fma(x_size / fma(e.scale, e.power, unshift), -unshift, max(x, -0.0));
}

constexpr Value silu(Value x, const Terms& terms) {
  const Value t = min(abs(x), gate_end);
  return gated(x, t, exponential({t}, terms.exp, -shift));
}

// For a constant b of ordinary size. a sigmoid(b a) = -(-a) sigmoid((-b) (-a)).
constexpr Value swish_by(Value a, Real b, const Terms& terms) {
  if (b.hi < 0) return -swish_by(-a, negated(b), terms);
  const Value t = min(abs(a), gate_end / b.hi);
  return gated(a, t, exponential({t, b}, terms.exp, -shift));
}

inline constexpr double gelu_tanh_end = 10.9;
// x (x^2 + k) as hi + lo. k's hi and the sum are multiples of 2^-17, and their difference, below
// 128, is exact.
constexpr Cubic gelu_tanh_cubic(Value x) {
  const double k_hi = 0x1.65d26p+4;
  const double k_lo = 1 / 0.044715 - k_hi;
  return cubic(x, k_hi, k_lo);
}
constexpr Value gelu_tanh(Value x, const Terms& terms) {
  const Value t = min(abs(x), gelu_tanh_end);
  const auto [z, z_lo] = gelu_tanh_cubic(t);
  return gated(x, t, exponential({z, gelu_tanh_d}, terms.exp, -shift, z_lo));
}

// x n / (n + 2), n = e (e + 2), e = e^x; e is shifted.
constexpr Value mish(Value x, const Terms& terms) {
  const Scaled z{min(max(x, -110.0), 20.0)};
  const Value sum = z.sum(magic + shift);
  const Value scale = power_of_two(sum);
  const Value r = z.remainder(sum - (magic + shift));
  const Value p = r * z.polynomial(r, terms.expm1);
  const Value e = fma(scale, p, scale);
  const Value e_and_2 = fma(e, unshift, 2.0);
  const Value quotient = z.x * e_and_2 / fma(e * e_and_2, unshift, 2.0);
  // Times e, whose power 1 + p need not be rounded.
  const Value y = copysign(fma(quotient, p, quotient) * scale * unshift, x);
  return select(x > 20.0, x, y);
}

// 1 / d within 2^-14.7, for d from 2^-125 to 2^125: the bits of d, taken from a constant, are
// within 2^-4; one step from there, which is minimax with the constant, needs no division.
constexpr Value rough_reciprocal(Value d) {
  const Value bits = bitcast(d, DType::i32);
  const Value y = bitcast(bits.like(0x7ef2a4f8) - bits, DType::f32);
  const Value e = fma(-d, y, 0x1.8044b4p0);
  return y * fma(e, e, 0x1.7f76a4p-1);
}

// x / (1 + |x|), the quotient by a reciprocal and one step. From 2^30 on it is 1.
constexpr Value softsign(Value x) {
  const Value t = min(abs(x), 0x1p30);
  const Value d = t + 1.0;
  const Value y = rough_reciprocal(d);
  const Value q = t * y;
  return copysign(fma(-y, fma(q, d, -t), q), x);
}

// max(x, 0) + log1p(e^-|x|).
constexpr Value softplus(Value x, const Terms& terms) {
  const Value t = min(abs(x), -far_left);
  const auto [scale, power] = exponential({t, Real(-1)}, terms.exp, shift);
  const Value e = scale * power * unshift;
  return fma(e, horner(e, terms.log1p), max(x, 0.0));
}

}  // namespace actjit::math::f32
