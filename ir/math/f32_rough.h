// Kernels in f32 within 2^-10 of the result, for tier rough: the fewest operations we know of.
//
// Limits, signs and NaN are those of the accurate expansions; subnormal results may become 0 of
// their sign. Exponentials are powers of two of f x in one step, which costs at most 2^-18, and
// nothing divides. Coefficients: tools/coefficients/f32_rough.sollya, errors in units of 2^-11.
#pragma once

#include "ir/math/f32.h"
#include "ir/math/f32_precise.h"

namespace actjit::math::f32 {

// What the expansions state, in ULP of f32: of the numbers from 1 to 2, 2^-10.
inline constexpr double rough_ulp = 8192;

namespace rough {

// 2^r within 0.16 for |r| <= 1/2, and within 0.95 up to r = 1, where it is just above 2.
inline constexpr Coefficients<4> exp2_p = {0x1.fff692p-1, 0x1.62f31ep-1, 0x1.f0de5ap-3,
                                           0x1.c3f6b8p-5};
inline constexpr Coefficients<4> exp2_wide = {0x1.ffe524p-1, 0x1.61a4b4p-1, 0x1.f132fcp-3,
                                              0x1.115356p-4};
// (e^r - 1) / r within 0.89, for |r| <= ln2 / 2.
inline constexpr Coefficients<3> expm1_q = {0x1.0002f2p0, 0x1.01ebdep-1, 0x1.55550ap-3};
// log1p(e) / e within 0.12, for 0 <= e <= 1.
inline constexpr Coefficients<5> log1p_q = {0x1.fff89p-1, -0x1.fce754p-2, 0x1.39a436p-2,
                                            -0x1.425eaap-3, 0x1.529f28p-5};

// 2^(f x) = scale 2^r, |r| <= 1/2, scale made 2^offset times as large.
struct Power {
  Value scale;
  Value r;

