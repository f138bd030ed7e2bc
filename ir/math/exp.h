// e^x = 2^k (1 + p), and what the functions made of exponentials share.
//
// k by adding 1.5 * 2^52, which rounds to an integer and leaves k in the low bits of the sum; the
// reduction in two steps is W. J. Cody and W. Waite, Software Manual for the Elementary Functions,
// 1980.
#pragma once

#include "ir/math/function.h"
#include "ir/math/poly.h"

namespace actjit::math {

inline constexpr double log2_e = 0x1.71547652b82fep+0;
inline constexpr double ln2_hi = 0x1.62e42fefa39efp-1;
inline constexpr double ln2_lo = 0x1.abc9e3b39803fp-56;
// A sum with it is rounded to an integer, which its low bits then hold.
inline constexpr double integer_magic = 0x1.8p52;

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
constexpr Value power_of_two(Value k) { return bitcast(shl(k, 52) + std::int64_t{0x3ff} * (std::int64_t{1} << 52), DType::f64); }

// x = k ln2 + r, |r| <= ln2 / 2.
struct Ln2Reduction {
  Value k;      // k as a float
  Value k_bits;  // an integer whose low bits are k + the magic number's offset from 1.5 * 2^52
  Value r;
};

// `magic` is 1.5 * 2^52 plus a small integer that 2^k is to be scaled by in advance.
constexpr Ln2Reduction reduce_by_ln2(Value x, Value magic) {
  const Value sum = fma(x, log2_e, magic);
  const Value k = sum - magic;
  const Value r = fma(k, -ln2_hi, x);  // exact: a multiple of 2^-54 below 1/2
  return {k, bitcast(sum, DType::i64), fma(k, -ln2_lo, r)};
}

// p = e^r - 1.
constexpr Value expm1_reduced(Value r) {
  const Value r2 = r * r;
  return fma(r2, even_odd(r, r2, exp_q), r);
}

// The result passes through a range where 2^k is normal; the last product brings overflow, and
// rounds a subnormal result once.
constexpr Value exp_f64(Value x) {
  const Value t = min(max(x, -746.0), 710.0);
  const Value negative = t < 0.0;
  const Value magic = select(negative, x.like(integer_magic + 64), integer_magic - 64);
  const auto [k, k_bits, r] = reduce_by_ln2(t, magic);
  const Value scale = power_of_two(k_bits);
  return fma(scale, expm1_reduced(r), scale) * select(negative, x.like(0x1p-64), 0x1p64);
}

inline constexpr Expansion exp_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return exp_f64(x[0]); }}};

inline constexpr MathFunction exp_function{
    Op::exp, "", Parity::neither, Monotone::increasing, exp_expansions};

}  // namespace actjit::math
