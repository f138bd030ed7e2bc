// erfc(x) = 1 - erf(x), with full relative accuracy in the tail.
#pragma once

#include "ir/math/gauss_tail.h"

namespace actjit::math {

// tools/coefficients/erfc.sollya: erfcx(x) (x + 2) within 2^-57.9 of it for 0 <= x <= 28.
inline constexpr TailFit<27> erfc_fit = {
    2.0,
    {0x1.dp-2, 0x1.6p+1},
    {1.0, 2.55},
    {
        -0x1.e798e4ad388a1p-4,
        0x1.63cc558803b49p-12,
        0x1.1e2deea6b1161p-2,
        -0x1.2a88e6107d75dp-5,
        -0x1.606e41552512cp-6,
        0x1.a89eaff89155fp-8,
        0x1.9517bb6ccd239p-9,
        -0x1.b6fbf9ad7f41dp-11,
        -0x1.5ba4378ac5b92p-11,
        0x1.20541cc0796a0p-15,
        0x1.2efa122e73f07p-13,
        0x1.1e7623297b5b7p-15,
        -0x1.6bfdad6150425p-16,
        -0x1.0e766cf39406ep-16,
        -0x1.2ecdf7480a51cp-20,
        0x1.e901708c3aa06p-19,
        0x1.0d98ff693460bp-19,
        0x1.0438afae785edp-28,
        -0x1.399f7b9c64ba2p-21,
        -0x1.6137af7cc8212p-22,
        0x1.c8dc415c48954p-27,
        0x1.f898465293e44p-24,
        0x1.7df3a18b9ef6fp-25,
        -0x1.1e6fb0787ba15p-26,
        -0x1.c0f3e56e4f32dp-27,
        0x1.a021edadfecd8p-33,
        0x1.2837d09eeead2p-30,
    },
};

// From 28 on the result is below half the smallest subnormal.
constexpr Value erfc_f64(Value x) {
  const Value t = min(abs(x), 28.0);
  const auto [w, off, line, rest] = gauss_tail(t, erfc_fit);

  // e^-(t^2) = 2^k (e_hi + e_lo), e_hi = 1 + head rounded.
  const auto [s, s_lo] = two_product(-t, t);
  const Ln2Reduction x_ln2 = reduce_by_ln2(s, x.like(tail_magic));
  const Value head_lo = fma(x_ln2.k, -ln2_lo, s_lo);
  const Value r = x_ln2.head + head_lo;
  const Value r2 = r * r;
  const Value e_hi = x_ln2.head + 1.0;
  const Value e_lo = fma(r2, exp_tail(r, r2), (x_ln2.head - (e_hi - 1.0)) + head_lo);

  // (line + rest) (e_hi + e_lo + off)
  const auto [product, product_lo] = two_product(line, e_hi);
  const Value small = fma(rest, e_hi, fma(line + rest, e_lo + off, product_lo));
  const auto [hi, hi_lo] = two_product(w, product);
  const Value tail = (hi + fma(w, small, hi_lo)) * tail_power(x_ln2);

  // erfc(-x) = 2 - erfc(x)
  const Value negative = x < 0.0;
  return fma(tail, select(negative, x.like(-tail_unscale), tail_unscale),
             select(negative, x.like(2.0), 0.0));
}

inline constexpr Expansion erfc_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return erfc_f64(x[0]); }}};

inline constexpr MathFunction erfc_function{
    Op::erfc, "", Parity::neither, Monotone::decreasing, erfc_expansions};

}  // namespace actjit::math
