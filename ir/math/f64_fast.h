// f64 kernels for tiers that are content with a few ULP: two thirds of the operations of the
// accurate ones.
//
// Limits, signs and NaN are those of the accurate expansions. Exponentials are split in sixteen
// steps from one power of two to the next, whose first terms a permutation of two registers gives.
// An exponential beyond f64's range is made 2^-shift times as large on the way where the result is
// not: subnormal results are then rounded by the last operation. Coefficients:
// tools/coefficients/f64_fast.sollya.
#pragma once

#include "ir/math/constants.h"
#include "ir/math/function.h"
#include "ir/math/gelu_tanh_cubic.h"
#include "ir/math/poly.h"
#include "ir/math/real_constant.h"

namespace actjit::math::f64 {

// What the expansions state, in ULP of f64.
inline constexpr double fast_ulp = 4;
// Close enough to serve tier exact too, where the value is rounded to f32 next: few of its results
// need a patch then.
inline constexpr double close_ulp = 3;

namespace fast {

inline constexpr std::int64_t steps = 16;
// 2^(j / 16).
inline constexpr Coefficients<steps> power_of_step = {
    0x1p0,
    0x1.0b5586cf9890fp0,
    0x1.172b83c7d517bp0,
    0x1.2387a6e756238p0,
    0x1.306fe0a31b715p0,
    0x1.3dea64c123422p0,
    0x1.4bfdad5362a27p0,
    0x1.5ab07dd485429p0,
    0x1.6a09e667f3bcdp0,
    0x1.7a11473eb0187p0,
    0x1.8ace5422aa0dbp0,
    0x1.9c49182a3f09p0,
    0x1.ae89f995ad3adp0,
    0x1.c199bdd85529cp0,
    0x1.d5818dcfba487p0,
    0x1.ea4afa2a490dap0,
};

// (e^r - 1) / r for |r| <= ln2 / 32: with it e^r is within 2^-55.7; and on to ln2 / 16 within
// 2^-60.4.
inline constexpr Coefficients<6> exp_q = {0x1p0,
                                          0x1.0000000000004p-1,
                                          0x1.55555554ad2cfp-3,
                                          0x1.555555547915p-5,
                                          0x1.1112290241c57p-7,
                                          0x1.6c184bc75527fp-10};
inline constexpr Coefficients<7> exp_wide_q = {
    0x1p0,
    0x1.fffffffffffdp-2,
    0x1.555555555732ap-3,
    0x1.55555558139a4p-5,
    0x1.11110e4696deap-7,
    0x1.6c156e85d17cdp-10,
    0x1.a429e988c5e54p-13,
};

// A sum with it is rounded to sixteenths, which its low bits then count.
inline constexpr double magic = 0x1.8p48;
inline constexpr double exponent_bias = 1023;

// The argument of an exponential is f x for a real constant f, which costs nothing: it is in the
// constants of the reduction and in the coefficients.
struct Scaled {
  Value x;
  Real factor = Real(1);

