// The derivative of silu in f32, left of 0, for tiers that are content with a few ULP.
//
// E (1 + x + E) / (1 + E)^2, E = e^x, where the sum cancels beside its root r. With u = x - r it is
// u + e^r (e^u - 1), as 1 + r = -e^r: two terms of one sign. E is made 2^shift times as large, as
// it vanishes before the result does.
#pragma once

#include "ir/math/f32_precise.h"

namespace actjit::math::f32 {

// r = -1 - W(1 / e), W Lambert's function: 24 bits, and the rest.
inline constexpr double silu_root = -0x1.4749740000000p+0;
inline constexpr double silu_root_rest = 0x1.bdf6fa40e5168p-27;
inline constexpr Real silu_root_power{0x1.1d25cf210482ep-2, -0x1.ca2d0d94faaecp-60};  // e^r

// The result has vanished before x is bounded.
constexpr Value silu_slope_on_the_left(Value x, const Terms& terms) {
  const Scaled z{max(x, -110.0)};
  const Value sum = z.sum(magic + shift);
  const Value scale = power_of_two(sum);
  const Value r = z.remainder(sum - (magic + shift));
  const Value p = r * z.polynomial(r, terms.expm1);
  const Value e = fma(scale, p, scale) * unshift;
  const Value u = (z.x - silu_root) - silu_root_rest;
  const Value rise = expm1(u, terms);
  const Truncated power = truncated(silu_root_power);
  const Value n = fma(rise, power.hi, fma(rise, power.hi * power.rest, u));
  const Value quotient = n / fma(e, e + 2.0, 1.0);
  // Times e^x, whose power 1 + p need not be rounded.
  return fma(quotient, p, quotient) * scale * unshift;
}

}  // namespace actjit::math::f32
