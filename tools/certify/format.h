// Binary floating-point formats by their three numbers, so that rounding is written once for all.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "ir/dtype.h"
#include "ir/error.h"
#include "ir/soft_float.h"

namespace actjit::tools {

// A binary interchange format: `precision` bits with the leading one; normal numbers lie in
// [2^emin, 2^(emax + 1)). Every finite value of every format here is a double.
struct Format {
  std::string_view text;  // of the dtype
  int bits;
  int precision;
  int emin;
  int emax;

  constexpr int fraction_bits() const { return precision - 1; }
  constexpr Bits sign_bit() const { return Bits{1} << (bits - 1); }
  constexpr Bits infinity() const { return (sign_bit() - 1) >> fraction_bits() << fraction_bits(); }
  constexpr Bits quiet_nan() const { return infinity() | Bits{1} << (fraction_bits() - 1); }
  // The exponent of the spacing at numbers of binary exponent e; that of the subnormals below emin.
  constexpr int spacing(int e) const {
    return (e < emin ? emin : e > emax ? emax : e) - fraction_bits();
  }
  // Whether every value of `other` is a value of this one.
  constexpr bool contains(const Format& other) const {
    return precision >= other.precision && emax >= other.emax &&
           emin - precision <= other.emin - other.precision;
  }
};

constexpr Format make_format(DType dtype) {
  const soft::Format f = soft::format(dtype);
  return {text(dtype), f.width, f.precision, f.min_exponent, f.max_exponent};
}
inline constexpr Format formats[] = {make_format(DType::f64), make_format(DType::f32),
                                     make_format(DType::f16), make_format(DType::bf16)};

constexpr const Format& format_of(DType dtype) {
  for (const Format& f : formats)
    if (f.text == text(dtype)) return f;
  throw InternalError("the dtype has no floating-point format");
}

// The bits of a value that the format has, NaN as the quiet one.
inline Bits encode(const Format& f, double x) {
  if (std::isnan(x)) return f.quiet_nan();
  if (f.bits == 64) return to_bits(x);
  const Bits sign = std::signbit(x) ? f.sign_bit() : 0;
  if (std::isinf(x)) return sign | f.infinity();
  if (x == 0) return sign;
  const int e = std::ilogb(x);
  const auto whole = static_cast<Bits>(std::ldexp(std::fabs(x), -f.spacing(e)));
  // A subnormal has no leading one, and the exponent field 0; a normal one's leading one adds 1.
  const Bits exponent = e < f.emin ? 0 : static_cast<Bits>(e - f.emin);
  return sign | ((exponent << f.fraction_bits()) + whole);
}

inline double decode(const Format& f, Bits b) {
  if (f.bits == 64) return f64_of(b);
  if (f.bits == 32) return double{f32_of(b)};
  const Bits magnitude = b & (f.sign_bit() - 1);
  const Bits fraction = magnitude & ((Bits{1} << f.fraction_bits()) - 1);
  const int exponent = static_cast<int>(magnitude >> f.fraction_bits());
  double x = 0;
  if (magnitude > f.infinity())
    x = std::numeric_limits<double>::quiet_NaN();
  else if (magnitude == f.infinity())
    x = std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    x = std::ldexp(static_cast<double>(fraction), f.emin - f.fraction_bits());
  else
    x = std::ldexp(static_cast<double>(fraction + (Bits{1} << f.fraction_bits())),
                   exponent - 1 + f.emin - f.fraction_bits());
  return b & f.sign_bit() ? -x : x;
}

// The nearest value of the format, ties to even. T: double or long double.
template <class T>
double round_to(const Format& f, T x) {
  if (f.bits == 64) return static_cast<double>(x);
  if (f.bits == 32) return double{static_cast<float>(x)};
  if (!std::isfinite(x) || x == 0) return static_cast<double>(x);
  const int q = f.spacing(std::ilogb(x));
  // The rounding mode is never changed: nearbyint rounds to nearest even.
  const auto y = static_cast<double>(std::ldexp(std::nearbyint(std::ldexp(x, -q)), q));
  if (std::fabs(y) < std::ldexp(1.0, f.emax + 1)) return y;
  return std::copysign(std::numeric_limits<double>::infinity(), y);
}

}  // namespace actjit::tools
