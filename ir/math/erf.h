// erf(x), the error function.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

// tools/coefficients/erf.sollya: erf(x) = x + x S(x^2) within 2^-56.0 of erf(x) for
// |x| <= 15 / 16; erfc(x) = exp(-Q(x)) / 4 within 2^-55.2 of 1 from there to 6.
inline constexpr Coefficients<12> erf_s = {
    0x1.06eba8214db68p-3,
    -0x1.812746b0379c5p-2,
    0x1.ce2f21a0418afp-4,
    -0x1.b82ce31237d11p-6,
    0x1.565bcd0284099p-8,
    -0x1.c02db1d7501cp-11,
    0x1.f9a2e57afa7e8p-14,
    -0x1.f4cd252a0bc7ep-17,
    0x1.b99ea2977cc25p-20,
    -0x1.5cd571b554e74p-23,
    0x1.dd2ee4299b33fp-27,
    -0x1.bf6ca8a9d0905p-31,
};
inline constexpr Coefficients<18> erf_q = {
    -0x1.62e429138c5aep+0,
    0x1.20dd2e3aad7dp+0,
    0x1.45f5ad6b8202bp-1,
    0x1.a4b648347967cp-4,
    -0x1.3769c38139094p-6,
    -0x1.973ed9e75e5c8p-12,
    0x1.f077e4c22109p-10,
    -0x1.8b2c6d1a05528p-11,
    0x1.05f8eb503aa3ep-13,
    0x1.a41a7f62dca44p-16,
    -0x1.9c8e2d6832f6fp-16,
    0x1.33fc466778bc7p-17,
    -0x1.2df9a7dcebb7ap-19,
    0x1.a582d0407006dp-22,
    -0x1.a31c53c87b18p-25,
    0x1.1c1a1245d4711p-28,
    -0x1.d87427c0cf114p-33,
    0x1.6c36a9802a283p-38,
};

// The sum of all terms from the third up, then the low ones one by one: fewer large roundings.
constexpr Value low_terms_last(Value x, Value x2, std::span<const double> c) {
  return fma(x, fma(x, even_odd(x, x2, c.subspan(2)), c[1]), c[0]);
}

// From 6 on erf is 1. The exponential of a polynomial spares a division (N. Juffa).
constexpr Value erf_f64(Value x) {
  const Value t = min(abs(x), 6.0);
  const Value t2 = t * t;
  const Value small = fma(x, low_terms_last(t2, t2 * t2, erf_s), x);

  // erfc(t) = 2^k (1 + p); the quarter and the exponent bias of 2^k are in the magic number.
  const Value minus_q = -low_terms_last(t, t2, erf_q);
  const Ln2Reduction e = reduce_by_ln2(minus_q, x.like(integer_magic + 1021));
  const Value power = bitcast(shl(e.k_bits, 52), DType::f64);
  const Value large = fma(-power, expm1_reduced(e.r), 1.0 - power);
  return select(t < 0.9375, small, copysign(large, x));
}

inline constexpr Expansion erf_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return erf_f64(x[0]); }}};

inline constexpr MathFunction erf_function{Op::erf, "", Parity::odd, Monotone::increasing,
                                           erf_expansions};

}  // namespace actjit::math
