// Functions of pairs, by tables and Taylor series: e^x from 2^(j/128), log(x) from tabulated
// reciprocals, the error functions, sine and cosine by series around the points j / 8. They have
// nothing in common with the expansions of ir/math/.
//
// What is computed in plain double are series beyond their first terms, at most 2^-16 of the
// result. The relative errors stated here are at least twice those that tests/pair_test.cpp finds
// with MPFR.
#pragma once

#include <bit>
#include <cstdint>

#include "tools/certify/pair.h"
#include "tools/certify/pair_tables.h"

namespace actjit::tools {

inline constexpr double exp_error = 0x1p-76, expm1_error = 0x1p-69;
inline constexpr double log_error = 0x1p-68;  // of log1p too
inline constexpr double erf_error = 0x1p-70, erfc_error = 0x1p-72, sine_error = 0x1p-72;

namespace pair {

// Added to an integer below 2^51 it leaves that integer in the last bits.
inline constexpr double to_integer = 0x1.8p52;

// To [low, high]; NaN becomes low.
ACTJIT_INLINE Pair clamped(Pair x, double low, double high) {
  const double above = x.hi > low ? x.hi : low;
  const double inside = above < high ? above : high;
  return {inside, inside == x.hi ? x.lo : 0.0};
}

// --- exponentials --------------------------------------------------------------------------------

// 2^(n / 128) for an integer n whose result is normal.
ACTJIT_INLINE Pair power(const PowerTable& t, double n) {
  const auto bits = std::bit_cast<std::uint64_t>(n + to_integer);
  const std::uint64_t j = bits & (PowerTable::size - 1);
  const auto scale = std::bit_cast<double>(((bits >> 7) + 1023) << 52);
  return {t.hi[j] * scale, t.lo[j] * scale};
}

// e^r - 1, |r| <= log(2) / 256: r + r^2 / 2 as a pair, the rest, below 2^-19 r, as a double.
ACTJIT_INLINE Pair small_expm1(Pair r) {
  const double x = r.hi;
  double q = 1.0 / 40320;
  q = std::fma(q, x, 1.0 / 5040);
  q = std::fma(q, x, 1.0 / 720);
  q = std::fma(q, x, 1.0 / 120);
  q = std::fma(q, x, 1.0 / 24);
  q = std::fma(q, x, 1.0 / 6);
  const Pair square = two_product(x, x);
  const double rest = x * square.hi * q;
  const Pair s = quick_two_sum(x, square.hi * 0.5);
  const double low = std::fma(x, r.lo, square.lo * 0.5) + rest;
  return quick_two_sum(s.hi, s.lo + (r.lo + low));
}

// e^x = power * (1 + rest)
struct Exponential {
  Pair power, rest;

  ACTJIT_INLINE Pair value() const {
    const Pair product = mul(power, rest);
    const Pair s = quick_two_sum(power.hi, product.hi);
    return quick_two_sum(s.hi, s.lo + (power.lo + product.lo));
  }
  ACTJIT_INLINE Pair less_one() const { return add(add(power, -1.0), mul(power, rest)); }
};

// x in [-690, 709.4]. log(2) / 128 in three parts, two of them short: their products are exact.
ACTJIT_INLINE Exponential exponential(const PowerTable& t, Pair x) {
  const double n = std::rint(x.hi * 0x1.71547652b82fep+7);
  const double first = std::fma(-n, 0x1.62e42fef8p-8, x.hi);
  const Pair s = two_sum(first, -n * 0x1.1cf79abc8p-43);
  const Pair r = quick_two_sum(s.hi, s.lo + std::fma(-n, 0x1.e3b39803f2f6bp-79, x.lo));
  return {power(t, n), small_expm1(r)};
}

inline constexpr Pair log_of_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

// 2^x, x in [-990, 1023.5].
ACTJIT_INLINE Exponential exponential_of_2(const PowerTable& t, Pair x) {
  const double n = std::rint(x.hi * PowerTable::size);
  const Pair part = add(x, n * (-1.0 / PowerTable::size));
  return {power(t, n), small_expm1(mul(part, log_of_2))};
}

// --- logarithms ----------------------------------------------------------------------------------

// y = 2^k c (1 + r)
struct Logarithm {
  double k;
  Pair log_c, r;

