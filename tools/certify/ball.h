// Ball arithmetic: a number known to within an error. T is double or long double.
//
//   v any, e = 0             exactly v; infinities and NaN included
//   v and e finite           the real number lies in [v - e, v + e]
//   v infinite, e finite > 0 a real number of that sign whose magnitude is at least e: what
//                            overflowed
//   anything else            nothing is known
//
// The functions here are right where operands and result are finite; a result that is not finite,
// or has operands that are not, goes through ball_special.h. They are branch-free: the compiler
// makes vectors of loops over them.
#pragma once

#include <cmath>
#include <limits>

namespace actjit::tools {

template <class T>
struct Ball {
  T v = 0;
  T e = 0;
};

// A bool is 1 or 0 with e = 0, or has e = 1 where it is not known.
template <class T>
struct BallTraits;

template <>
struct BallTraits<double> {
  // What a few roundings of an error bound may take from it.
  static constexpr double slack = 1 + 0x1p-48;
  // Above all subnormals: what underflow may take, and where it may happen.
  static constexpr double tiny = 0x1p-1070;
  static constexpr double small = 0x1p-900;
  // A result that is infinite though its operands are not has at least this magnitude.
  static constexpr double overflow = 0x1p1000;
  // Overflowed numbers below this are forgotten.
  static constexpr double least_overflow = 0x1p300;
};
template <>
struct BallTraits<long double> {
  static constexpr long double slack = 1 + 0x1p-59L;
  // A normal number: x87 takes a hundred cycles and more for an operand that is not.
  static constexpr long double tiny = 0x1p-16380L;
  static constexpr long double small = 0x1p-16000L;
  static constexpr long double overflow = 0x1p16000L;
  static constexpr long double least_overflow = 0x1p2000L;
};

#define ACTJIT_INLINE [[gnu::always_inline]] inline

template <class T>
inline constexpr T infinite = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T largest = std::numeric_limits<T>::max();

template <class T>
ACTJIT_INLINE bool is_finite(T x) {
  return std::fabs(x) <= largest<T>;
}
template <class T>
ACTJIT_INLINE bool is_finite(Ball<T> a) {
  return is_finite(a.v) & is_finite(a.e);
}
template <class T>
ACTJIT_INLINE bool is_exact_zero(Ball<T> a) {
  return (a.v == 0) & (a.e == 0);
}

// a * b - p for p = a * b rounded: the error of the product, exactly, unless it underflows.
ACTJIT_INLINE double product_error(double a, double b, double p) { return std::fma(a, b, -p); }
// Veltkamp and Dekker: faster than the C library's fma in software.
ACTJIT_INLINE long double product_error(long double a, long double b, long double p) {
  constexpr long double split = 0x1p32L + 1;
  const long double sa = split * a, sb = split * b;
  const long double ah = sa - (sa - a), bh = sb - (sb - b);
  const long double al = a - ah, bl = b - bh;
  return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
}

// A ball that is known not to lie on the other side of zero keeps to its side.
template <class T>
ACTJIT_INLINE Ball<T> one_sided(T v, T e, bool known) {
  const bool cut = known & (e > std::fabs(v));
  const T half = (std::fabs(v) + e) * (BallTraits<T>::slack / 2);
  return {cut ? std::copysign(half, v) : v, cut ? half : e};
}

namespace ball {

template <class T>
ACTJIT_INLINE Ball<T> add(Ball<T> a, Ball<T> b) {
  const T s = a.v + b.v;
  const T t = s - a.v;
  const T rounding = (a.v - (s - t)) + (b.v - t);  // exact (Knuth)
  const T e = (a.e + b.e + std::fabs(rounding)) * BallTraits<T>::slack;
  const bool one_side = (a.e <= std::fabs(a.v)) & (b.e <= std::fabs(b.v));
  return one_sided(s, e, one_side & ((a.v >= 0) == (b.v >= 0)));
}

template <class T>
ACTJIT_INLINE Ball<T> neg(Ball<T> a) {
  return {-a.v, a.e};
}
template <class T>
ACTJIT_INLINE Ball<T> sub(Ball<T> a, Ball<T> b) {
  return add(a, neg(b));
}

template <class T>
ACTJIT_INLINE Ball<T> mul(Ball<T> a, Ball<T> b) {
  using Traits = BallTraits<T>;
  const T p = a.v * b.v;
  const T rounding = std::fabs(product_error(a.v, b.v, p));
  const bool underflows = (a.e + b.e > 0) | (std::fabs(p) < Traits::small);
  const T spread = std::fabs(a.v) * b.e + a.e * (std::fabs(b.v) + b.e);
  const T e = (spread + rounding + (underflows ? Traits::tiny : 0)) * Traits::slack;
  const bool one_side = (a.e <= std::fabs(a.v)) & (b.e <= std::fabs(b.v));
  return one_sided(p, is_exact_zero(a) | is_exact_zero(b) ? T{0} : e, one_side);
}

// |A / B - q| <= (|a - q b| + ae + |q| be) / (|b| - be)
template <class T>
ACTJIT_INLINE Ball<T> div(Ball<T> a, Ball<T> b) {
  using Traits = BallTraits<T>;
  const T q = a.v / b.v;
  const T p = q * b.v;
  const T rest = std::fabs((a.v - p) - product_error(q, b.v, p));
  const T least = std::fabs(b.v) - b.e;
  const bool underflows =
      (a.e + b.e > 0) | (std::fabs(q) < Traits::small) | (std::fabs(a.v) < Traits::small);
  const T tiny = underflows ? Traits::tiny : 0;
  const T e = ((a.e + std::fabs(q) * b.e + rest + tiny) / least + tiny) * Traits::slack;
  const T bound = is_exact_zero(a) ? T{0} : e;
  return one_sided(q, least > 0 ? bound : infinite<T>, a.e <= std::fabs(a.v));
}

// |sqrt(A) - s| = |A - s^2| / (sqrt(A) + s)
template <class T>
ACTJIT_INLINE Ball<T> sqrt(Ball<T> a) {
  using Traits = BallTraits<T>;
  const T s = std::sqrt(a.v);
  const T p = s * s;
  const T rest = std::fabs((a.v - p) - product_error(s, s, p));
  const bool underflows = (a.e > 0) | (a.v < Traits::small);
  const T e = ((a.e + rest + (underflows ? Traits::tiny : 0)) / s) * Traits::slack;
  return {s, a.v - a.e < 0 ? infinite<T> : is_exact_zero(a) ? T{0} : e};
}

template <class T>
ACTJIT_INLINE Ball<T> abs(Ball<T> a) {
  return {std::fabs(a.v), a.e};
}

// Whether a and b are certainly apart, or both exact.
template <class T>
ACTJIT_INLINE bool comparable(Ball<T> a, Ball<T> b) {
  const T both = (a.e + b.e) * BallTraits<T>::slack;
  return (both == 0) | (std::fabs(a.v - b.v) > both);
}

// Where it is not known which is chosen, the larger error covers both.
template <class T>
ACTJIT_INLINE Ball<T> chosen(Ball<T> a, Ball<T> b, bool second) {
  const T worse = a.e > b.e ? a.e : b.e;
  const T own = second ? b.e : a.e;
  return {second ? b.v : a.v, comparable(a, b) ? own : worse};
}
template <class T>
ACTJIT_INLINE Ball<T> min(Ball<T> a, Ball<T> b) {
  return chosen(a, b, b.v < a.v);
}
template <class T>
ACTJIT_INLINE Ball<T> max(Ball<T> a, Ball<T> b) {
  return chosen(a, b, b.v > a.v);
}

template <class T>
ACTJIT_INLINE Ball<T> copysign(Ball<T> a, Ball<T> b) {
  const bool known = (b.e == 0) | (std::fabs(b.v) > b.e);
  return {std::copysign(a.v, b.v), known ? a.e : infinite<T>};
}

template <class T>
ACTJIT_INLINE Ball<T> truth(bool value, bool known) {
  return {value ? T{1} : T{0}, known ? T{0} : T{1}};
}

// The ends of a ball, not inside of it.
template <class T>
ACTJIT_INLINE T low_end(Ball<T> a) {
  return a.v - (a.e + (a.e > 0 ? std::fabs(a.v) * std::numeric_limits<T>::epsilon() : T{0})) *
                   BallTraits<T>::slack;
}
template <class T>
ACTJIT_INLINE T high_end(Ball<T> a) {
  return -low_end(Ball<T>{-a.v, a.e});
}

}  // namespace ball

}  // namespace actjit::tools
