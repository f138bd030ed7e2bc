// gelu(x) = x erfc(-x / sqrt(2)) / 2 = max(x, 0) - h(|x|), h(t) = t erfc(t / sqrt(2)) / 2.
//
// In that form nothing cancels: full relative accuracy near 0, where gelu(x) is near x / 2, and in
// the negative tail down to the last subnormal near x = -38.6.
#pragma once

#include "ir/math/f32_gelu.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f32_tail.h"
#include "ir/math/gauss_tail.h"
#include "ir/math/near_f32_tail.h"

namespace actjit::math {

// tools/coefficients/gelu.sollya: erfcx(t / sqrt(2)) / 2 within 2^-56.7 of it for 0 <= t <= 39.
inline constexpr TailFit<23> gelu_fit = {
    4.0,
    {0x1.9884533d43650p-2, 4.25, 0.0},
    {0.62, 10.1},
    {
        -0x1.6635b84833569p+0,  -0x1.0197513691fc9p+1,  0x1.15acdbecd460cp+0,
        -0x1.a149404a4f61p-2,   0x1.35ee2fcfec069p-4,   0x1.f6d3fa6d72131p-7,
        -0x1.995a3935ec73cp-7,  0x1.2282689b0132p-11,   0x1.a8e5e0143e95fp-10,
        -0x1.ddf228583840dp-13, -0x1.fdf578ca92ec1p-13, 0x1.3eaed872eb9c2p-15,
        0x1.6ebd8877176c1p-15,  -0x1.e8e26736178a3p-19, -0x1.22dd7385008b6p-17,
        -0x1.09862a4a52585p-21, 0x1.bdac1805f1a6bp-20,  0x1.be443429da4aap-22,
        -0x1.09172f494455ep-22, -0x1.1db6a4a881affp-23, 0x1.86fad7cd6ca97p-27,
        0x1.66612d0d71bap-26,   0x1.110d4e0b4e14cp-28,
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
  const auto [scaled, scaled_lo] = two_product(t, w * tail_power(e));
  const Value h = fma(scaled, start, fma(scaled, small, scaled_lo * (start + small)));
  return fma(h, -tail_unscale, max(x, 0.0));
}

inline constexpr Expansion gelu_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::gelu(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return gelu_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::gelu(x[0]); },
     .flushes = true},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::gelu(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::gelu(x[0]); }}};

inline constexpr MathFunction gelu_function{Op::gelu, "a * erfc(-a / sqrt(2)) / 2", Parity::neither,
                                            Monotone::no, gelu_expansions};

}  // namespace actjit::math
