// hypot(x, y) = sqrt(x^2 + y^2), scaled by a power of two against overflow and underflow.
//
// The root of the rounded sum is within 1.03 ULP; one Newton step with the exact residual brings it
// near 1/2 (C. F. Borges, "An improved algorithm for hypot(a, b)", 2019).
#pragma once

#include <limits>

#include "ir/math/doubledouble.h"
#include "ir/math/function.h"

namespace actjit::math {

// 1 / (2 h) within 13%: the negated exponent, and a chord in each binade.
constexpr Value rough_half_reciprocal(Value h) {
  return bitcast(std::int64_t{0x7fce6238'22fc16e6} - bitcast(h, DType::i64), DType::f64);
}

// The power of two in x >= 0, kept where its reciprocal is normal too.
struct Binade {
  Value scale;
  Value inverse;
};
constexpr Binade binade(Value x) {
  const Value bounded = min(max(x, 0x1p-1022), 0x1p1022);
  const std::int64_t exponent_mask = std::int64_t{0x7ff} << 52;
  const Value exponent = bitcast(bounded, DType::i64) & exponent_mask;
  return {bitcast(exponent, DType::f64),
          bitcast((std::int64_t{0x7fe} << 52) - exponent, DType::f64)};
}

constexpr Value hypot_f64(Value x, Value y) {
  const Value ax = abs(x);
  const Value ay = abs(y);
  const Value large = max(ax, ay);
  const auto [scale, inverse] = binade(large);
  const Value a = large * inverse;
  const Value b = min(ax, ay) * inverse;
  const Value h = sqrt(fma(a, a, b * b));
  const auto [aa, aa_lo] = two_product(a, a);
  const auto [hh, hh_lo] = two_product(h, h);
  const Value residual = fma(b, b, aa - hh) + (aa_lo - hh_lo);
  const Value root = fma(residual, rough_half_reciprocal(h), h) * scale;

  const double infinity = std::numeric_limits<double>::infinity();
  return select((ax == infinity) | (ay == infinity), x.like(infinity), root);
}

inline constexpr Expansion hypot_expansions[] = {
    {DType::f64, 0.8, [](std::span<const Value> x) { return hypot_f64(x[0], x[1]); }}};

inline constexpr MathFunction hypot_function{Op::hypot, "", Parity::neither, Monotone::no,
                                             hypot_expansions};

}  // namespace actjit::math
