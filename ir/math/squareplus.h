// squareplus(a, b) = (a + sqrt(a^2 + b)) / 2, and b / (2 (sqrt(a^2 + b) - a)) where a < 0; NaN
// where b < 0, infinity where b is.
#pragma once

#include <limits>

#include "ir/math/doubledouble.h"
#include "ir/math/hypot.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// What a constant's f64 leaves of it, relative to it.
constexpr double relative_rest(Value b) {
  if (!b.graph->is_constant(b.id)) return 0;
  const Real r = b.graph->real(b.id);
  return r.lo == 0 ? 0 : r.lo / r.hi;
}

// Scaled by a power of two against overflow and underflow; the root is made exact by the residual,
// as in hypot.
constexpr Value squareplus_f64(Value a, Value b) {
  const double rest = relative_rest(b);
  const Value x = abs(a);
  const auto [scale, inverse] = binade(max(x, sqrt(b)));
  const Value u = x * inverse;
  const Value v = b * inverse * inverse;

  const auto [uu, uu_lo] = two_product(u, u);
  const Value s = sqrt(fma(u, u, v));
  const auto [ss, ss_lo] = two_product(s, s);
  const Value large = max(uu, v) - ss;
  const Value small = uu_lo - ss_lo;
  const Value residual = (large + min(uu, v)) + (rest == 0 ? small : fma(v, rest, small));
  const auto [sum, sum_error] = fast_two_sum(s, u);
  const Value sum_lo = fma(residual, rough_half_reciprocal(s), sum_error);

  // b / (2 half) / 2: its f64's relative rest is taken from the divisor.
  const Value right = (sum + sum_lo) * 0.5 * scale;
  const Value half = rest == 0 ? right : (sum + fma(sum, -rest, sum_lo)) * 0.5 * scale;
  const Value finite = select(a < 0.0, abs(b) / half * 0.25, right);
  const double infinity = std::numeric_limits<double>::infinity();
  const Value limit = select(b == infinity, b + x, max(a, 0.0));
  return select(((x == infinity) & (b >= 0.0)) | (b == infinity), limit, finite);
}

inline constexpr Expansion squareplus_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::squareplus(x[0], x[1]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return squareplus_f64(x[0], x[1]); }}};

inline constexpr MathFunction squareplus_function{Op::squareplus, "(a + sqrt(a * a + b)) / 2",
                                                  Parity::neither, Monotone::no,
                                                  squareplus_expansions};

}  // namespace actjit::math
