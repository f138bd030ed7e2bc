// e^x = 2^k (1 + p), and what the functions made of exponentials share.
//
// k by adding 1.5 * 2^52, which rounds to an integer and leaves k in the low bits of the sum; the
// reduction in two steps is W. J. Cody and W. Waite, Software Manual for the Elementary Functions,
// 1980.
#pragma once

#include "ir/math/constants.h"
#include "ir/math/doubledouble.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f64_fast.h"
#include "ir/math/function.h"
#include "ir/math/near_f32.h"
#include "ir/math/poly.h"

namespace actjit::math {

// tools/coefficients/exp.sollya: e^r = 1 + r + r^2 q(r) within 2^-61.9 of e^r, and
// expm1(r) = r + r^2 q(r) within 2^-60.6, for |r| <= ln2 / 2.
inline constexpr Coefficients<11> exp_q = {
    0x1p-1,
    0x1.5555555555557p-3,
    0x1.5555555555557p-5,
    0x1.111111111005p-7,
    0x1.6c16c16c156a5p-10,
    0x1.a01a01ac1e913p-13,
    0x1.a01a01ab9885dp-16,
    0x1.71de01aacddadp-19,
    0x1.27e4cfaefcfe4p-22,
    0x1.af4ecf3058ec3p-26,
    0x1.1f86f0df0b6f2p-29,
};

// 2^k from k in the low 12 bits of an integer (the upper bits do not matter), -1022 <= k <= 1023.
constexpr Value power_of_two(Value k) {
  return bitcast(shl(k, 52) + std::int64_t{0x3ff0000000000000}, DType::f64);
}

// x + x_lo = k ln2 + r, |r| <= ln2 / 2.
struct Ln2Reduction {
  Value k;
  Value k_bits;  // k in the low bits of an integer, plus the offset of the magic number
  Value head;    // x - k ln2_hi, exact: a multiple of 2^-54 below 1/2
  Value r;
  Value x_lo = {};

  // r - v without r's rounding error, for v near r.
  constexpr Value beyond(Value v) const {
    const Value rest = fma(k, -ln2_lo, head - v);
    return x_lo.graph ? rest + x_lo : rest;
  }
};

// `magic` is 1.5 * 2^52 plus a small integer: 2^k comes out scaled by two to that power.
constexpr Ln2Reduction reduce_by_ln2(Value x, Value magic) {
  const Value sum = fma(x, log2_e, magic);
  const Value k = sum - magic;
  const Value head = fma(k, -ln2_hi, x);
  return {k, bitcast(sum, DType::i64), head, fma(k, -ln2_lo, head)};
}
constexpr Ln2Reduction reduce_by_ln2(Value x, Value x_lo, Value magic) {
  Ln2Reduction out = reduce_by_ln2(x, magic);
  out.r = out.r + x_lo;
  out.x_lo = x_lo;
  return out;
}

// (e^r - 1 - r) / r^2.
constexpr Value exp_tail(Value r, Value r2) { return constant_last(r, r2, exp_q); }

// e^r - 1.
constexpr Value expm1_reduced(Value r) {
  const Value r2 = r * r;
  return fma(r2, exp_tail(r, r2), r);
}

// e^r - 1 as hi + lo, within 2^-56: r_lo (e^r - 1) is left out.
constexpr DoubleDouble expm1_pair(const Ln2Reduction& x) {
  const Value r2 = x.r * x.r;
  const Value q = exp_tail(x.r, r2);
  const Value hi = fma(r2, q, x.r);
  return {hi, fma(r2, q, x.beyond(hi))};
}

// e^r within 0.7 ULP.
constexpr Value exp_reduced(const Ln2Reduction& x) {
  const Value r2 = x.r * x.r;
  const Value hi = x.r + 1.0;
  return hi + fma(r2, exp_tail(x.r, r2), x.beyond(hi - 1.0));
}

// e^r = hi + lo, but for the rounding of r^2 q.
constexpr DoubleDouble exp_reduced_pair(const Ln2Reduction& x) {
  const Value r2 = x.r * x.r;
  const Value one_and_r = x.r + 1.0;
  const Value rest = fma(r2, exp_tail(x.r, r2), x.beyond(one_and_r - 1.0));
  return fast_two_sum(one_and_r, rest);
}

// e^x - 1 within 2 ULP where 2^k is a normal number, from the reduction by `biased_magic`. r + r^2
// q would be +0 for r = -0; its opposite is not.
inline constexpr double biased_magic = integer_magic + 1023;
constexpr Value expm1_of(const Ln2Reduction& x) {
  const Value scale = bitcast(shl(x.k_bits, 52), DType::f64);
  const Value r2 = x.r * x.r;
  const Value minus_p = fma(-r2, exp_tail(x.r, r2), -x.r);
  return fma(-scale, minus_p, -(1.0 - scale));
}

// How e^x is scaled on the way: 2^k stays normal, and a last product with `unscale` brings
// overflow, or rounds a subnormal result once.
struct ExpScaling {
  Value magic;
  Value unscale;
};
constexpr ExpScaling exp_scaling(Value x) {
  const Value negative = x < 0.0;
  return {select(negative, x.like(integer_magic + 64), integer_magic - 64),
          select(negative, x.like(0x1p-64), 0x1p64)};
}

constexpr Value exp_f64(Value x) {
  const Value t = min(max(x, -746.0), 710.0);
  const auto [magic, unscale] = exp_scaling(t);
  const Ln2Reduction reduced = reduce_by_ln2(t, magic);
  return exp_reduced(reduced) * power_of_two(reduced.k_bits) * unscale;
}

inline constexpr Expansion exp_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::exp(x[0]); }},
    {.dtype = DType::f64,
     .max_ulp = f64::fast_ulp,
     .expand = [](std::span<const Value> x) { return f64::fast::exp(x[0]); },
     .flushes = true},
    {DType::f64, 1.0, [](std::span<const Value> x) { return exp_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::exp(x[0]); },
     .flushes = true},
    {.dtype = DType::f32,
     .max_ulp = f32::fast_ulp,
     .expand = [](std::span<const Value> x) { return f32::exp_or_zero(x[0], f32::fast); },
     .flushes = true},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::exp(x[0]); }}};

inline constexpr MathFunction exp_function{Op::exp, "", Parity::neither, Monotone::increasing,
                                           exp_expansions};

}  // namespace actjit::math
