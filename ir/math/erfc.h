// erfc(x) = 1 - erf(x), with full relative accuracy in the tail.
#pragma once

#include "ir/math/f32_erfc.h"
#include "ir/math/f32_gelu.h"
#include "ir/math/gauss_tail.h"
#include "ir/math/near_f32_tail.h"

namespace actjit::math {

// tools/coefficients/erfc.sollya: erfcx(x) within 2^-57.1 of it for 0 <= x <= 28.
inline constexpr TailFit<26> erfc_fit = {
    2.0,
    {0x1.20dd750429b70p-1, 1.0, 3.625},
    {1.0, 2.55},
    {
        -0x1.3a12333a19085p-4,  -0x1.a4180f1fc7b94p-7,  0x1.972df4438c3b2p-3,
        0x1.b29438cc38b71p-5,   -0x1.0e4849de16302p-5,  -0x1.cfc78f0b95a36p-8,
        0x1.5a67e7d145cdp-8,    0x1.fba7ab2034fcbp-10,  -0x1.7741892f5614fp-11,
        -0x1.2f2c72454ab11p-11, -0x1.92af3300c1dbdp-22, 0x1.1dab4707b5f33p-13,
        0x1.9eae4000cd736p-15,  -0x1.f898271f98137p-17, -0x1.47e474221540ap-16,
        -0x1.4fa7045f8a88cp-18, 0x1.94c60b33f9217p-19,  0x1.9e92496bd626ap-19,
        0x1.a56a030d02cddp-21,  -0x1.43a1503c9098fp-21, -0x1.3de961a94ffc3p-21,
        -0x1.165e97cd091a1p-24, 0x1.3f451389f8475p-23,  0x1.dbb2f92799f35p-25,
        -0x1.e92f7deb1994bp-27, -0x1.1428b867ca3f7p-27,
    },
};

// From 28 on the result is below half the smallest subnormal.
constexpr Value erfc_f64(Value x) {
  const Value t = min(abs(x), 28.0);
  const auto [w, off, start, rest] = gauss_tail(t, erfc_fit);

  // (1 + off) e^-(t^2) = 2^k (e_hi + e_lo)
  const auto [s, s_lo] = two_product(-t, t);
  const Ln2Reduction e = reduce_by_ln2(s, x.like(tail_magic));
  const Value head_lo = fma(e.k, -ln2_lo, s_lo) + off;
  const Value r = e.head + head_lo;
  const Value r2 = r * r;
  const Value e_hi = e.head + 1.0;
  const Value e_lo = fma(r2, exp_tail(r, r2), (e.head - (e_hi - 1.0)) + head_lo);

  const auto [product, product_lo] = two_product(start, e_hi);
  const Value small = fma(rest, e_hi, fma(start + rest, e_lo, product_lo));
  const auto [hi, hi_lo] = two_product(w, product);
  const Value tail = (hi + fma(w, small, hi_lo)) * tail_power(e);

  // erfc(-x) = 2 - erfc(x)
  const Value negative = x < 0.0;
  return fma(tail, select(negative, x.like(-tail_unscale), tail_unscale),
             select(negative, x.like(2.0), 0.0));
}

inline constexpr Expansion erfc_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::erfc(x[0]); }},
    {DType::f64, 0.9, [](std::span<const Value> x) { return erfc_f64(x[0]); }},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::erfc(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::erfc(x[0]); }}};

inline constexpr MathFunction erfc_function{Op::erfc, "", Parity::neither, Monotone::decreasing,
                                            erfc_expansions};

}  // namespace actjit::math