  // f x / ln2, rounded to sixteenths k, plus `offset`.
  constexpr Value sum(double offset) const { return fma(x, log2_e * factor.hi, offset); }
  // r = x + x_lo - k ln2 / f.
  constexpr Value remainder(Value k, Value x_lo = {}) const {
    const Real inverse = reciprocal(factor);
    const double hi = ln2_hi * inverse.hi;
    const double lo =
        __builtin_fma(ln2_hi, inverse.hi, -hi) + ln2_hi * inverse.lo + ln2_lo * inverse.hi;
    const Value head = fma(k, -hi, x);
    return x_lo.graph ? head + fma(k, -lo, x_lo) : fma(k, -lo, head);
  }
  // e^(f r) - 1, from the coefficients of (e^r - 1) / r, the first of which is 1.
  constexpr Value p(Value r, std::span<const double> q) const {
    Coefficients<8> scaled{};
    double power = factor.hi;
    for (std::size_t i = 0; i < q.size(); ++i, power *= factor.hi) scaled[i] = q[i] * power;
    const std::span<const double> c = std::span(scaled).first(q.size());
    return factor == Real(1) ? fma(r * r, horner(r, c.subspan(1)), r) : r * horner(r, c);
  }
};

// 2^k, made 2^offset times as large, for the sum of k and `magic`, -1022 <= k + offset < 1024.
constexpr Value power_of_two(Value sum, int offset) {
  std::array<std::int64_t, steps> first{};
  for (std::int64_t j = 0; j < steps; ++j)
    first[static_cast<std::size_t>(j)] = static_cast<std::int64_t>(
        to_bits(power_of_step[static_cast<std::size_t>(j)]) - (static_cast<Bits>(j) << 48) +
        (static_cast<Bits>(static_cast<std::int64_t>(offset)) << 52));
  const Value bits = bitcast(sum, DType::i64);
  return bitcast(shl(bits, 48) + lookup(first, bits), DType::f64);
}

// e^(f x) made 2^offset times as large; `x_lo`, if given, is what was lost when x was rounded.
constexpr Value exponential(Scaled z, int offset, Value x_lo = {}) {
  const Value sum = z.sum(magic);
  const Value scale = power_of_two(sum, offset);
  return fma(scale, z.p(z.remainder(sum - magic, x_lo), exp_q), scale);
}

// Subnormal results become 0. k is 1024 - 1 / 16 at most, and r then goes up to ln2 / 16, beyond
// which the product overflows.
constexpr Value exp(Value x) {
  const Value t = max(x, -708.74);
  const double offset = magic + exponent_bias;
  const Value sum = min(fma(t, log2_e, offset), offset + 1024 - 1.0 / steps);
  const Value bits = bitcast(sum, DType::i64);
  const Value scale = bitcast(shl(bits, 48) & std::int64_t{0x7ff0000000000000}, DType::f64);
  const Value first = lookup(power_of_step, bits, DType::f64);
  const Scaled z{t};
  return fma(first, z.p(z.remainder(sum - offset), exp_wide_q), first) * scale;
}

inline constexpr int shift = 128;
inline constexpr double unshift = 0x1p-128;

constexpr Value sigmoid(Value x) {
  const Value t = min(max(x, -746.0), 60.0);
  return 1.0 / (exponential({t, Real(-1)}, -shift) + unshift) * unshift;
}

// x sigmoid(z) for z of the sign of x, given |x| up to gate_end and e^|z|, made 2^shift times
// smaller: max(x, 0) - |x| / (1 + e^|z|). With -0 the result keeps the sign of x where it vanishes.
inline constexpr double gate_end = 760;
constexpr Value gated(Value x, Value x_size, Value e) {
  return fma(x_size / (e + unshift), -unshift, max(x, -0.0));
}

constexpr Value silu(Value x) {
  const Value t = min(abs(x), gate_end);
  return gated(x, t, exponential({max(t, smallest_gate)}, -shift));
}

// For a constant b of ordinary size. a sigmoid(b a) = -(-a) sigmoid((-b) (-a)).
constexpr Value swish_by(Value a, Real b) {
  if (b.hi < 0) return -swish_by(-a, negated(b));
  const Value t = min(abs(a), gate_end / b.hi);
  return gated(a, t, exponential({max(t, smallest_gate / b.hi), b}, -shift));
}

inline constexpr double gelu_tanh_end = 22;
// x (x^2 + k) as hi + lo. k's hi is a multiple of 2^-44, the sum of 2^-48 or, from 256 on, of
// 2^-44: their difference is exact.
constexpr Cubic gelu_tanh_cubic(Value x) {
  const Real k = reciprocal(Real{0x1.6e4e26d4801f7p-5, 0x1.441355475a31ap-59});
  const double k_hi = f64_of(to_bits(k.hi) & ~Bits{0xf});
  const double k_lo = (k.hi - k_hi) + k.lo;
  return cubic(x, k_hi, k_lo);
}
constexpr Value gelu_tanh(Value x) {
  const Value t = min(abs(x), gelu_tanh_end);
  const auto [z, z_lo] = gelu_tanh_cubic(t);
  const double smallest = smallest_gate / gelu_tanh_d.hi;
  return gated(x, t, exponential({max(z, smallest), gelu_tanh_d}, -shift, z_lo));
}

}  // namespace fast
}  // namespace actjit::math::f64
