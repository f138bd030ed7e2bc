// erf(x), the error function.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

// tools/coefficients/erf.sollya: erf(x) = x + x S(x^2) within 2^-56.3 of erf(x) for
// |x| <= 15 / 16; erfc(x) = exp(-Q(x)) within 2^-56.1 of 1 from there to 6.
inline constexpr Coefficients<12> erf_s = {
    0x1.06eba8214db69p-3,
    -0x1.812746b0379fbp-2,
    0x1.ce2f21a0432c0p-4,
    -0x1.b82ce312936b0p-6,
    0x1.565bcd0d9ad9ep-8,
    -0x1.c02db37922cd7p-11,
    0x1.f9a30cd7036cap-14,
    -0x1.f4cf91d6ac000p-17,
    0x1.b9b7848a9a0e6p-20,
    -0x1.5d75925741f4bp-23,
    0x1.e1c46503822e4p-27,
    -0x1.ce04b0f6af811p-31,
};
inline constexpr Coefficients<18> minus_log_erfc = {
    0x1.6d2375dc94c2fp-22,
    0x1.20dd3997c8f98p+0,
    0x1.45f545a78daa2p-1,
    0x1.a4bf6659e0232p-4,
    -0x1.37b07b6413a95p-6,
    -0x1.7e29be2e9900ap-12,
    0x1.e9bab7659dddfp-10,
    -0x1.7ff7cf6635f38p-11,
    0x1.d19478536532fp-14,
    0x1.0de6a16d92b41p-15,
    -0x1.cce1b25075dbap-16,
    0x1.52896ea2bca3dp-17,
    -0x1.4bd909c9ebaf8p-19,
    0x1.d1bd56ed64f18p-22,
    -0x1.d2fda03961cc8p-25,
    0x1.3fd0f59054209p-28,
    -0x1.0d01daf64d6c2p-32,
    0x1.a3f86f8d99006p-38,
};

// From 6 on erf is 1. The exponential of a polynomial spares a division (N. Juffa).
constexpr Value erf_f64(Value x) {
  const Value t = min(abs(x), 6.0);
  const Value x2 = x * x;
  const std::span<const double> c = erf_s;
  const Value s = fma(x2, fma(x2, even_odd(x2, c.subspan(2)), c[1]), c[0]);
  const Value small = fma(x, s, x);

  // erfc(t) = 2^k (1 + p); the exponent bias of 2^k is in the magic number.
  const Value minus_q = -even_odd(t, minus_log_erfc);
  const Ln2Reduction e = reduce_by_ln2(minus_q, x.like(integer_magic + 1023));
  const Value power = bitcast(shl(e.k_bits, 52), DType::f64);
  const Value large = fma(-power, expm1_reduced(e.r), 1.0 - power);
  return select(t < 0.9375, small, copysign(large, x));
}

inline constexpr Expansion erf_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return erf_f64(x[0]); }}};

inline constexpr MathFunction erf_function{Op::erf, "", Parity::odd, Monotone::increasing,
                                           erf_expansions};

}  // namespace actjit::math