  // log(1 + r) is r - r^2 / 2 as a pair, the rest, below 2^-17 r, as a double.
  ACTJIT_INLINE Pair value() const {
    const double x = r.hi;
    double q = -1.0 / 10;
    q = std::fma(q, x, 1.0 / 9);
    q = std::fma(q, x, -1.0 / 8);
    q = std::fma(q, x, 1.0 / 7);
    q = std::fma(q, x, -1.0 / 6);
    q = std::fma(q, x, 1.0 / 5);
    q = std::fma(q, x, -1.0 / 4);
    q = std::fma(q, x, 1.0 / 3);
    const Pair square = two_product(x, x);
    const double rest = x * square.hi * q;
    // The first part of log(2) is short: its product is exact.
    const Pair a = two_sum(k * 0x1.62e42fefa4p-1, log_c.hi);
    const Pair b = two_sum(a.hi, x);
    const Pair c = two_sum(b.hi, square.hi * -0.5);
    const double low = std::fma(k, -0x1.8432a1b0e2634p-43, log_c.lo);
    const double of_r = r.lo - std::fma(x, r.lo, square.lo * 0.5);
    return quick_two_sum(c.hi, ((a.lo + b.lo) + c.lo) + ((low + of_r) + rest));
  }
};

// y in [2^-1000, 2^1020].
ACTJIT_INLINE Logarithm logarithm(const LogarithmTable& t, Pair y) {
  const auto bits = std::bit_cast<std::uint64_t>(y.hi);
  const std::uint64_t above = bits - LogarithmTable::first;
  const std::uint64_t j = (above >> (52 - LogarithmTable::bits)) & (LogarithmTable::size - 1);
  const std::uint64_t power = above & 0xfff0000000000000;  // k in the place of an exponent
  const auto z = std::bit_cast<double>(bits - power);
  const auto scale = std::bit_cast<double>(0x3ff0000000000000 - power);
  // k + 2048 is positive: a double by its last bits, no conversion of integers.
  const std::uint64_t biased = ((power >> 52) + 2048) & 0xfff;
  const double k =
      std::bit_cast<double>(std::bit_cast<std::uint64_t>(to_integer) + biased) - to_integer - 2048;
  const Pair p = two_product(z, t.inverse[j]);
  const Pair r = two_sum(p.hi - 1, std::fma(y.lo * scale, t.inverse[j], p.lo));
  return {k, {t.hi[j], t.lo[j]}, r};
}

// log(1 + x), 1 + x as above: near 0 of x itself.
ACTJIT_INLINE Pair log1p(const LogarithmTable& t, Pair x) {
  const Logarithm general = logarithm(t, add(x, 1.0));
  const bool near = std::fabs(x.hi) < 0x1p-9;
  const Logarithm l{near ? 0.0 : general.k,
                    {near ? 0.0 : general.log_c.hi, near ? 0.0 : general.log_c.lo},
                    {near ? x.hi : general.r.hi, near ? x.lo : general.r.lo}};
  return l.value();
}

// --- series around j / 8 -------------------------------------------------------------------------

// `at`: where the row begins in the table. Indices, not a pointer to the row, are what the compiler
// makes gathers of.
template <int n>
ACTJIT_INLINE double series_end(const double* table, std::uint64_t at, double d) {
  const double a = table[at + (TaylorTable::heads + n)];
  if constexpr (n + 1 < TaylorTable::terms)
    return std::fma(series_end<n + 1>(table, at, d), d, a);
  else
    return a;
}
template <int n>
ACTJIT_INLINE Pair series_start(const double* table, std::uint64_t at, Pair d, Pair rest) {
  const Pair a{table[at + n], table[at + (TaylorTable::heads + n)]};
  const Pair s = add(mul(rest, d), a);
  if constexpr (n > 0)
    return series_start<n - 1>(table, at, d, s);
  else
    return s;
}

// x >= 0, within the table behind `first_row`.
ACTJIT_INLINE Pair taylor(const double* table, std::uint64_t first_row, Pair x) {
  const double n = std::rint(x.hi * TaylorTable::per_unit);
  const std::uint64_t j = std::bit_cast<std::uint64_t>(n + to_integer) -
                          std::bit_cast<std::uint64_t>(to_integer) + first_row;
  const std::uint64_t at = j * TaylorTable::row;
  const Pair d = two_sum(std::fma(n, -1 / TaylorTable::per_unit, x.hi), x.lo);
  const double rest = series_end<TaylorTable::heads>(table, at, d.hi);
  return series_start<TaylorTable::heads - 1>(table, at, d, {rest, 0});
}

// e^(-x^2) * erfcx(x), x in [0, 24].
ACTJIT_INLINE Pair erfc(const PowerTable& t, const double* erfcx, Pair x) {
  return mul(taylor(erfcx, 0, x), exponential(t, neg(mul(x, x))).value());
}

// The sine of x + quarters * pi / 2, |x| <= 2^15. pi / 2 in three parts, as above.
ACTJIT_INLINE Pair sine(const double* table, Pair x, std::uint64_t quarters) {
  const double n = std::rint(x.hi * 0x1.45f306dc9c883p-1);
  const double first = std::fma(-n, 0x1.921fb54440000p+0, x.hi);
  const Pair s = two_sum(first, -n * 0x1.68c234c4cp-39);
  const Pair r = quick_two_sum(s.hi, s.lo + std::fma(-n, 0x1.98a2e03707345p-77, x.lo));
  const std::uint64_t q = std::bit_cast<std::uint64_t>(n + to_integer) + quarters;
  const std::uint64_t cosine = q & 1;
  const Pair v = taylor(table, cosine * sine_rows, abs(r));
  // In the bits of the signs: the sine has that of r, and both change it after two quarters.
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const std::uint64_t flip =
      (std::bit_cast<std::uint64_t>(r.hi) & sign & (cosine - 1)) ^ ((q << 62) & sign);
  return {std::bit_cast<double>(std::bit_cast<std::uint64_t>(v.hi) ^ flip),
          std::bit_cast<double>(std::bit_cast<std::uint64_t>(v.lo) ^ flip)};
}
// What it may be off by beyond its relative error, where n is not 0.
inline constexpr double sine_offset = 0x1p-110;

}  // namespace pair

}  // namespace actjit::tools
