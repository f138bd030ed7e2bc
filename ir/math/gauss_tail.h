// erfcx(x) = e^(x^2) erfc(x), the tail of the Gauss integral without its exponential, for erfc and
// gelu: it falls from 1 at 0 like 1 / (x sqrt(pi)).
//
// One polynomial for the whole half line (M. M. Shepherd and J. G. Laframboise, "Chebyshev
// approximation of (1 + 2x) exp(x^2) erfc(x) in 0 <= x < infinity", 1981): with w = 1 / (t + K) and
// q = 1 - 2 K w the function is w (a + b w + c w^2 + w H(q)), a its limit times t. The rounding
// errors of the first terms are kept; the rest is smaller, and small in the tail.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"

namespace actjit::math {

template <std::size_t n>
struct TailFit {
  double pole;            // K, a power of two
  double start[3];        // a, b, c, not negative; a a multiple of 2^-50, b of few bits
  double sensitivity[2];  // s0 + s1 w: minus the logarithmic derivative in w, roughly
  Coefficients<n> rest;   // H
};

// The function is w (1 + off) (start + rest).
struct Tail {
  Value w;
  Value off;
  Value start;
  Value rest;
};

template <std::size_t n>
constexpr Tail gauss_tail(Value t, const TailFit<n>& fit) {
  // t + K = d + d_lo, as K has but one bit; `off` is what the relative error of the rounded w does
  // to the function, through start and rest too.
  const Value d = t + fit.pole;
  const Value d_lo = t - (d - fit.pole);
  const Value w = 1.0 / d;
  const Value error = fma(-w, d_lo, fma(-w, d, 1.0));
  const Value off = error * fma(w, fit.sensitivity[1], fit.sensitivity[0]);

  const Value q = fma(w, -2 * fit.pole, 1.0);
  Value h = even_odd(q, fit.rest);
  // Sums of positive terms, so that the differences are exact.
  const auto [a, b, c] = fit.start;
  Value slope = w.like(b);
  if (c != 0) {
    slope = fma(w, c, b);
    h = h + fma(w, c, b - slope);
  }
  const Value start = fma(w, slope, a);
  return {w, off, start, fma(w, h, fma(w, slope, a - start))};
}

// The exponentials beside it are scaled up, so that subnormal results are rounded once, at the end.
inline constexpr double tail_unscale = 0x1p-128;
inline constexpr double tail_magic = integer_magic + 128 + 1023;

// 2^(k + 128), whose exponent bias is in the magic number.
constexpr Value tail_power(const Ln2Reduction& x) { return bitcast(shl(x.k_bits, 52), DType::f64); }

}  // namespace actjit::math
