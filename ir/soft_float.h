// IEEE-754 arithmetic in integers, rounded once to nearest even: operands are f64 (every float of
// ours is one), results of any float dtype.
//
// It serves what hardware and the C++ language leave open: one rounding to 16 bits, and constant
// expressions, in which compilers refuse operations that overflow, divide by zero or make a NaN.
// At run time the other operations are the machine's, which has the same bits.
#pragma once

#include <algorithm>
#include <bit>

#include "ir/dtype.h"

namespace actjit::soft {

__extension__ typedef unsigned __int128 Wide;

struct Format {
  int width;
  int precision;     // bits of the significand, the hidden one too
  int min_exponent;  // of the smallest normal number: 2^min_exponent
  int max_exponent;  // of the largest number

  constexpr int fraction_bits() const { return precision - 1; }
  constexpr Bits sign() const { return Bits{1} << (width - 1); }
  constexpr Bits infinity() const { return sign() - (Bits{1} << fraction_bits()); }
  constexpr Bits quiet_bit() const { return Bits{1} << (fraction_bits() - 1); }
  // The NaN that x86 makes of an invalid operation.
  constexpr Bits invalid() const { return sign() | infinity() | quiet_bit(); }
  // The smallest subnormal number is 2^least_exponent().
  constexpr int least_exponent() const { return min_exponent - fraction_bits(); }
};

constexpr Format format(DType t) {
  const int width = 8 * bytes(t);
  const int precision = t == DType::f64 ? 53 : t == DType::f32 ? 24 : t == DType::f16 ? 11 : 8;
  const int max_exponent = (1 << (width - precision - 1)) - 1;
  return {width, precision, 1 - max_exponent, max_exponent};
}

constexpr int bit_width(Wide x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(x));
}

// x / 2^n with the bits that are lost ORed into the lowest.
constexpr Wide shift_right_sticky(Wide x, int n) {
  if (n >= 128) return x != 0;
  const Wide kept = x >> n;
  return kept | ((kept << n) != x);
}

// significand * 2^exponent in the format. The lowest bit may stand for smaller ones that are lost,
// if there are two bits more than the precision.
constexpr Bits round(const Format& f, bool negative, Wide significand, int exponent) {
  const Bits sign = negative ? f.sign() : 0;
  if (significand == 0) return sign;
  const int top = exponent + bit_width(significand) - 1;
  if (top > f.max_exponent) return sign | f.infinity();
  const int binade = std::max(top, f.min_exponent);
  const int drop = binade - f.fraction_bits() - exponent;
  // Two bits more, and what lies below them in the last.
  const Wide kept =
      drop > 2 ? shift_right_sticky(significand, drop - 2) : significand << (2 - drop);
  const auto n = static_cast<Bits>(kept >> 2);
  const auto rest = static_cast<unsigned>(kept & 3);
  const bool up = rest > 2 || (rest == 2 && (n & 1) != 0);
  // The hidden bit of normal numbers, and a carry, run into the exponent as they should.
  const Bits below = static_cast<Bits>(binade - f.min_exponent) << f.fraction_bits();
  return sign | (below + n + (up ? 1 : 0));
}

// A float taken apart: significand * 2^exponent.
struct Parts {
  bool negative;
  bool is_nan = false;
  bool is_infinite = false;
  Wide significand;
  int exponent;

  constexpr bool is_zero() const { return significand == 0; }
};

constexpr Parts parts(const Format& f, Bits b) {
  const Bits magnitude = b & (f.sign() - 1);
  const Bits fraction = magnitude & ((Bits{1} << f.fraction_bits()) - 1);
  const auto field = static_cast<int>(magnitude >> f.fraction_bits());
  return {.negative = (b & f.sign()) != 0,
          .is_nan = magnitude > f.infinity(),
          .is_infinite = magnitude == f.infinity(),
          .significand = field == 0 ? fraction : fraction | Bits{1} << f.fraction_bits(),
          .exponent = f.least_exponent() + std::max(field, 1) - 1};
}
constexpr Parts parts(double x) { return parts(format(DType::f64), to_bits(x)); }

// From one format to another. A NaN keeps its sign and the upper bits of its payload.
constexpr Bits convert(const Format& from, const Format& to, Bits b) {
  const Parts x = parts(from, b);
  const Bits sign = x.negative ? to.sign() : 0;
  if (x.is_infinite) return sign | to.infinity();
  if (!x.is_nan) return round(to, x.negative, x.significand, x.exponent);
  const int shift = to.precision - from.precision;
  const Bits fraction = b & ((Bits{1} << from.fraction_bits()) - 1);
  const Bits payload = shift < 0 ? fraction >> -shift : fraction << shift;
  return sign | to.infinity() | to.quiet_bit() | payload;
}
constexpr Bits convert(DType from, DType to, Bits b) {
  return convert(format(from), format(to), b);
}

