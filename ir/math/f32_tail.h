// Functions of the Gauss integral in f32: see ir/math/f32.h.
#pragma once

#include "ir/math/f32.h"

namespace actjit::math::f32 {

// erfc(t / sqrt(2)) e^(t^2 / 2) (t + c) / 2 within 0.15 of 2^-23, for 0 <= t <= 14.6,
// q = t / (t + c).
inline constexpr double gauss_c = 2.5;
inline constexpr Coefficients<10> gauss_p = {
    0x1.4p0,        -0x1.3e4ef4p0, 0x1.5b5ad6p-3,  0x1.2ae1ep-2,  0x1.ca4a3ep-5,
    -0x1.31e018p-3, 0x1.18c39ep-3, -0x1.3fb244p-2, 0x1.1da8aap-2, -0x1.4603ecp-4};

// e^(f t^2) = scale (1 + p) unshift, with what the rounding of t^2 loses.
struct ExponentialOfSquare {
  Value scale;
  Value p;

  // The product with a, but for unshift: 1 + p is not rounded.
  constexpr Value times(Value a) const { return scale * fma(a, p, a); }
};
constexpr ExponentialOfSquare exponential_of_square(Value t, double factor, const Terms& terms) {
  const Value t2 = t * t;
  const Scaled z{t2, Real(factor)};
  const Value sum = z.sum(magic + shift);
  const Value r = z.remainder(sum - (magic + shift), fma(t, t, -t2));
  return {power_of_two(sum), r * z.polynomial(r, terms.expm1, factor)};
}

// max(x, 0) - t erfc(t / sqrt(2)) / 2, t = |x|.
constexpr Value gelu(Value x, const Terms& terms) {
  const Value t = min(abs(x), 14.5);
  const ExponentialOfSquare e = exponential_of_square(t, -0.5, terms);
  const Value q = t / (t + gauss_c);
  const Value tail = q * horner(q, gauss_p);
  // With -0 the result keeps the sign of x where it vanishes.
  return fma(e.times(tail), -unshift, max(x, -0.0));
}

}  // namespace actjit::math::f32
