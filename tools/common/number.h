// The number type of the reference: wider than what it judges. Another type needs a Real<T> of its
// own and nothing else.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ir/eval.h"

namespace actjit::tools {

// What the reference asks of a number type, beside + - * / and comparisons.
template <class T>
struct Numbers;

template <>
struct Numbers<long double> {
  using T = long double;
  static T from(double x) { return x; }
  static T from(actjit::Real x) { return std::isfinite(x.hi) ? T{x.hi} + T{x.lo} : T{x.hi}; }
  static T from(std::int64_t x) { return static_cast<T>(x); }
  static double to_f64(T x) { return static_cast<double>(x); }
  // As a sum of two doubles, to be rounded from.
  static actjit::Real to_real(T x) {
    const double hi = to_f64(x);
    return {hi, std::isfinite(hi) ? to_f64(x - T{hi}) : 0.0};
  }
  static T pi() { return 3.14159265358979323846264338327950288L; }

  static bool is_nan(T x) { return std::isnan(x); }
  static bool is_infinite(T x) { return std::isinf(x); }
  static bool sign(T x) { return std::signbit(x); }
  // The exponent e of 2^e <= |x| < 2^(e+1), for a finite x that is not zero.
  static int exponent(T x) { return std::ilogb(x); }
  static T scaled(T x, int power) { return std::scalbn(x, power); }

  static T fma(T a, T b, T c) { return std::fma(a, b, c); }
  static T abs(T x) { return std::fabs(x); }
  static T copysign(T a, T b) { return std::copysign(a, b); }
  static T sqrt(T x) { return std::sqrt(x); }
  static T floor(T x) { return std::floor(x); }
  static T ceil(T x) { return std::ceil(x); }
  static T trunc(T x) { return std::trunc(x); }
  static T round(T x) { return std::nearbyint(x); }  // the rounding mode is never changed
  static T exp(T x) { return std::exp(x); }
  static T exp2(T x) { return std::exp2(x); }
  static T expm1(T x) { return std::expm1(x); }
  static T log(T x) { return std::log(x); }
  static T log2(T x) { return std::log2(x); }
  static T log10(T x) { return std::log10(x); }
  static T log1p(T x) { return std::log1p(x); }
  static T pow(T a, T b) { return std::pow(a, b); }
  static T hypot(T a, T b) { return std::hypot(a, b); }
  static T sin(T x) { return std::sin(x); }
  static T cos(T x) { return std::cos(x); }
  static T tanh(T x) { return std::tanh(x); }
  static T erf(T x) { return std::erf(x); }
  static T erfc(T x) { return std::erfc(x); }
};

// |result - reference| in units of the last place that `dtype` has at the reference; below the
// smallest normal number that is the spacing of the subnormals. 0 for equal bits of NaN or
// infinity, also where the reference rounds to an infinity; infinite where only one of the two is
// NaN or infinite.
template <class T>
double ulp_distance(DType dtype, double result, T reference) {
  using N = Numbers<T>;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const soft::Format format = soft::format(dtype);
  const double rounded = eval::to_double(dtype, eval::real(dtype, N::to_real(reference)));
  if (std::isnan(result) || N::is_nan(reference))
    return std::isnan(result) && N::is_nan(reference) ? 0 : infinity;
  if (result == rounded && (std::isinf(result) || N::from(result) == reference)) return 0;
  if (std::isinf(result) || N::is_infinite(reference)) return infinity;
  int exponent = reference == N::from(0.0) ? format.min_exponent : N::exponent(reference);
  exponent = std::clamp(exponent, format.min_exponent, format.max_exponent);
  const T distance = N::abs(N::from(result) - reference);
  return N::to_f64(N::scaled(distance, format.fraction_bits() - exponent));
}

}  // namespace actjit::tools
