// Kernels in f32 throughout that are within 1 ULP, subnormal results included: see ir/math/f32.h.
//
// The last operation is nearly the only rounding: what it adds to or divides by is kept as a pair.
// Coefficients: tools/coefficients/f32_precise.sollya, errors in units of 2^-23.
#pragma once

#include "ir/math/f32.h"

namespace actjit::math::f32 {

// (e^r - 1 - r) / r^2 for |r| <= ln2 / 2: 1 + r + r^2 q(r) is within 0.07 of e^r; with the second,
// r + r^2 q(r) is within 0.27 of e^r - 1, with the third within 0.01. The first two were searched
// for in the neighbourhood of the minimax ones, for what makes the results best.
inline constexpr Coefficients<5> precise_exp_q = {0x1.fffffp-2, 0x1.555436p-3, 0x1.556082p-5,
                                                  0x1.126adp-7, 0x1.6563a8p-10};
inline constexpr Coefficients<5> precise_expm1_q = {0x1.fffffap-2, 0x1.55547p-3, 0x1.55571ep-5,
                                                    0x1.1249f4p-7, 0x1.6c669cp-10};
inline constexpr Coefficients<6> precise_expm1_close = {
    0x1p-1, 0x1.555554p-3, 0x1.5554fp-5, 0x1.111306p-7, 0x1.6d436ap-10, 0x1.9e0bfep-13};

// The same as the third from -0.26 to 0.46.
inline constexpr Coefficients<6> precise_expm1_wide = {0x1p-1,       0x1.55555ap-3,  0x1.555564p-5,
                                                       0x1.1103cp-7, 0x1.6c4e2ep-10, 0x1.c2e5bp-13};

// (2^r - 1) / r within 0.04, for |r| <= 1 / 2.
inline constexpr Coefficients<6> precise_exp2_q = {0x1.62e43p-1,  0x1.ebfbep-3,   0x1.c6af72p-5,
                                                   0x1.3b2a44p-7, 0x1.5f0dccp-10, 0x1.44292ap-13};

constexpr double rounded_to_f32(double x) {
  return f64_of(
      soft::convert(DType::f32, DType::f64, soft::convert(DType::f64, DType::f32, to_bits(x))));
}

// A constant as one of f32, not larger, and what that leaves of it relative to it: never negative.
struct Truncated {
  double hi;
  double rest;
};
constexpr Truncated truncated(Real c) {
  const double hi = f64_of(to_bits(c.hi) & ~Bits{0x1fffffff});
  return {hi, ((c.hi - hi) + c.lo) / hi};
}

namespace precise {

// e^z = scale e^r.
struct Reduced {
  Value scale;
  Value r;

