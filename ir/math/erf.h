// erf(x), the error function.
#pragma once

#include "ir/math/exp.h"

namespace actjit::math {

// tools/coefficients/erf.sollya: erf(x) = x + x S(x^2) within 2^-56.0 of erf(x) for |x| <= 1;
// erfc(x) = exp(-Q(x)) within 2^-56.9 for 1 <= x <= 6.
inline constexpr Coefficients<12> erf_s = {
    0x1.06eba8214db68p-3,  -0x1.812746b0379b6p-2,  0x1.ce2f21a040bc7p-4,  -0x1.b82ce311fa376p-6,
    0x1.565bccf970a6dp-8,  -0x1.c02db04f333ecp-11, 0x1.f9a2bcad1fd29p-14, -0x1.f4ca703171fc5p-17,
    0x1.b981425734691p-20, -0x1.5c1044e1857c2p-23, 0x1.d75b8ff8ad755p-27, -0x1.ac7120300e907p-31,
};
inline constexpr Coefficients<18> minus_log_erfc_q = {
    0x1.1a2460873bef3p-21,  0x1.20dd1c3bcaee3p+0,   0x1.45f646d9ef828p-1,   0x1.a4a9b2e6b9f26p-4,
    -0x1.370eb58f95ae9p-6,  -0x1.b55cfbaa52e9bp-12, 0x1.f802dcc881af6p-10,  -0x1.96dbfeaefb6c8p-11,
    0x1.2250288516921p-13,  0x1.37e8beec65d52p-16,  -0x1.73ec8ba1a4878p-16, 0x1.1c1bc5cf5c66ap-17,
    -0x1.184a3e6747f74p-19, 0x1.87b6da5ce5334p-22,  -0x1.85340d16132c2p-25, 0x1.0770de84f97cfp-28,
    -0x1.b55ef5482c9d3p-33, 0x1.50a761fa11f33p-38,
};

// From 6 on erf is 1. The exponential of a polynomial spares a division (N. Juffa).
constexpr Value erf_f64(Value x) {
  const Value t = min(abs(x), 6.0);
  const Value small = fma(x, even_odd(x * x, erf_s), x);

  const Value minus_q = -even_odd(t, minus_log_erfc_q);
  const Ln2Reduction e = reduce_by_ln2(minus_q, x.like(integer_magic + 1023));
  const Value scale = bitcast(shl(e.k_bits, 52), DType::f64);
  const Value large = fma(-scale, expm1_reduced(e.r), 1.0 - scale);
  return select(t < 1.0, small, copysign(large, x));
}

inline constexpr Expansion erf_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return erf_f64(x[0]); }}};

inline constexpr MathFunction erf_function{Op::erf, "", Parity::odd, Monotone::increasing,
                                           erf_expansions};

}  // namespace actjit::math
