// erf(x), the error function.
#pragma once

#include "ir/math/exp.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f32_segments.h"
#include "ir/math/near_f32_tail.h"

namespace actjit::math {

// tools/coefficients/erf.sollya: erf(x) = x + x S(x^2) within 2^-56.0 of erf(x) for
// |x| <= 15 / 16; from there to 6, erfc(x) = exp(-Q(x)) / 4 within 2^-57.6, absolutely.
inline constexpr Coefficients<12> erf_s = {
    0x1.06eba8214db68p-3,  -0x1.812746b0379c5p-2,  0x1.ce2f21a0418afp-4,  -0x1.b82ce31237d11p-6,
    0x1.565bcd0284099p-8,  -0x1.c02db1d7501cp-11,  0x1.f9a2e57afa7e8p-14, -0x1.f4cd252a0bc7ep-17,
    0x1.b99ea2977cc25p-20, -0x1.5cd571b554e74p-23, 0x1.dd2ee4299b33fp-27, -0x1.bf6ca8a9d0905p-31,
};
inline constexpr Coefficients<19> erf_q = {
    -0x1.62e42d9a1991ap+0,  0x1.20dd5ca981562p+0,   0x1.45f3f1dbd563fp-1,   0x1.a4df399220b1ep-4,
    -0x1.38b8eb6ec5fdfp-6,  -0x1.191bf91d7c3a3p-12, 0x1.cc48f2bc48a0cp-10,  -0x1.4a77f5284efdcp-11,
    0x1.3cbff4a7f9f43p-15,  0x1.367317a0337dep-14,  -0x1.8665711da42b2p-15, 0x1.1d4855935935ap-16,
    -0x1.2ad7bcb526828p-18, 0x1.d62a3b12f454p-21,   -0x1.1625b62f20536p-23, 0x1.e2c5eedc89a2dp-27,
    -0x1.22db25dceac48p-30, 0x1.b345c122ca8cbp-35,  -0x1.30c295cca6983p-40,
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
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::erf(x[0]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return erf_f64(x[0]); }},
    {DType::f32, f32::rough_ulp, [](std::span<const Value> x) { return f32::rough::erf(x[0]); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::erf(x[0]); }}};

inline constexpr MathFunction erf_function{Op::erf, "", Parity::odd, Monotone::increasing,
                                           erf_expansions};

}  // namespace actjit::math
