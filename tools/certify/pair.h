// A number as an unevaluated sum of two doubles with |lo| at most half a unit of hi: 107 bits.
//
// The algorithms are those of Joldes, Muller and Popescu, "Tight and rigorous error bounds for
// basic building blocks of double-word arithmetic" (ACM TOMS 44, 2017), who prove that each is off
// by at most 15 * 2^-106 relative to its result, unless something underflows or overflows.
#pragma once

#include <cmath>

#include "tools/certify/ball.h"

namespace actjit::tools {

struct Pair {
  double hi = 0;
  double lo = 0;
};

// Above the error of each function of this file, with room for a few of them in a row.
inline constexpr double pair_error = 0x1p-100;

namespace pair {

// The sum, exactly.
ACTJIT_INLINE Pair two_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
// The sum, exactly, where |a| >= |b| or a is 0.
ACTJIT_INLINE Pair quick_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}
// The product, exactly.
ACTJIT_INLINE Pair two_product(double a, double b) {
  const double p = a * b;
  return {p, std::fma(a, b, -p)};
}

ACTJIT_INLINE Pair neg(Pair a) { return {-a.hi, -a.lo}; }
ACTJIT_INLINE Pair abs(Pair a) { return {std::fabs(a.hi), a.hi < 0 ? -a.lo : a.lo}; }
// By a power of two.
ACTJIT_INLINE Pair scaled(Pair a, double power) { return {a.hi * power, a.lo * power}; }

ACTJIT_INLINE Pair add(Pair a, Pair b) {
  const Pair s = two_sum(a.hi, b.hi);
  const Pair t = two_sum(a.lo, b.lo);
  const Pair v = quick_two_sum(s.hi, s.lo + t.hi);
  return quick_two_sum(v.hi, t.lo + v.lo);
}
ACTJIT_INLINE Pair add(Pair a, double b) {
  const Pair s = two_sum(a.hi, b);
  return quick_two_sum(s.hi, a.lo + s.lo);
}
ACTJIT_INLINE Pair sub(Pair a, Pair b) { return add(a, neg(b)); }

ACTJIT_INLINE Pair mul(Pair a, Pair b) {
  const Pair p = two_product(a.hi, b.hi);
  const double cross = std::fma(a.lo, b.hi, std::fma(a.hi, b.lo, a.lo * b.lo));
  return quick_two_sum(p.hi, p.lo + cross);
}
ACTJIT_INLINE Pair mul(Pair a, double b) {
  const Pair p = two_product(a.hi, b);
  return quick_two_sum(p.hi, std::fma(a.lo, b, p.lo));
}

ACTJIT_INLINE Pair div(Pair a, Pair b) {
  const double q = a.hi / b.hi;
  const Pair p = mul(b, q);
  const double rest = (a.hi - p.hi) + (a.lo - p.lo);
  return quick_two_sum(q, rest / b.hi);
}

ACTJIT_INLINE Pair sqrt(Pair a) {
  const double s = std::sqrt(a.hi);
  const double rest = std::fma(-s, s, a.hi) + a.lo;
  return quick_two_sum(s, a.hi == 0 ? 0.0 : rest / (s + s));
}

}  // namespace pair

}  // namespace actjit::tools
