// Functions of balls: from the C library's value at (nearly) the centre to a ball around the real
// values. Each function names its bound on the derivative, which carries the operand's error.
//
//   exp, exp2            |f'| <= f            tanh, sin, cos   |f'| <= 1
//   expm1                f' = f + 1           erf              f' <= 2/sqrt(pi) < 1.13
//   log                  f' = 1/a             erfc             |f'|/f <= 2|a| + 1.5
//   log2, log10          f' <= 1.45/a, 0.44/a   (its ratio is below x + sqrt(x^2 + 2), Mills)
//   log1p                f' = 1/(1 + a)       softplus         f' <= 1, f'/f <= 1
//   sigmoid              f'/f <= 1            mish_gate        f'/f <= 1
//   gelu_gate       f'/f <= |a| + 1.1    (Mills again)
//   rsqrt                |f'|/f = 1/(2a)      tanh_shrink      f' = tanh^2 <= min(1, a^2)
#pragma once

#include "tools/certify/ball.h"
#include "tools/certify/lanes.h"

namespace actjit::tools {

// Arguments at which a function of T, and its error, are still normal and quick to compute.
template <class T>
struct Range;
template <>
struct Range<double> {
  static constexpr double exp_low = -590, exp_high = 700, exp2_low = -850, exp2_high = 1023.5;
  static constexpr double erfc_high = 24, gate_high = 40;
};
template <>
struct Range<long double> {
  static constexpr long double exp_low = -11000, exp_high = 11350;
  static constexpr long double exp2_low = -15900, exp2_high = 16380;
  static constexpr long double erfc_high = 104, gate_high = 60;
};

template <class T>
ACTJIT_INLINE T clamped(T x, T low, T high) {
  const T above = x > low ? x : low;
  return above < high ? above : high;
}

namespace ball {

// e^t - 1 for an error t of the exponent; with what the factor 1 + Lanes::error adds to it.
template <class T>
ACTJIT_INLINE T growth(T t) {
  return t <= T{0.5} ? 2 * t : infinite<T>;
}

// Far left, where the true value lies between 0 and x = f(low).
template <class T>
ACTJIT_INLINE Ball<T> above_zero(Ball<T> a, T low, T x, T e) {
  const T end = a.v + a.e * BallTraits<T>::slack;
  return {x, a.v >= low ? e : end < low ? x : infinite<T>};
}

// `x` is e^a (2^a), of the clamped centre.
template <class T>
ACTJIT_INLINE Ball<T> exponential(Ball<T> a, T x, T k, T low, T high) {
  const T e = x * (k + growth(a.e));
  const Ball<T> r = above_zero(a, low, x, e);
  return {r.v, a.v > high ? infinite<T> : r.e};
}
template <class T>
ACTJIT_INLINE Ball<T> expm1(Ball<T> a, T x, T k) {
  const T e = std::fabs(x) * k + (x + 1) * growth(a.e);
  return {x, a.v > Range<T>::exp_high ? infinite<T> : e * BallTraits<T>::slack};
}
// slope / a, of arguments above 0 (`from` the argument's distance to the pole).
template <class T>
ACTJIT_INLINE Ball<T> logarithm(T from, T ae, T x, T k, T slope) {
  const T least = from - ae;
  return {x,
          least > 0 ? (std::fabs(x) * k + slope * ae / least) * BallTraits<T>::slack : infinite<T>};
}
template <class T>
ACTJIT_INLINE Ball<T> lipschitz(Ball<T> a, T x, T k, T slope) {
  return {x, (std::fabs(x) * k + slope * a.e) * BallTraits<T>::slack};
}
// Far out a function has all but reached its limit, however large the error of its operand: beyond
// 64, by less than 2^-90 for all functions used with it.
template <class T>
ACTJIT_INLINE T saturated(T a, T ae, T x, T k, T e) {
  return a - ae * BallTraits<T>::slack > 64 ? std::fabs(x) * 4 * k : e;
}

// tanh and erf.
template <class T>
ACTJIT_INLINE Ball<T> sigmoidal(Ball<T> a, T x, T k, T slope) {
  const T e = (std::fabs(x) * k + slope * a.e) * BallTraits<T>::slack;
  return {x, saturated(std::fabs(a.v), a.e, x, k, e)};
}
// Functions with f(a) near a at 0: what underflows there; they have the sign of a near it, or
// everywhere.
template <class T>
ACTJIT_INLINE Ball<T> odd(Ball<T> a, Ball<T> r, bool keeps_sign = true) {
  const bool tiny = (std::fabs(a.v) < BallTraits<T>::small) & !is_exact_zero(a);
  const T e = tiny ? r.e + BallTraits<T>::tiny : r.e;
  return one_sided(is_exact_zero(a) ? a.v : r.v, e, keeps_sign & (a.e <= std::fabs(a.v)));
}

// `t` is e^-|a|, clamped.
template <class T>
ACTJIT_INLINE Ball<T> sigmoid(Ball<T> a, T t, T k) {
  const T r = 1 / (1 + t);
  const T x = a.v < 0 ? t * r : r;
  const T e = saturated(a.v, a.e, x, k, x * (2 * k + growth(a.e)));
  return above_zero(a, Range<T>::exp_low, x, e);
}
// `t` as above, l = log1p(t).
template <class T>
ACTJIT_INLINE Ball<T> softplus(Ball<T> a, T l, T k) {
  const T x = (a.v > 0 ? a.v : T{0}) + l;
  const T e = x * 3 * k + (a.v > 0 ? a.e : x * growth(a.e));
  return above_zero(a, Range<T>::exp_low, x, e * BallTraits<T>::slack);
}
// `t` is e^a of the clamped centre; tanh(log(1 + t)) = t (t + 2) / (t (t + 2) + 2).
template <class T>
ACTJIT_INLINE Ball<T> mish_gate(Ball<T> a, T t, T k) {
  const T n = t * (t + 2);
  const T x = n / (n + 2);
  const T e = saturated(a.v, a.e, x, k, x * (4 * k + growth(a.e)));
  return above_zero(a, Range<T>::exp_low, x, e);
}
template <class T>
ACTJIT_INLINE Ball<T> erfc(Ball<T> a, T x, T k) {
  const T slope = 2 * (std::fabs(a.v) + a.e) + T{1.5};
  const T e = saturated(-a.v, a.e, x, k, x * (k + growth(slope * a.e)));
  const T high = Range<T>::erfc_high;
  const T end = a.v - a.e * BallTraits<T>::slack;
  return {x, a.v <= high ? e : end > high ? x : infinite<T>};
}

// -a / sqrt(2) as a sum of two, the first rounded.
template <class T>
struct Scaled {
  T high, low;
};
template <class T>
ACTJIT_INLINE Scaled<T> over_root_two(T a) {
  constexpr auto root = static_cast<T>(0.70710678118654752440084436210484903928L);
  // sqrt(1/2) - root
  constexpr T rest =
      sizeof(T) == sizeof(double) ? T(-0x1.bdd3413b26456p-55) : T(0x1.65f626cdd52bp-66L);
  const T u = -a * root;
  return {u, -(product_error(a, root, -u) + a * rest)};
}
// `x` is erfc(u), u of the clamped centre; what u lost is put back by the derivative, the second
// order of which is below |u low|^2 (u^2 + 1) relative to x.
template <class T>
ACTJIT_INLINE Ball<T> gelu_gate(Ball<T> a, T x, T slope, T k) {
  const Scaled<T> u = over_root_two(a.v);
  const bool in_range = std::fabs(u.high) <= Range<T>::erfc_high;
  const T correction = in_range ? -slope * u.low : T{0};
  const T v = (x + correction) / 2;
  const T growing = (std::fabs(a.v) + a.e + T{1.1}) * a.e;
  const T e = v * (k + k / 2 + growth(growing));
  return above_zero(a, T(-1.4142) * Range<T>::erfc_high, v, saturated(a.v, a.e, v, k, e));
}
template <class T>
ACTJIT_INLINE Ball<T> rsqrt(Ball<T> a, T k) {
  const T x = 1 / std::sqrt(a.v);
  const T least = a.v - a.e;
  return {x, least > 0 ? x * (k + a.e / least) * BallTraits<T>::slack : infinite<T>};
}

// Taylor: the terms alternate and fall below 1/8, so that the first left out bounds the rest; it is
// below 2^-69 of the first. B(2n) 4^n (4^n - 1) / (2n)!, as quotients of integers.
template <class T>
ACTJIT_INLINE T tanh_shrink_series(T x) {
  const T s = x * x;
  T p = T{18888466084} / T{194896477400625};
  p = p * -s + T{443861162} / T{1856156927625};
  p = p * -s + T{6404582} / T{10854718875};
  p = p * -s + T{929569} / T{638512875};
  p = p * -s + T{21844} / T{6081075};
  p = p * -s + T{1382} / T{155925};
  p = p * -s + T{62} / T{2835};
  p = p * -s + T{17} / T{315};
  p = p * -s + T{2} / T{15};
  p = p * -s + T{1} / T{3};
  return p * s * x;
}
// `t` is tanh(a). Where the series holds the ball is a relative one.
template <class T>
ACTJIT_INLINE Ball<T> tanh_shrink(Ball<T> a, T t, T k) {
  const bool near = std::fabs(a.v) + a.e < T{0.125};
  const T x = near ? tanh_shrink_series(a.v) : a.v - t;
  const T end = std::fabs(a.v) + a.e;
  const T e = near ? std::fabs(x) * k + a.e * end * end : (std::fabs(t) + std::fabs(x)) * k + a.e;
  const bool tiny = (std::fabs(x) < BallTraits<T>::small) & !is_exact_zero(a);
  return {is_exact_zero(a) ? a.v : x,
          (e + (tiny ? BallTraits<T>::tiny : T{0})) * BallTraits<T>::slack};
}

template <class T>
ACTJIT_INLINE Ball<T> hypot(Ball<T> a, Ball<T> b, T k) {
  const T x = std::fabs(a.v), y = std::fabs(b.v);
  const T most = x > y ? x : y;
  const bool in_range = (most < T(0x1p500)) & (most > T(0x1p-400));
  const T e = std::sqrt(x * x + y * y) * k + a.e + b.e;
  return {std::sqrt(x * x + y * y), in_range ? e * BallTraits<T>::slack : infinite<T>};
}
// a^b; the exponent's and the base's errors as one of b log|a|.
template <class T>
ACTJIT_INLINE Ball<T> pow(Ball<T> a, Ball<T> b, T x, T k) {
  const T base = std::fabs(a.v), least = base - a.e;
  const T of_base = a.e > 0 ? (std::fabs(b.v) + b.e) * a.e / least : T{0};
  const T of_exponent = b.e > 0 ? b.e * (std::fabs(std::log(base)) + T{0x1p-40}) : T{0};
  // A negative base has no powers around an exponent that is not exact.
  const bool fits = ((a.e == 0) | (least > 0)) & ((b.e == 0) | (a.v - a.e > 0));
  const T e = std::fabs(x) * (k + growth((of_base + of_exponent) * BallTraits<T>::slack));
  const bool exact = (b.v == 0) & (b.e == 0);
  const T tiny = std::fabs(x) < BallTraits<T>::small && !exact && !(is_exact_zero(a) && b.e == 0)
                     ? BallTraits<T>::tiny
                     : T{0};
  return {x, exact || (is_exact_zero(a) && b.e == 0) ? T{0} : fits ? e + tiny : infinite<T>};
}

}  // namespace ball

}  // namespace actjit::tools
