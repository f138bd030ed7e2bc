// What slopes are made of where f64 counts to its last bits: values as hi + lo, and exponentials
// that do not become subnormal numbers before their last factor.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/value.h"

namespace actjit::derivative {

using math::DoubleDouble;
using math::two_product;
using math::two_sum;

constexpr Value exp(Value x) { return apply(Op::exp, {x}); }

// b in real numbers, where f64 counts computed as a (ir/math/compensated.h).
constexpr Value compensated(Value a, Value b) { return apply(Op::compensated, {a, b}); }

constexpr DoubleDouble sum(DoubleDouble a, Value b) {
  const auto [hi, lo] = two_sum(a.hi, b);
  return {hi, lo + a.lo};
}
constexpr DoubleDouble product(DoubleDouble a, Value b) {
  const auto [hi, lo] = two_product(a.hi, b);
  return {hi, fma(a.lo, b, lo)};
}
constexpr DoubleDouble square(DoubleDouble a) {
  const auto [hi, lo] = two_product(a.hi, a.hi);
  return {hi, fma(a.hi * 2.0, a.lo, lo)};
}
constexpr DoubleDouble divided(DoubleDouble n, DoubleDouble d) {
  const Value inverse = 1.0 / d.hi;
  const Value q = n.hi * inverse;
  return {q, fma(-q, d.lo, fma(-q, d.hi, n.hi) + n.lo) * inverse};
}

// e^v for v <= 0 is value * unscale. Where it would be a subnormal number, v is 74.96875 larger,
// and e^-74.96875 is an f64 to 2^-65: the sum is exact, and so is a product with `unscale` as hi +
// lo.
struct LeftExponential {
  Value value;
  Value unscale;
};
constexpr LeftExponential left_exponential(Value v) {
  const Value far = v < -700.0;
  return {exp(select(far, v + 74.96875, v)), select(far, v.like(0x1.cb315a23a7415p-109), 1.0)};
}
// The exponential times `factor` and 1 + off, rounded once.
constexpr Value times(const LeftExponential& e, DoubleDouble factor, Value off = {}) {
  const DoubleDouble f = product(factor, e.unscale);
  const Value lo = off.graph ? fma(f.hi, off, f.lo) : f.lo;
  return fma(e.value, f.hi, e.value * lo);
}

}  // namespace actjit::derivative