  constexpr Value q() const { return horner(r, precise_exp_q); }
  // e^r - 1.
  constexpr Value p() const { return fma(r * r, q(), r); }
};
// z = -x.
constexpr Reduced reduced_minus(Value x, int offset) {
  const Scaled z{x, Real(-1)};
  const Value sum = z.sum(magic + offset);
  return {power_of_two(sum), -z.remainder(sum - (magic + offset))};
}

// The shift of e^x, down where it might overflow on the way, up where it vanishes, and what undoes
// it.
struct Shift {
  Value magic;
  Value undo;
};
constexpr Shift shift_of(Value x) {
  const Value negative = x < 0.0;
  return {select(negative, x.like(magic + shift), magic - shift),
          select(negative, x.like(unshift), 1 / unshift)};
}

constexpr Value exp(Value x) {
  const Scaled z{min(max(x, far_left), 89.0)};
  const auto [offset, undo] = shift_of(z.x);
  const Value sum = fma(z.x, log2_e, offset);
  const Reduced e{power_of_two(sum), z.remainder(sum - offset)};
  // Horner's rule: p would have to be added to 1.
  return e.scale * fma(fma(e.q(), e.r, 1.0), e.r, 1.0) * undo;
}

constexpr Value exp2(Value x) {
  const Value t = min(max(x, -151.0), 128.0);
  const auto [offset, undo] = shift_of(t);
  const Value sum = t + offset;
  const Value r = t - (sum - offset);
  return power_of_two(sum) * fma(r, horner(r, precise_exp2_q), 1.0) * undo;
}

// For x <= 0. r + r^2 q would be +0 for r = -0; its opposite is not.
constexpr Value expm1_left(Value x) {
  const Scaled z{max(x, -18.0)};
  const Value sum = z.sum(magic);
  const Value scale = power_of_two(sum);
  const Value r = z.rough_remainder(sum - magic);
  const Value minus_p = fma(-(r * r), horner(r, precise_expm1_q), -r);
  return fma(-scale, minus_p, -(1.0 - scale));
}

// The sum of scale - 1 and scale r is exact. r is chosen such that they cancel little: from -0.26
// to 0.44. From 2^127.5 on scale would be infinite.
constexpr Value expm1(Value x) {
  const Value t = min(max(x, -18.0), 89.0);
  const Value sum = fma(t, log2_e, -0.085) + magic;
  const Value r = Scaled{t}.remainder(sum - magic);
  const Value scale = power_of_two(min(sum, magic + 127));
  const Value less = 1.0 - scale;
  const Value less_lo = (less + scale) - 1.0;
  const Value small = fma(scale * r, r * horner(r, precise_expm1_wide), less_lo);
  const Value hi = fma(scale, r, -less);
  const Value lo = fma(scale, r, -less - hi);
  const Value twice = select(sum > magic + 127, x.like(2.0), 1.0);
  return copysign((hi + (lo + small)) * twice, x);
}

// c (e^x - 1) for x <= 0 and a constant c of ordinary size: c scale - c is kept as a pair. A
// difference of equal numbers is +0 and is taken away at last, so that -0 keeps its sign.
constexpr Value scaled_expm1_left(Value x, Real c) {
  const auto [hi, rest] = truncated(c);
  const Scaled z{max(x, -18.0)};
  const Value sum = z.sum(magic);
  const Value r = z.rough_remainder(sum - magic);
  const Value scale = power_of_two(sum) * hi;
  const Value less = hi - scale;
  const Value less_lo = fma(less, rest, (hi - less) - scale);
  const Value curved = fma(r, horner(r, precise_expm1_close), rest);
  return fma(scale, r, fma(scale * r, curved, -less_lo)) - less;
}

// hi + lo.
struct Pair {
  Value hi;
  Value lo;
};
// unshift + scale (1 + p), but for what p was rounded by.
constexpr Pair divisor(Value scale, Value p) {
  const Value hi = fma(scale, p, scale + unshift);
  // In this order exact, although the larger of scale and unshift may have no room for the other.
  return {hi, fma(scale, p, (scale - hi) + unshift)};
}

// scale + slope r + scale rest, where the sum is not rounded.
struct Parts {
  Value scale;
  Value slope;
  Value r;
  Value rest;
};
constexpr Parts parts(const Reduced& e) { return {e.scale, e.scale, e.r, e.r * e.r * e.q()}; }
// e^(f x), given what was lost when x was rounded.
constexpr Parts parts(Scaled z, int offset, Value x_lo) {
  const Value sum = z.sum(magic + offset);
  const Value k = sum - (magic + offset);
  const auto [unit_hi, unit_lo] = z.unit();
  const Value head = fma(k, -unit_hi, z.x);
  const Value tail = x_lo.graph ? fma(k, -unit_lo, x_lo) : k * -unit_lo;
  const Value r = head + tail;
  const Value scale = power_of_two(sum);
  const double f = z.factor.hi;
  const double f_lo = (f - rounded_to_f32(f)) + z.factor.lo;
  const Value curved = r * fma(r, z.polynomial(r, precise_exp_q, f * f), f_lo);
  return {scale, scale * f, head, fma(tail, f, curved)};
}
// unshift + e, to 2^-27.
constexpr Pair divisor(const Parts& e) {
  const Value hi = fma(e.scale, e.rest, fma(e.slope, e.r, e.scale + unshift));
  return {hi, fma(e.scale, e.rest, fma(e.slope, e.r, (e.scale - hi) + unshift))};
}

// n / d, which is rounded once. -0 stays -0.
constexpr Value quotient(Value n, Pair d) {
  const Value y = rough_reciprocal(d.hi);
  const Value q = n * y;
  const Value error = fma(q, d.lo, fma(q, d.hi, -n));
  return fma(-y, error, q);
}

constexpr Value sigmoid(Value x) {
  const Reduced e = reduced_minus(min(max(x, far_left), 60.0), -shift);
  const Pair d = divisor(e.scale, e.p());
  const Value y = rough_reciprocal(d.hi);
  return fma(y, fma(-y, d.lo, fma(-y, d.hi, 1.0)), y) * unshift;
}

// Errors of a quotient are normal numbers, if the smallest x is so many times as large.
inline constexpr double lift = 0x1p48;

// x / (1 + |x|), the divisor as a pair. From 2^30 on it is 1.
constexpr Value softsign(Value x) {
  const Value t = min(abs(x), 0x1p30);
  const Value sum = t + 1.0;
  const Value sum_lo = min(t, 1.0) - (sum - max(t, 1.0));
  return copysign(quotient(t * lift, {sum, sum_lo}) * (1 / lift), x);
}

// (t + 3) / 6 for |t| <= 3; with t + 3 as a pair. That f32 rounds 1/6 is a third of a unit of its
// last place.
inline constexpr Real sixth{0x1.5555555555555p-3, 0x1.5555555555555p-57};
struct Ramp {
  Value hi;
  Value lo;
};
constexpr Ramp ramp(Value t) {
  const Value sum = t + 3.0;
  return {sum, t - (sum - 3.0)};
}
constexpr Value hard_sigmoid(Value x) {
  const auto [sum, sum_lo] = ramp(min(max(x, -3.0), 3.0));
  return fma(sum, sixth.hi, sum_lo * sixth.hi);
}
constexpr Value hard_silu(Value x) {
  const Value t = min(max(x, -3.0), 3.0);
  const auto [sum, sum_lo] = ramp(t);
  const Value q = t * (sixth.hi * lift);
  const Value q_lo = fma(t, sixth.hi * lift, -q);
  const Value y = fma(q, sum, fma(q_lo, sum, q * sum_lo)) * (1 / lift);
  return select(x > 3.0, x, copysign(y, x));
}

// x / (1 + e^-z) up to `right`, from where on the result is x, given e^-z 2^shift times smaller; t
// is x, bounded on both sides.
constexpr Value gated(Value x, Value t, double right, const Parts& e) {
  const Value y = quotient(t * lift, divisor(e)) * (unshift / lift);
  return select(x > right, x, y);
}

constexpr Value silu(Value x) {
  const double right = 20;
  const Value t = min(max(x, -gate_end), right);
  return gated(x, t, right, parts(reduced_minus(t, -shift)));
}

// For a constant b of ordinary size. a sigmoid(b a) = -(-a) sigmoid((-b) (-a)).
constexpr Value swish_by(Value a, Real b) {
  if (b == Real(1)) return silu(a);
  if (b.hi < 0) return -swish_by(-a, negated(b));
  const double right = 20 / b.hi;
  const Value t = min(max(a, -gate_end / b.hi), right);
  return gated(a, t, right, parts({t, negated(b)}, -shift, {}));
}

constexpr Value gelu_tanh(Value x) {
  const double right = 6;
  const Value t = min(max(x, -gelu_tanh_end), right);
  const auto [z, z_lo] = gelu_tanh_cubic(t);
  return gated(x, t, right, parts({z, negated(gelu_tanh_d)}, -shift, z_lo));
}

}  // namespace precise
}  // namespace actjit::math::f32
