// Arithmetic on the constants of a formula, which are real numbers: sums hi + lo of two doubles,
// about 106 bits.
//
// T. J. Dekker, "A floating-point technique for extending the available precision", 1971;
// Y. Hida, X. S. Li, D. H. Bailey, "Algorithms for quad-double precision floating point
// arithmetic", 2001.
#pragma once

#include "ir/dtype.h"

namespace actjit::real {

// By bits: a constant expression may not subtract infinities.
constexpr bool is_finite(double x) { return (to_bits(x) >> 52 & 0x7ff) != 0x7ff; }

// hi + lo with hi the nearest double; a low part of zero is +0, so that equal numbers have equal
// bits. Where the sum overflows or is NaN there is no low part.
constexpr Real normalised(double hi, double lo) {
  const double sum = hi + lo;
  if (!is_finite(sum)) return {sum, 0};
  const double rest = lo - (sum - hi);
  return {lo == 0 ? hi : sum, rest == 0 ? 0.0 : rest};
}

constexpr Real two_sum(double a, double b) {
  const double sum = a + b;
  if (!is_finite(sum)) return {sum, 0};
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}
constexpr Real two_product(double a, double b) {
  const double product = a * b;
  if (!is_finite(product)) return {product, 0};
  return {product, __builtin_fma(a, b, -product)};
}

constexpr Real neg(Real a) { return {-a.hi, a.lo == 0 ? 0.0 : -a.lo}; }
constexpr Real add(Real a, Real b) {
  const Real high = two_sum(a.hi, b.hi);
  if (!is_finite(high.hi)) return {high.hi, 0};
  const Real low = two_sum(a.lo, b.lo);
  const Real sum = normalised(high.hi, high.lo + low.hi);
  return normalised(sum.hi, sum.lo + low.lo);
}
constexpr Real sub(Real a, Real b) { return add(a, neg(b)); }
constexpr Real mul(Real a, Real b) {
  const Real p = two_product(a.hi, b.hi);
  if (!is_finite(p.hi) || p.hi == 0) return {p.hi, 0};
  return normalised(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
// The quotient of two doubles as a float division gives it, also for a zero divisor, which a
// constant expression may not divide by.
constexpr double divide(double a, double b) {
  if (b != 0) return a / b;
  if (a != a || a == 0 || b != b) return std::bit_cast<double>(std::uint64_t{0x7ff8} << 48);
  const std::uint64_t sign = (to_bits(a) ^ to_bits(b)) & std::uint64_t{1} << 63;
  return std::bit_cast<double>(sign | std::uint64_t{0x7ff0} << 48);
}
constexpr Real div(Real a, Real b) {
  const double q = divide(a.hi, b.hi);
  if (!is_finite(q) || q == 0 || !is_finite(b.hi)) return {q, 0};
  const Real rest = sub(a, mul(b, {q, 0}));
  return normalised(q, rest.hi / b.hi);
}
constexpr Real sqrt(Real a) {
  const double root = __builtin_sqrt(a.hi);
  if (!is_finite(root) || root == 0) return {root, 0};
  const Real rest = sub(a, two_product(root, root));
  return normalised(root, rest.hi / (2 * root));
}
// a to a small integer power, by repeated squaring.
constexpr Real power(Real a, int n) {
  Real result{1, 0};
  for (unsigned bits = static_cast<unsigned>(n < 0 ? -n : n); bits != 0; bits >>= 1) {
    if (bits & 1) result = mul(result, a);
    if (bits > 1) a = mul(a, a);
  }
  return n < 0 ? div({1, 0}, result) : result;
}

inline constexpr Real pi{0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
inline constexpr Real e{0x1.5bf0a8b145769p+1, 0x1.4d57ee2b1013ap-53};
inline constexpr Real infinity{std::bit_cast<double>(std::uint64_t{0x7ff0} << 48), 0};
inline constexpr Real nan{std::bit_cast<double>(std::uint64_t{0x7ff8} << 48), 0};

}  // namespace actjit::real
