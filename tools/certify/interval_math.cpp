#include "tools/certify/interval_math.h"

#include <algorithm>

namespace actjit::tools {

namespace {

using Kind = Interval::Kind;
using Function = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

constexpr double infinity = std::numeric_limits<double>::infinity();

mpfr_prec_t precision_of(const Interval& r) { return mpfr_get_prec(r.low); }

void set_point(Interval& r, mpfr_srcptr x) {
  r.kind = Kind::number;
  mpfr_set(r.low, x, MPFR_RNDD);
  mpfr_set(r.high, x, MPFR_RNDU);
}

// NaN where the function has no value at all, unknown where it has some.
bool check_domain(const Interval& a, Interval& r) {
  if (!mpfr_nan_p(r.low) && !mpfr_nan_p(r.high)) return true;
  if (mpfr_nan_p(r.high) || a.is_point())
    r.set_nan();
  else
    r.set_unknown();
  return false;
}

void increasing(Function f, const Interval& a, Interval& r) {
  r.low_open = f(r.low, a.low, MPFR_RNDD) != 0 || a.low_open;
  r.high_open = f(r.high, a.high, MPFR_RNDU) != 0 || a.high_open;
  check_domain(a, r);
}

void decreasing(Function f, const Interval& a, Interval& r) {
  r.low_open = f(r.low, a.high, MPFR_RNDD) != 0 || a.high_open;
  r.high_open = f(r.high, a.low, MPFR_RNDU) != 0 || a.low_open;
}

// f encloses an increasing function at a point: at both ends it encloses all between them.
template <class Enclosure>
void increasing_between(const Interval& a, Interval& r, Enclosure f) {
  if (a.is_point()) return f(a.low, r);
  Interval other(precision_of(r));
  f(a.low, r);
  f(a.high, other);
  mpfr_swap(r.high, other.high);
  r.low_open = r.low_open || a.low_open;
  r.high_open = other.high_open || a.high_open;
}

// An integer function has the same value all over the interval or more than one.
void integer(Function f, const Interval& a, Interval& r) {
  f(r.low, a.low, MPFR_RNDD);
  f(r.high, a.high, MPFR_RNDU);
}
int round_even(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_roundeven(out, x); }
int floor_of(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_floor(out, x); }
int ceil_of(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_ceil(out, x); }
int trunc_of(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_trunc(out, x); }

void rsqrt(const Interval& a, Interval& r) {
  if (a.is_point() && mpfr_zero_p(a.low)) return r.set(mpfr_signbit(a.low) ? -infinity : infinity);
  if (mpfr_sgn(a.high) < 0) return r.set_nan();
  if (mpfr_sgn(a.low) <= 0) return r.set_unknown();
  decreasing(mpfr_rec_sqrt, a, r);
}

// Sine and cosine change by no more than their argument does.
void angle(Function f, const Interval& a, Interval& r) {
  if (a.is_infinite()) return r.set_nan();
  if (a.is_point()) {
    r.low_open = f(r.low, a.low, MPFR_RNDD) != 0;
    r.high_open = f(r.high, a.low, MPFR_RNDU) != 0;
    return;
  }
  Number width(precision_of(r));
  mpfr_sub(width, a.high, a.low, MPFR_RNDU);
  mpfr_set_si(r.low, -1, MPFR_RNDD);
  mpfr_set_si(r.high, 1, MPFR_RNDU);
  if (mpfr_nan_p(width) || mpfr_cmp_ui(width, 2) >= 0) return;
  Number low(precision_of(r)), high(precision_of(r));
  f(low, a.low, MPFR_RNDD);
  f(high, a.low, MPFR_RNDU);
  mpfr_sub(low, low, width, MPFR_RNDD);
  mpfr_add(high, high, width, MPFR_RNDU);
  mpfr_max(r.low, r.low, low, MPFR_RNDD);
  mpfr_min(r.high, r.high, high, MPFR_RNDU);
}

// 1 / (1 + e^-x)
void sigmoid_at(mpfr_srcptr x, Interval& r) {
  Number minus_x(precision_of(r));
  mpfr_neg(minus_x, x, MPFR_RNDN);
  int low = mpfr_exp(r.low, minus_x, MPFR_RNDU);
  int high = mpfr_exp(r.high, minus_x, MPFR_RNDD);
  low |= mpfr_add_ui(r.low, r.low, 1, MPFR_RNDU);
  high |= mpfr_add_ui(r.high, r.high, 1, MPFR_RNDD);
  low |= mpfr_ui_div(r.low, 1, r.low, MPFR_RNDD);
  high |= mpfr_ui_div(r.high, 1, r.high, MPFR_RNDU);
  r.low_open = low != 0;
  r.high_open = high != 0;
}

// max(x, 0) + log1p(e^-|x|)
void softplus_at(mpfr_srcptr x, Interval& r) {
  if (mpfr_inf_p(x)) return mpfr_sgn(x) > 0 ? set_point(r, x) : r.set(0);
  Number minus(precision_of(r));
  mpfr_abs(minus, x, MPFR_RNDN);
  mpfr_neg(minus, minus, MPFR_RNDN);
  int low = mpfr_exp(r.low, minus, MPFR_RNDD);
  int high = mpfr_exp(r.high, minus, MPFR_RNDU);
  low |= mpfr_log1p(r.low, r.low, MPFR_RNDD);
  high |= mpfr_log1p(r.high, r.high, MPFR_RNDU);
  if (mpfr_sgn(x) > 0) {
    low |= mpfr_add(r.low, r.low, x, MPFR_RNDD);
    high |= mpfr_add(r.high, r.high, x, MPFR_RNDU);
  }
  r.low_open = low != 0;
  r.high_open = high != 0;
}

void gelu_gate_at(mpfr_srcptr x, Interval& r) {
  Number root(precision_of(r)), low(precision_of(r)), high(precision_of(r));
  const bool negative = mpfr_sgn(x) < 0;
  // Where -x is positive, the larger root of 1/2 gives the larger argument.
  mpfr_set_d(root, 0.5, MPFR_RNDN);
  mpfr_sqrt(root, root, MPFR_RNDU);
  mpfr_mul(negative ? low : high, x, root, negative ? MPFR_RNDD : MPFR_RNDU);
  mpfr_set_d(root, 0.5, MPFR_RNDN);
  mpfr_sqrt(root, root, MPFR_RNDD);
  mpfr_mul(negative ? high : low, x, root, negative ? MPFR_RNDU : MPFR_RNDD);
  mpfr_neg(low, low, MPFR_RNDN);
  mpfr_neg(high, high, MPFR_RNDN);
  mpfr_erfc(r.low, low, MPFR_RNDD);
  mpfr_erfc(r.high, high, MPFR_RNDU);
  mpfr_div_2ui(r.low, r.low, 1, MPFR_RNDD);
  mpfr_div_2ui(r.high, r.high, 1, MPFR_RNDU);
  // Exact at 0 and at the infinities alone.
  r.low_open = r.high_open = mpfr_regular_p(x) != 0;
}

void mish_gate_at(mpfr_srcptr x, Interval& r) {
  softplus_at(x, r);
  r.low_open = mpfr_tanh(r.low, r.low, MPFR_RNDD) != 0 || r.low_open;
  r.high_open = mpfr_tanh(r.high, r.high, MPFR_RNDU) != 0 || r.high_open;
}

// x^3/3 - 2 x^5/15 < x - tanh(x) < x^3/3 for x > 0; for negative x the other way round.
void tanh_shrink_near_zero(mpfr_srcptr x, Interval& r) {
  const bool negative = mpfr_sgn(x) < 0;
  const mpfr_rnd_t outward = negative ? MPFR_RNDD : MPFR_RNDU;
  const mpfr_rnd_t inward = negative ? MPFR_RNDU : MPFR_RNDD;
  mpfr_ptr outer = negative ? r.low : r.high;
  mpfr_ptr inner = negative ? r.high : r.low;
  Number square(precision_of(r)), factor(precision_of(r));
  mpfr_sqr(square, x, MPFR_RNDU);
  mpfr_mul(outer, square, x, outward);
  mpfr_div_ui(outer, outer, 3, outward);
  mpfr_mul_ui(factor, square, 2, MPFR_RNDU);
  mpfr_div_ui(factor, factor, 5, MPFR_RNDU);
  mpfr_ui_sub(factor, 1, factor, MPFR_RNDD);
  mpfr_sqr(square, x, MPFR_RNDD);
  mpfr_mul(factor, factor, square, MPFR_RNDD);
  mpfr_mul(inner, factor, x, inward);
  mpfr_div_ui(inner, inner, 3, inward);
  r.low_open = r.high_open = true;
}

void tanh_shrink_at(mpfr_srcptr x, Interval& r) {
  if (mpfr_zero_p(x) || mpfr_inf_p(x)) return set_point(r, x);
  const mpfr_exp_t exponent = mpfr_get_exp(x);
  if (exponent < -precision_of(r) / 5) return tanh_shrink_near_zero(x, r);
  mpfr_tanh(r.low, x, MPFR_RNDU);  // never exact
  mpfr_tanh(r.high, x, MPFR_RNDD);
  mpfr_sub(r.low, x, r.low, MPFR_RNDD);
  mpfr_sub(r.high, x, r.high, MPFR_RNDU);
  r.low_open = r.high_open = true;
}

void hypot(const Interval& a, const Interval& b, Interval& r) {
  if (a.is_infinite() || b.is_infinite()) return r.set(infinity);
  if (a.kind == Kind::nan || b.kind == Kind::nan) return r.set_nan();
  const auto least = [](const Interval& x, mpfr_ptr out) {
    mpfr_set_zero(out, 1);
    if (mpfr_sgn(x.low) > 0) mpfr_set(out, x.low, MPFR_RNDD);
    if (mpfr_sgn(x.high) < 0) mpfr_neg(out, x.high, MPFR_RNDD);
  };
  const auto most = [](const Interval& x, mpfr_ptr out) {
    mpfr_set(out, mpfr_cmpabs(x.low, x.high) > 0 ? mpfr_srcptr(x.low) : mpfr_srcptr(x.high),
             MPFR_RNDU);
  };
  Number x(precision_of(r)), y(precision_of(r));
  least(a, x);
  least(b, y);
  r.low_open = mpfr_hypot(r.low, x, y, MPFR_RNDD) != 0;
  most(a, x);
  most(b, y);
  r.high_open = mpfr_hypot(r.high, x, y, MPFR_RNDU) != 0;
}

void pow_of_points(const Interval& a, const Interval& b, Interval& r) {
  Number x(precision_of(r)), y(precision_of(r));
  a.kind == Kind::nan ? mpfr_set_nan(x) : (void)mpfr_set(x, a.low, MPFR_RNDN);
  b.kind == Kind::nan ? mpfr_set_nan(y) : (void)mpfr_set(y, b.low, MPFR_RNDN);
  r.low_open = mpfr_pow(r.low, x, y, MPFR_RNDD) != 0;
  r.high_open = mpfr_pow(r.high, x, y, MPFR_RNDU) != 0;
  if (mpfr_nan_p(r.low)) r.set_nan();
}

bool has_no_integer(const Interval& a) {
  Number below(precision_of(a));
  mpfr_floor(below, a.high);
  return mpfr_less_p(below, a.low) != 0;
}

// Over positive bases, and over those of one sign with an integer exponent, powers are monotone in
// both operands: their extremes lie in corners.
void pow(const Interval& a, const Interval& b, Interval& r) {
  const auto exact = [](const Interval& x) { return x.kind == Kind::nan || x.is_point(); };
  if (exact(a) && exact(b)) return pow_of_points(a, b, r);
  if (a.kind == Kind::nan && (mpfr_sgn(b.low) > 0 || mpfr_sgn(b.high) < 0)) return r.set_nan();
  if (a.kind == Kind::nan || b.kind == Kind::nan || a.is_infinite() || b.is_infinite())
    return r.set_unknown();
  const bool integer_exponent = b.is_point() && mpfr_integer_p(b.low);
  const bool one_sign = mpfr_sgn(a.low) > 0 || (mpfr_sgn(a.high) < 0 && integer_exponent);
  if (mpfr_sgn(a.high) < 0 && has_no_integer(b)) return r.set_nan();
  if (!one_sign) return r.set_unknown();
  Number low(precision_of(r)), high(precision_of(r));
  mpfr_set_inf(r.low, 1);
  mpfr_set_inf(r.high, -1);
  for (mpfr_srcptr x : {mpfr_srcptr(a.low), mpfr_srcptr(a.high)})
    for (mpfr_srcptr y : {mpfr_srcptr(b.low), mpfr_srcptr(b.high)}) {
      mpfr_pow(low, x, y, MPFR_RNDD);
      mpfr_pow(high, x, y, MPFR_RNDU);
      mpfr_min(r.low, r.low, low, MPFR_RNDD);
      mpfr_max(r.high, r.high, high, MPFR_RNDU);
    }
}

}  // namespace

void apply_function(Do what, const Interval& a, const Interval& b, Interval& r) {
  switch (what) {
    case Do::sqrt: return increasing(mpfr_sqrt, a, r);
    case Do::floor: return integer(floor_of, a, r);
    case Do::ceil: return integer(ceil_of, a, r);
    case Do::trunc: return integer(trunc_of, a, r);
    case Do::round: return integer(round_even, a, r);
    case Do::exp: return increasing(mpfr_exp, a, r);
    case Do::exp2: return increasing(mpfr_exp2, a, r);
    case Do::expm1: return increasing(mpfr_expm1, a, r);
    case Do::log: return increasing(mpfr_log, a, r);
    case Do::log2: return increasing(mpfr_log2, a, r);
    case Do::log10: return increasing(mpfr_log10, a, r);
    case Do::log1p: return increasing(mpfr_log1p, a, r);
    case Do::tanh: return increasing(mpfr_tanh, a, r);
    case Do::erf: return increasing(mpfr_erf, a, r);
    case Do::erfc: return decreasing(mpfr_erfc, a, r);
    case Do::sin: return angle(mpfr_sin, a, r);
    case Do::cos: return angle(mpfr_cos, a, r);
    case Do::rsqrt: return rsqrt(a, r);
    case Do::pow: return pow(a, b, r);
    case Do::hypot: return hypot(a, b, r);
    case Do::sigmoid: return increasing_between(a, r, sigmoid_at);
    case Do::softplus: return increasing_between(a, r, softplus_at);
    case Do::gelu_gate: return increasing_between(a, r, gelu_gate_at);
    case Do::mish_gate: return increasing_between(a, r, mish_gate_at);
    case Do::tanh_shrink: return increasing_between(a, r, tanh_shrink_at);
    default: throw InternalError("no such function of intervals");
  }
}

}  // namespace actjit::tools
