// Ball arithmetic around pairs of doubles: the first level of the oracle for f64. See ball.h, whose
// bounds hold here with pair_error in place of a rounding error.
//
//   e = 0                        exactly hi + lo, or NaN
//   hi and e finite              the real number lies in [hi + lo - e, hi + lo + e]
//   |hi| = e = vanishing         a real number of the sign of hi, not 0, below 2^-2200: times any
//                                double it still is far below all doubles
//   hi infinite, 0 < e finite    a real number of that sign, at least 2^e: what overflowed
//   anything else                nothing is known
//
// Infinite inputs are not known here: they are left to the next level.
#pragma once

#include "tools/certify/pair.h"

namespace actjit::tools {

struct PairBall {
  double hi = 0;
  double lo = 0;
  double e = 0;

  ACTJIT_INLINE Pair pair() const { return {hi, lo}; }
  ACTJIT_INLINE Ball<double> rough() const { return {hi, e}; }
};

// A normal number: processors take a hundred cycles and more for products with one that is not.
inline constexpr double vanishing = std::numeric_limits<double>::min();
// Below these exponents of e and 2, and from these arguments on, functions have vanished.
inline constexpr double exp_vanishes = -1530, exp2_vanishes = -2210;
inline constexpr double erfc_vanishes = 43, gelu_gate_vanishes = -60;

namespace pair_ball {

using Traits = BallTraits<double>;

ACTJIT_INLINE PairBall make(Pair x, double e) { return {x.hi, x.lo, e}; }

ACTJIT_INLINE bool is_vanishing(PairBall a) {
  return (a.e == vanishing) & (std::fabs(a.hi) == vanishing);
}
// Neither vanishing nor infinite nor unknown.
ACTJIT_INLINE bool is_plain(PairBall a) {
  return (std::fabs(a.hi) <= largest<double>)&(a.e <= largest<double>)&!is_vanishing(a);
}
ACTJIT_INLINE bool is_exact_zero(PairBall a) { return (a.hi == 0) & (a.e == 0); }
ACTJIT_INLINE bool is_one_double(PairBall a) { return a.lo == 0; }
ACTJIT_INLINE bool has_sign(PairBall a) { return a.e < std::fabs(a.hi) * (1 - 0x1p-50); }

// A ball that is known to lie on one side of zero, that of `sign`, keeps to it.
ACTJIT_INLINE PairBall one_sided(Pair x, double e, double sign, bool known) {
  const bool cut = known & !(e < std::fabs(x.hi) * (1 - 0x1p-50));
  const double half = (std::fabs(x.hi) + e) * (Traits::slack / 2);
  return {cut ? std::copysign(half, sign) : x.hi, cut ? 0.0 : x.lo, cut ? half : e};
}

ACTJIT_INLINE PairBall add(PairBall a, PairBall b) {
  const Pair s = pair::add(a.pair(), b.pair());
  const bool exact = is_one_double(a) & is_one_double(b);
  const double rounding = exact ? 0.0 : std::fabs(s.hi) * pair_error;
  // 0 + 0 keeps the sign that the sum of the two gives it.
  const double hi = exact & (s.hi == 0) ? a.hi + b.hi : s.hi;
  return {hi, s.lo, (a.e + b.e + rounding) * Traits::slack};
}
ACTJIT_INLINE PairBall neg(PairBall a) { return {-a.hi, -a.lo, a.e}; }
ACTJIT_INLINE PairBall sub(PairBall a, PairBall b) { return add(a, neg(b)); }
ACTJIT_INLINE PairBall abs(PairBall a) { return make(pair::abs(a.pair()), a.e); }

ACTJIT_INLINE PairBall mul(PairBall a, PairBall b) {
  const Pair p = pair::mul(a.pair(), b.pair());
  const bool exact = is_one_double(a) & is_one_double(b) & (std::fabs(p.hi) >= Traits::small);
  const double rounding = exact ? 0.0 : std::fabs(p.hi) * pair_error + Traits::tiny;
  const double spread = std::fabs(a.hi) * b.e + a.e * (std::fabs(b.hi) + b.e);
  const bool zero = is_exact_zero(a) | is_exact_zero(b);
  const bool known = ((a.e == 0) | has_sign(a)) & ((b.e == 0) | has_sign(b));
  const double e = (spread + rounding + (a.e + b.e > 0 ? Traits::tiny : 0.0)) * Traits::slack;
  return zero ? PairBall{a.hi * b.hi, 0, 0} : one_sided(p, e, a.hi * b.hi, known);
}

// |A / B - q| <= (|a - q b| + ae + |q| be) / (|b| - be)
ACTJIT_INLINE PairBall div(PairBall a, PairBall b) {
  const Pair q = pair::div(a.pair(), b.pair());
  const bool normal = (std::fabs(q.hi) >= Traits::small) & (std::fabs(a.hi) >= Traits::small);
  const bool exact = is_one_double(a) & is_one_double(b) & (q.lo == 0) & normal & (a.e + b.e == 0);
  const double least = std::fabs(b.hi) * (1 - 0x1p-50) - b.e;
  const double tiny = normal & (a.e + b.e == 0) ? 0.0 : Traits::tiny;
  const double e =
      ((a.e + std::fabs(q.hi) * b.e + tiny) / least + std::fabs(q.hi) * pair_error + tiny) *
      Traits::slack;
  const bool known = (a.e == 0) | has_sign(a);
  const PairBall r = one_sided(q,
                               exact       ? 0.0
                               : least > 0 ? e
                                           : infinite<double>,
                               a.hi / b.hi, known);
  return is_exact_zero(a) ? PairBall{a.hi / b.hi, 0, least > 0 ? 0.0 : infinite<double>} : r;
}

// |sqrt(A) - s| <= |A - s^2| / s
ACTJIT_INLINE PairBall sqrt(PairBall a) {
  const Pair s = pair::sqrt(a.pair());
  const bool exact = (a.e == 0) & is_one_double(a) & (s.lo == 0) & (a.hi >= Traits::small);
  const bool inside = a.e < a.hi * (1 - 0x1p-50);
  const bool tiny = (a.e > 0) | (a.hi < Traits::small);
  const double e = ((a.e + (tiny ? Traits::tiny : 0.0)) / s.hi + s.hi * pair_error) * Traits::slack;
  const PairBall r = make(s, exact ? 0.0 : inside ? e : infinite<double>);
  return is_exact_zero(a) ? a : r;
}

// Whether a and b are certainly apart, or both exact.
ACTJIT_INLINE bool comparable(PairBall a, PairBall b) {
  const double both = (a.e + b.e) * Traits::slack;
  const double apart = std::fabs(pair::sub(a.pair(), b.pair()).hi) * (1 - 0x1p-50);
  return (both == 0) | (apart > both);
}
// The sign of a - b.
ACTJIT_INLINE double order(PairBall a, PairBall b) { return pair::sub(a.pair(), b.pair()).hi; }

// Where it is not known which is chosen, the larger error covers both.
ACTJIT_INLINE PairBall chosen(PairBall a, PairBall b, bool second) {
  const double worse = a.e > b.e ? a.e : b.e;
  const double own = second ? b.e : a.e;
  return {second ? b.hi : a.hi, second ? b.lo : a.lo, comparable(a, b) ? own : worse};
}
ACTJIT_INLINE PairBall min(PairBall a, PairBall b) { return chosen(a, b, order(b, a) < 0); }
ACTJIT_INLINE PairBall max(PairBall a, PairBall b) { return chosen(a, b, order(b, a) > 0); }

ACTJIT_INLINE PairBall copysign(PairBall a, PairBall b) {
  const bool same = std::copysign(1.0, a.hi) == std::copysign(1.0, b.hi);
  const bool known = (b.e == 0) | has_sign(b);
  return {same ? a.hi : -a.hi, same ? a.lo : -a.lo, known ? a.e : infinite<double>};
}

ACTJIT_INLINE PairBall truth(bool value, bool known) {
  return {value ? 1.0 : 0.0, 0, known ? 0.0 : 1.0};
}

}  // namespace pair_ball

}  // namespace actjit::tools
