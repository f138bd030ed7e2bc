// erfc(x) = 1 - erf(x), with full relative accuracy in the tail.
#pragma once

#include "ir/math/gauss_tail.h"

namespace actjit::math {

// tools/coefficients/erfc.sollya: erfcx(x) within 2^-57.4 of it for 0 <= x <= 28.
inline constexpr TailFit<26> erfc_fit = {
    2.0,
    {0x1.20dd750429b70p-1, 1.0, 3.625},
    {1.0, 2.55},
    {
        -0x1.3a12333a19084p-4,  -0x1.a4180f1fc7c19p-7,  0x1.972df4438c331p-3,
        0x1.b29438cc39ae4p-5,   -0x1.0e4849de0ed4dp-5,  -0x1.cfc78f0ca0005p-8,
        0x1.5a67e7cbac886p-8,   0x1.fba7ab61187c2p-10,  -0x1.774186ee0c800p-11,
        -0x1.2f2c768c3e022p-11, -0x1.933a024826fcfp-22, 0x1.1dab9bdd8eb91p-13,
        0x1.9eb392b68479ap-15,  -0x1.f8a7f12dd4d8ep-17, -0x1.4806f8b1fb23bp-16,
        -0x1.4f71c23b7b24cp-18, 0x1.971c590805214p-19,  0x1.9e4d4e36a5653p-19,
        0x1.9806c9cb61cc7p-21,  -0x1.44e4ea8161bcbp-21, -0x1.31c0e4bc64493p-21,
        -0x1.fa39a5db928e0p-25, 0x1.25e8a57293661p-23,  0x1.b3f8a6bfbd633p-25,
        -0x1.8cac614121b35p-27, -0x1.cc23ae4021afdp-28,
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
    {DType::f64, 1.0, [](std::span<const Value> x) { return erfc_f64(x[0]); }}};

inline constexpr MathFunction erfc_function{Op::erfc, "", Parity::neither, Monotone::decreasing,
                                            erfc_expansions};

}  // namespace actjit::math
