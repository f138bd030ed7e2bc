// gelu(x) = x erfc(-x / sqrt(2)) / 2 = max(x, 0) - h(|x|), h(t) = t erfc(t / sqrt(2)) / 2.
//
// In that form nothing cancels: full relative accuracy near 0, where gelu(x) is near x / 2, and in
// the negative tail down to the last subnormal near x = -38.6.
#pragma once

#include "ir/math/gauss_tail.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// tools/coefficients/gelu.sollya: erfcx(t / sqrt(2)) / 2 within 2^-57.2 of it for 0 <= t <= 39.
inline constexpr TailFit<23> gelu_fit = {
    4.0,
    {0x1.9884533d43650p-2, 4.0, 0.0},
    {0.62, 10.1},
    {
        -0x1.2635b84833569p+0,  -0x1.0197513691fc8p+1,  0x1.15acdbecd45f9p+0,
        -0x1.a149404a4f901p-2,  0x1.35ee2fcff05b8p-4,   0x1.f6d3fa6e23d67p-7,
        -0x1.995a39389eb4ep-7,  0x1.228267fa7fc58p-11,  0x1.a8e5e0e338adcp-10,
        -0x1.ddf213ec7f314p-13, -0x1.fdf59ae6b2093p-13, 0x1.3ead42383625cp-15,
        0x1.6ebf24bcaca62p-15,  -0x1.e89276529be6ep-19, -0x1.22e81a198e0b0p-17,
        -0x1.0c05c1075e4cbp-21, 0x1.bde3b3fba48e9p-20,  0x1.c46a2112078a6p-22,
        -0x1.087f2eb18a7b1p-22, -0x1.26319a861b7c5p-23, 0x1.5deecce4988c3p-27,
        0x1.7a7015abeb715p-26,  0x1.360af1f2a49dep-28,
    },
};

// From 39 on h is below half the smallest subnormal.
constexpr Value gelu_f64(Value x) {
  const Value t = min(abs(x), 39.0);
  const auto [w, off, start, rest] = gauss_tail(t, gelu_fit);

  // (1 + off) e^-(t^2 / 2) = 2^k (1 + r + r^2 tail(r))
  const auto [s, s_lo] = two_product(-0.5 * t, t);
  const Ln2Reduction e = reduce_by_ln2(s, x.like(tail_magic));
  const Value r = e.head + (fma(e.k, -ln2_lo, s_lo) + off);
  const Value r2 = r * r;

  // (start + rest) (1 + r + r^2 tail(r)) = start + small
  const Value sum = start + rest;
  const Value small = fma(sum, r, fma(sum, r2 * exp_tail(r, r2), rest));
  const Value scaled = w * tail_power(e);
  const auto [hi, hi_lo] = two_product(scaled, start);
  const Value h = fma(t, hi, t * fma(scaled, small, hi_lo));
  return fma(h, -tail_unscale, max(x, 0.0));
}

inline constexpr Expansion gelu_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::gelu(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return gelu_f64(x[0]); }}};

inline constexpr MathFunction gelu_function{Op::gelu, "a * erfc(-a / sqrt(2)) / 2", Parity::neither,
                                            Monotone::no, gelu_expansions};

}  // namespace actjit::math
