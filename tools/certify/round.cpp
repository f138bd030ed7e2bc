#include "tools/certify/round.h"

namespace actjit::tools {

double round_to(const Format& format, mpfr_srcptr x) {
  if (mpfr_zero_p(x) || !mpfr_number_p(x)) return mpfr_get_d(x, MPFR_RNDN);
  const double sign = mpfr_signbit(x) ? -1 : 1;
  const mpfr_exp_t exponent = mpfr_get_exp(x) - 1;
  if (exponent > format.emax) return sign * std::numeric_limits<double>::infinity();
  // Less than half of the least subnormal.
  if (exponent < format.emin - format.precision) return sign * 0.0;
  const int q = format.spacing(static_cast<int>(exponent));
  Number whole(mpfr_get_prec(x));
  mpfr_mul_2si(whole, x, -q, MPFR_RNDN);
  mpfr_roundeven(whole, whole);
  const double y = std::ldexp(mpfr_get_d(whole, MPFR_RNDN), q);
  if (std::fabs(y) >= std::ldexp(1.0, format.emax) * 2)
    return sign * std::numeric_limits<double>::infinity();
  return std::copysign(y, sign);
}

Rounded round_interval(const Format& format, const Interval& a) {
  if (a.kind == Interval::Kind::unknown) return {};
  if (a.kind == Interval::Kind::nan) return {format.quiet_nan(), true};
  const double low = round_to(format, mpfr_srcptr(a.low));
  const double high = round_to(format, mpfr_srcptr(a.high));
  if (low != high) return {};
  if (low != 0) return {encode(format, low), true};
  // An end of 0 lies on the side of the other end.
  if (a.is_zero()) return {encode(format, low), true};
  if (mpfr_sgn(a.low) >= 0) return {encode(format, 0.0), true};
  if (mpfr_sgn(a.high) <= 0) return {encode(format, -0.0), true};
  return {encode(format, 0.0), false};
}

}  // namespace actjit::tools