  constexpr Value fraction() const { return horner(r, exp2_p); }
};
constexpr Power power(Value x, double f, int offset = 0) {
  const double rounder = magic + offset;
  const Value sum = fma(x, f, rounder);
  return {power_of_two(sum), fma(x, f, rounder - sum)};
}

// Of f x >= -126.5; below it is 0. The largest ones have r up to 1 and more, and overflow.
constexpr Value exp(Value x) {
  const Value t = max(x, -88.3);
  const Value sum = min(fma(t, log2_e, magic), magic + 127);
  return power_of_two(sum) * horner(fma(t, log2_e, magic - sum), exp2_wide);
}
// e^d for d <= 0, or NaN.
constexpr Value exp_of_difference(Value d) {
  const Power p = power(max(d, -88.3), log2_e);
  return p.scale * p.fraction();
}
constexpr Value exp2(Value x) {
  const Value t = max(x, -127.4);
  const Value sum = min(t + magic, magic + 127);
  return power_of_two(sum) * horner(t - (sum - magic), exp2_wide);
}

// 2^(-3 down) / d within 0.08: see f32::rough_reciprocal. The first guess is made 2^-down times
// as large, and the step from there multiplies three such numbers.
constexpr Value reciprocal(Value d, int down) {
  const double factor = 1 / static_cast<double>(std::int64_t{1} << down);
  const Value bits = bitcast(d, DType::i32);
  const std::int64_t guess = 0x7ef2a4f8 - (std::int64_t{down} << 23);
  const Value y = bitcast(bits.like(guess) - bits, DType::f32);
  const Value e = fma(-d, y, 0x1.8044b4p0 * factor);
  return y * fma(e, e, 0x1.7f76a4p-1 * factor * factor);
}

// 1 / (1 + 2^z), z up to 158, where it has vanished, for a power made 2^-48 times as large.
inline constexpr int gate_shift = -48;
inline constexpr double gate_end = 109.5;  // in multiples of ln2: 158
constexpr Value gate(Power z) { return reciprocal(fma(z.scale, z.fraction(), 0x1p-48), 16); }

constexpr Value sigmoid(Value x) {
  return gate(power(min(max(x, -gate_end), 30.0), -log2_e, gate_shift));
}
// For a constant b of ordinary size. a sigmoid(b a) = -(-a) sigmoid((-b) (-a)).
constexpr Value swish_by(Value a, Real b) {
  if (b.hi < 0) return -swish_by(-a, negated(b));
  const Value t = max(a, -gate_end / b.hi);
  return t * gate(power(min(t, 30 / b.hi), -log2_e * b.hi, gate_shift));
}
constexpr Value silu(Value x) { return swish_by(x, Real(1)); }

// x sigmoid(x (c + d x^2)): see ir/math/gelu_tanh.h.
constexpr Value gelu_tanh(Value x) {
  const Value t = max(x, -gelu_tanh_end);
  const Value u = min(t, 6.0);
  const double d = -log2_e * gelu_tanh_d.hi;
  const Value z = u * fma(u * u, d, d / 0.044715);
  return t * gate(power(z, 1, gate_shift));
}

// log2(erfc(t / sqrt(2)) / 2) within 0.30 of what moves its power by one, up to 13.45.
inline constexpr Coefficients<9> gauss_log2 = {-0x1.000d7cp0,  -0x1.261756p0,   -0x1.da57ccp-2,
                                               -0x1.9db224p-5, 0x1.dfac84p-8,   -0x1.7ccbfep-11,
                                               0x1.80decep-15, -0x1.ba344cp-20, 0x1.b5685ap-26};

// max(x, 0) - t erfc(t / sqrt(2)) / 2, t = |x|. From 13.42 on scale is 0, and before that
// everything is made 2^8 times as large, because t is up to 2^4.
constexpr Value gelu(Value x) {
  const Value t = min(abs(x), 13.42);
  const auto [scale, r] = power(horner(t, gauss_log2), 1, 8);
  Coefficients<4> minus_p = exp2_p;
  for (double& c : minus_p) c *= -0x1p-8;
  // With -0 the result keeps the sign of x where it vanishes.
  return fma(t * scale, horner(r, minus_p), max(x, -0.0));
}

// A parabola for each of 16 segments: constant, slope and curvature. They begin as those of
// ir/math/f32_segments.h do: where t + offset has no more than two bits behind the first.
using Parabolas = std::array<std::array<double, 3>, 16>;
constexpr Value parabola(Value t, const Parabolas& segments, double offset) {
  const Value index = shr(bitcast(t + offset, DType::i32), 21);
  const Bits first = soft::convert(DType::f64, DType::f32, to_bits(offset)) >> 21;
  const auto number = [&](std::size_t i) {
    Coefficients<16> values{};
    for (std::size_t s = 0; s < 16; ++s) values[(first + s) % 16] = segments[s][i];
    return lookup(values, index, DType::f32);
  };
  return fma(fma(number(2), t, number(1)), t, number(0));
}

// Within 0.40, up to 4.6875, where it is 0.9998.
inline constexpr Parabolas tanh_segments{{{0, 0x1.000aa4p0, -0x1.54d84ap-6},
                                          {-0x1.e6e29ep-13, 0x1.0210acp0, -0x1.743336p-4},
                                          {-0x1.2a9e2p-10, 0x1.05cf92p0, -0x1.33a1c8p-3},
                                          {-0x1.0e7034p-8, 0x1.0d9552p0, -0x1.d21816p-3},
                                          {-0x1.8882cp-7, 0x1.1aa344p0, -0x1.3e1db4p-2},
                                          {-0x1.610b6p-6, 0x1.260308p0, -0x1.7301cp-2},
                                          {-0x1.c86ecp-6, 0x1.2be734p0, -0x1.8880a4p-2},
                                          {-0x1.394da2p-6, 0x1.25ebfp0, -0x1.789206p-2},
                                          {0x1.543c4ap-5, 0x1.051ff6p0, -0x1.333578p-2},
                                          {0x1.400904p-3, 0x1.a7423p-1, -0x1.bf73fcp-3},
                                          {0x1.3381ep-2, 0x1.4055b2p-1, -0x1.2fb732p-3},
                                          {0x1.03e70cp-1, 0x1.89a798p-2, -0x1.3fcdb8p-4},
                                          {0x1.7541aap-1, 0x1.6e7514p-3, -0x1.f13b9cp-6},
                                          {0x1.b97812p-1, 0x1.41600cp-4, -0x1.755eccp-7},
                                          {0x1.dde7d2p-1, 0x1.10b4bcp-5, -0x1.14c76cp-8},
                                          {0x1.f45e7cp-1, 0x1.3a419p-7, -0x1.0b94cap-10}}};
constexpr Value tanh(Value x) {
  return copysign(parabola(min(abs(x), 4.687), tanh_segments, 0.3125), x);
}

// Within 0.40, up to 3.75, where it is 1.
inline constexpr Parabolas erf_segments{{{0, 0x1.20e97ap0, -0x1.80c6dep-6},
                                         {-0x1.142ea2p-12, 0x1.2334b2p0, -0x1.a53f48p-4},
                                         {-0x1.55f0cep-10, 0x1.27809cp0, -0x1.5df088p-3},
                                         {-0x1.cccdb4p-9, 0x1.2d90fcp0, -0x1.e02a92p-3},
                                         {-0x1.2a1b7cp-7, 0x1.3893c2p0, -0x1.45131ep-2},
                                         {-0x1.5c17bap-6, 0x1.495aa4p0, -0x1.9fc99ep-2},
                                         {-0x1.1c45bep-5, 0x1.575124p0, -0x1.d8747ep-2},
                                         {-0x1.5d3a74p-5, 0x1.5dfaep0, -0x1.ee551ep-2},
                                         {-0x1.ae2626p-6, 0x1.538bbp0, -0x1.d46c16p-2},
                                         {0x1.33d3d6p-4, 0x1.202658p0, -0x1.6e8dbcp-2},
                                         {0x1.11649p-2, 0x1.a32148p-1, -0x1.e1659cp-3},
                                         {0x1.fd5facp-2, 0x1.05389p-1, -0x1.0df1eap-3},
                                         {0x1.8be1f8p-1, 0x1.97f1dap-3, -0x1.68eddap-5},
                                         {0x1.e8db22p-1, 0x1.10770cp-5, -0x1.92131ap-8},
                                         {0x1.fd6526p-1, 0x1.a34fe2p-9, -0x1.07ed76p-11},
                                         {0x1.ffd4e6p-1, 0x1.795d78p-13, -0x1.9d1926p-16}}};
constexpr Value erf(Value x) {
  return copysign(parabola(min(abs(x), 3.749), erf_segments, 0.25), x);
}

// e^x - 1 for x <= 0. The remainder, unlike that of a power of two, keeps the sign of -0.
constexpr Value expm1_left(Value x) {
  const Scaled z{max(x, -18.0)};
  const Value sum = z.sum(magic);
  const Value r = z.rough_remainder(sum - magic);
  return expm1_sum(power_of_two(sum), r, horner(r, expm1_q));
}

// max(x, 0) + log1p(e^-|x|).
constexpr Value softplus(Value x) {
  const Power z = power(min(abs(x), 88.3), -log2_e);
  const Value e = z.scale * z.fraction();
  return fma(e, horner(e, log1p_q), max(x, 0.0));
}

// x n / (n + 2), n = e (e + 2), e = e^x. e is made 2^15 times as large and vanishes at -98.5; the
// quotient takes that back as gate() does.
constexpr Value mish(Value x) {
  const Value t = max(x, -98.5);
  const Power z = power(min(t, 20.0), log2_e, 15);
  const Value e = z.scale * z.fraction();
  const Value e_and_2 = fma(e, 0x1p-15, 2.0);
  const Value n = e * e_and_2;
  const Value d = fma(n, 0x1p-15, 2.0);
  return reciprocal(d, 5) * n * t;
}

}  // namespace rough
}  // namespace actjit::math::f32
