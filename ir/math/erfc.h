// erfc(x) = 1 - erf(x), with full relative accuracy in the tail.
#pragma once

#include "ir/math/gauss_tail.h"

namespace actjit::math {

// tools/coefficients/erfc.sollya: erfcx(x) within 2^-57.4 of it for 0 <= x <= 28.
inline constexpr TailFit<26> erfc_fit = {
    2.0,
    {0x1.20dd750429b70p-1, 2.125},
    {1.0, 2.55},
    {
        -0x1.2e848cce86421p-2,  -0x1.d690603c7f1f0p-1,  0x1.972df4438c333p-3,
        0x1.b29438cc39902p-5,   -0x1.0e4849de0efacp-5,  -0x1.cfc78f0c86d51p-8,
        0x1.5a67e7cbcce7cp-8,   0x1.fba7ab5be3584p-10,  -0x1.774186fbffc68p-11,
        -0x1.2f2c763cf3576p-11, -0x1.9336806a63787p-22, 0x1.1dab960733084p-13,
        0x1.9eb36f3534732p-15,  -0x1.f8a6d83665517p-17, -0x1.48060d7af542bp-16,
        -0x1.4f75f3414d212p-18, 0x1.970c2f324abc9p-19,  0x1.9e56d52697ebdp-19,
        0x1.98644e593739bp-21,  -0x1.44f895e45bf51p-21, -0x1.32165f045e3dfp-21,
        -0x1.fa8bcbfb63499p-25, 0x1.269b9ee271d72p-23,  0x1.b4b1e630d74c2p-25,
        -0x1.8f3a68d512246p-27, -0x1.ce3a015e3e720p-28,
    },
};

// From 28 on the result is below half the smallest subnormal.
constexpr Value erfc_f64(Value x) {
  const Value t = min(abs(x), 28.0);
  const auto [w, off, line, rest] = gauss_tail(t, erfc_fit);

  // (1 + off) e^-(t^2) = 2^k (e_hi + e_lo)
  const auto [s, s_lo] = two_product(-t, t);
  const Ln2Reduction e = reduce_by_ln2(s, x.like(tail_magic));
  const Value head_lo = fma(e.k, -ln2_lo, s_lo) + off;
  const Value r = e.head + head_lo;
  const Value r2 = r * r;
  const Value e_hi = e.head + 1.0;
  const Value e_lo = fma(r2, exp_tail(r, r2), (e.head - (e_hi - 1.0)) + head_lo);

  const auto [product, product_lo] = two_product(line, e_hi);
  const Value small = fma(rest, e_hi, fma(line + rest, e_lo, product_lo));
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
