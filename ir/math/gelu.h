// gelu(x) = x erfc(-x / sqrt(2)) / 2 = max(x, 0) - h(|x|), h(t) = t erfc(t / sqrt(2)) / 2.
//
// In that form nothing cancels: full relative accuracy near 0, where gelu(x) is near x / 2, and in
// the negative tail down to the last subnormal near x = -38.6.
#pragma once

#include "ir/math/gauss_tail.h"

namespace actjit::math {

// tools/coefficients/gelu.sollya: erfcx(t / sqrt(2)) / 2 (t + 4) within 2^-55.3 of it for
// 0 <= t <= 39.
inline constexpr TailFit<23> gelu_fit = {
    4.0,
    {0x1.2p-2, 0x1.6p+2},
    {0.75, 9.2},
    {
        -0x1.b52d11cdac8c9p-3,
        0x1.460e2bb61ebb1p-4,
        0x1.8c6dbf2cfc2fap-2,
        -0x1.7dff2bff68452p-3,
        0x1.eec4cc3e44e28p-5,
        -0x1.ee27610445b48p-8,
        -0x1.c81719c9d0de6p-9,
        0x1.ab825fb31bc40p-10,
        0x1.17a4a627defddp-13,
        -0x1.e4a4223fde840p-13,
        -0x1.00113464ae9f3p-19,
        0x1.26d06cab8710bp-15,
        0x1.7fdb80bb84f94p-21,
        -0x1.8d49d06a9c099p-18,
        -0x1.4faed286ae7e1p-21,
        0x1.1253308dc1b11p-20,
        0x1.1baed05558183p-22,
        -0x1.507a78e463c7cp-23,
        -0x1.4bd4f4b711f75p-24,
        0x1.1515aa739305ep-26,
        0x1.f777e0ec76aadp-27,
        -0x1.86cfae2488ff3p-32,
        -0x1.4bb480f4e2c3fp-30,
    },
};

// From 39 on h is below half the smallest subnormal.
constexpr Value gelu_f64(Value x) {
  const Value t = min(abs(x), 39.0);
  const auto [w, off, line, rest] = gauss_tail(t, gelu_fit);

  // e^-(t^2 / 2) = 2^k (1 + r + r^2 tail(r))
  const auto [s, s_lo] = two_product(-0.5 * t, t);
  const Ln2Reduction e = reduce_by_ln2(s, x.like(tail_magic));
  const Value r = e.head + fma(e.k, -ln2_lo, s_lo);
  const Value r2 = r * r;

  // (line + rest) (1 + r + r^2 tail(r) + off) = line + small
  const Value sum = line + rest;
  const Value small = fma(sum, r, fma(sum, fma(r2, exp_tail(r, r2), off), rest));
  const Value scaled = w * tail_power(e);
  const auto [hi, hi_lo] = two_product(scaled, line);
  const Value h = fma(t, hi, t * fma(scaled, small, hi_lo));
  return fma(h, -tail_unscale, max(x, 0.0));
}

inline constexpr Expansion gelu_expansions[] = {
    {DType::f64, 2.0, [](std::span<const Value> x) { return gelu_f64(x[0]); }}};

inline constexpr MathFunction gelu_function{Op::gelu, "a * erfc(-a / sqrt(2)) / 2",
                                            Parity::neither, Monotone::no, gelu_expansions};

}  // namespace actjit::math
