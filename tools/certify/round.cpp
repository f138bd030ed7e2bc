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

namespace {

// No border of the rounding lies strictly between an open end and the next number of MPFR, which
// has more bits than any border: the next number stands for all of them.
double round_end(const Format& format, const Number& end, bool open, void (*inward)(mpfr_ptr)) {
  if (!open || !mpfr_number_p(end)) return round_to(format, mpfr_srcptr(end));
  Number next(mpfr_get_prec(end) + 2);
  mpfr_set(next, end, MPFR_RNDN);
  inward(next);
  return round_to(format, mpfr_srcptr(next));
}

}  // namespace

Rounded round_interval(const Format& format, const Interval& a) {
  if (a.kind == Interval::Kind::unknown) return {};
  if (a.kind == Interval::Kind::nan) return {format.quiet_nan(), true};
  const double low = round_end(format, a.low, a.low_open, mpfr_nextabove);
  const double high = round_end(format, a.high, a.high_open, mpfr_nextbelow);
  if (low != high) return {};
  if (low != 0 || a.is_zero()) return {encode(format, low), true};
  if (mpfr_sgn(a.low) > 0 || (mpfr_zero_p(a.low) && a.low_open)) return {encode(format, 0.0), true};
  if (mpfr_sgn(a.high) < 0 || (mpfr_zero_p(a.high) && a.high_open))
    return {encode(format, -0.0), true};
  return {encode(format, 0.0), false};
}

}  // namespace actjit::tools
