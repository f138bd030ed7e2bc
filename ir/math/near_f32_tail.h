// Functions of the Gauss integral within 2^-30: see ir/math/near_f32.h.
#pragma once

#include "ir/math/near_f32.h"

namespace actjit::math::near_f32 {

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
  const Value t = min(abs(x), 37.66);
  const Value w = 1.0 / (t + 4.0);
  const Value q = (t - 4.0) * w;
  const Value tail = even_odd(q, gauss_tail_p) * (t * w);
  // With -0 the result keeps the sign of x where it vanishes.
  return fma(-tail, exp_bounded(t * t * -0.5), max(x, -0.0));
}

// 2 P(q) e^-(t^2) / (sqrt(2) t + 4), t = |x|.
constexpr Value erfc(Value x) {
  const double root_2 = 0x1.6a09e667f3bcdp+0;
  const Value t = min(abs(x), 26.63);
  const Value w = 1.0 / fma(t, root_2, 4.0);
  const Value q = fma(t, root_2, -4.0) * w;
  const Value tail = even_odd(q, gauss_tail_p) * (w + w) * exp_bounded(-t * t);
  return select(x < 0.0, 2.0 - tail, tail);
}

// erf(t) = 1 - e^-(t Q(t)) within 2^-33.2, for 0 <= t <= 4.6, beyond which it is 1. These are the
// coefficients of -Q.
inline constexpr Coefficients<13> erf_minus_q = {
    -0x1.20dd7503ad19fp+0,  -0x1.45f307209a0b8p-1,  -0x1.a4f4b7d79e3c4p-4,  0x1.39609c78f1cbp-6,
    0x1.c4a6d799fbcaap-13,  -0x1.c186240738384p-10, 0x1.4683f53218603p-11,  -0x1.06768456e5f59p-14,
    -0x1.4786c167321e8p-15, 0x1.6210e5268b4b5p-16,  -0x1.546643338b5c8p-18, 0x1.5a5414295bc73p-21,
    -0x1.2cd522eed58c3p-25};

constexpr Value erf(Value x) {
  const Value t = min(abs(x), 4.6);
  return copysign(expm1_bounded(t * even_odd(t, erf_minus_q)), x);
}

}  // namespace actjit::math::near_f32