// The first NaN of the operands, quiet, in the format.
constexpr Bits propagate(const Format& f, std::initializer_list<double> operands) {
  for (double x : operands)
    if (x != x) return convert(format(DType::f64), f, to_bits(x));
  return f.invalid();
}

// The highest bit of a significand in an exact sum: there is room for a carry above it.
inline constexpr int sum_bit = 125;

// a * b + c.
constexpr Bits fma(const Format& f, double a, double b, double c) {
  const Parts x = parts(a), y = parts(b), z = parts(c);
  const bool negative = x.negative != y.negative;
  const bool infinite = x.is_infinite || y.is_infinite;
  const bool invalid =
      infinite && (x.is_zero() || y.is_zero() || (z.is_infinite && z.negative != negative));
  if (x.is_nan || y.is_nan || z.is_nan || invalid) return propagate(f, {a, b, c});
  if (infinite) return (negative ? f.sign() : 0) | f.infinity();
  if (z.is_infinite) return (z.negative ? f.sign() : 0) | f.infinity();
  Wide p = x.significand * y.significand, q = z.significand;
  if (p == 0 && q == 0) return negative && z.negative ? f.sign() : 0;
  int p_exponent = x.exponent + y.exponent, q_exponent = z.exponent;
  if (p == 0) return round(f, z.negative, q, q_exponent);
  if (q == 0) return round(f, negative, p, p_exponent);
  const int p_shift = sum_bit + 1 - bit_width(p), q_shift = sum_bit + 1 - bit_width(q);
  p <<= p_shift, p_exponent -= p_shift;
  q <<= q_shift, q_exponent -= q_shift;
  // Terms that cancel differ by one binade at most, and then no bit is lost here.
  const int exponent = std::max(p_exponent, q_exponent);
  p = shift_right_sticky(p, exponent - p_exponent);
  q = shift_right_sticky(q, exponent - q_exponent);
  if (negative == z.negative) return round(f, negative, p + q, exponent);
  if (p == q) return 0;
  return p > q ? round(f, negative, p - q, exponent) : round(f, z.negative, q - p, exponent);
}
constexpr Bits add(const Format& f, double a, double b) { return fma(f, a, 1, b); }
constexpr Bits sub(const Format& f, double a, double b) {
  return b != b ? propagate(f, {a, b}) : fma(f, b, -1, a);
}
constexpr Bits mul(const Format& f, double a, double b) {
  // A zero that leaves the sign of the product.
  return fma(f, a, b, parts(a).negative != parts(b).negative ? -0.0 : 0.0);
}

constexpr Bits div(const Format& f, double a, double b) {
  const Parts x = parts(a), y = parts(b);
  const Bits sign = x.negative != y.negative ? f.sign() : 0;
  if (x.is_nan || y.is_nan || (x.is_zero() && y.is_zero()) || (x.is_infinite && y.is_infinite))
    return propagate(f, {a, b});
  if (x.is_infinite || y.is_zero()) return sign | f.infinity();
  if (y.is_infinite || x.is_zero()) return sign;
  // At least 62 bits of quotient, and whether something is left.
  const int shift = 116 - bit_width(x.significand);
  const Wide n = x.significand << shift;
  const Wide q = n / y.significand;
  return round(f, sign != 0, q << 1 | (q * y.significand != n),
               x.exponent - shift - y.exponent - 1);
}

constexpr Bits sqrt(const Format& f, double a) {
  const Parts x = parts(a);
  if (x.is_zero()) return x.negative ? f.sign() : 0;
  if (x.is_nan || x.negative) return propagate(f, {a});
  if (x.is_infinite) return f.infinity();
  // The integer root of 120 bits or one less, digit by digit; the exponent becomes even.
  int shift = 120 - bit_width(x.significand);
  shift -= (x.exponent - shift) & 1;
  const Wide n = x.significand << shift;
  Wide root = 0, rest = 0;
  for (int at = 118; at >= 0; at -= 2) {
    rest = rest << 2 | (n >> at & 3);
    const Wide trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) rest -= trial, root |= 1;
  }
  return round(f, false, root << 1 | (rest != 0), (x.exponent - shift) / 2 - 1);
}

}  // namespace actjit::soft
