#include "tools/certify/interval.h"

#include "tools/certify/interval_math.h"
#include "tools/certify/round.h"

namespace actjit::tools {

void Interval::set(double x) {
  kind = x == x ? Kind::number : Kind::nan;
  set_closed();
  mpfr_set_d(low, x, MPFR_RNDD);
  mpfr_set_d(high, x, MPFR_RNDU);
}

void Interval::set(const Number& x) {
  kind = mpfr_nan_p(x) ? Kind::nan : Kind::number;
  set_closed();
  mpfr_set(low, x, MPFR_RNDD);
  mpfr_set(high, x, MPFR_RNDU);
}

void Interval::assign(const Interval& other) {
  kind = other.kind;
  mpfr_set(low, other.low, MPFR_RNDD);
  mpfr_set(high, other.high, MPFR_RNDU);
  low_open = other.low_open;
  high_open = other.high_open;
}

namespace {

using Kind = Interval::Kind;

// Where both ends vanish, directed rounding has given them different signs.
void set_zero_sign(Interval& r, bool negative) {
  if (!mpfr_zero_p(r.low) || !mpfr_zero_p(r.high)) return;
  mpfr_set_zero(r.low, negative ? -1 : 1);
  mpfr_set_zero(r.high, negative ? -1 : 1);
}
// An end of an interval that is no point: 0 * infinity bounds nothing but 0, and so on.
void set_if_nan(mpfr_ptr x, double value) {
  if (mpfr_nan_p(x)) mpfr_set_d(x, value, MPFR_RNDN);
}

void add(const Interval& a, const Interval& b, Interval& r) {
  if (a.is_infinite() && b.is_infinite()) {
    mpfr_add(r.low, a.low, b.low, MPFR_RNDN);
    if (mpfr_nan_p(r.low)) return r.set_nan();
    return r.assign(a);
  }
  if (a.is_infinite()) return r.assign(a);
  if (b.is_infinite()) return r.assign(b);
  r.low_open = mpfr_add(r.low, a.low, b.low, MPFR_RNDD) != 0 || a.low_open || b.low_open;
  r.high_open = mpfr_add(r.high, a.high, b.high, MPFR_RNDU) != 0 || a.high_open || b.high_open;
  set_if_nan(r.low, -std::numeric_limits<double>::infinity());
  set_if_nan(r.high, std::numeric_limits<double>::infinity());
  set_zero_sign(r, mpfr_signbit(a.low) && mpfr_signbit(b.low));
}

void neg(const Interval& a, Interval& r) {
  mpfr_neg(r.low, a.high, MPFR_RNDD);
  mpfr_neg(r.high, a.low, MPFR_RNDU);
  r.low_open = a.high_open;
  r.high_open = a.low_open;
}

// Takes in another end; where two ends are equal, one that is closed closes both.
void widen_low(Interval& r, mpfr_srcptr low, bool open) {
  r.low_open = mpfr_less_p(low, r.low) ? open : r.low_open && (open || !mpfr_equal_p(low, r.low));
  if (mpfr_less_p(low, r.low)) mpfr_set(r.low, low, MPFR_RNDD);
}
void widen_high(Interval& r, mpfr_srcptr high, bool open) {
  r.high_open =
      mpfr_greater_p(high, r.high) ? open : r.high_open && (open || !mpfr_equal_p(high, r.high));
  if (mpfr_greater_p(high, r.high)) mpfr_set(r.high, high, MPFR_RNDU);
}

bool contains_zero(const Interval& a) { return mpfr_sgn(a.low) <= 0 && mpfr_sgn(a.high) >= 0; }

struct End {
  mpfr_srcptr x;
  bool open;
};

// Whether a product or quotient cannot be what it is in this corner. Zero times anything is zero,
// so that there one attained zero is enough.
bool is_open_corner(End x, End y, bool product) {
  const bool x_zero = mpfr_zero_p(x.x) != 0, y_zero = product && mpfr_zero_p(y.x) != 0;
  if (x_zero || y_zero) return (!x_zero || x.open) && (!y_zero || y.open);
  return x.open || y.open;
}

// The extremes lie in corners.
template <class Function>
void corners(const Interval& a, const Interval& b, Interval& r, Function f, bool product) {
  Number low(mpfr_get_prec(r.low)), high(mpfr_get_prec(r.low));
  mpfr_set_inf(r.low, 1);
  mpfr_set_inf(r.high, -1);
  for (End x : {End{a.low, a.low_open}, End{a.high, a.high_open}})
    for (End y : {End{b.low, b.low_open}, End{b.high, b.high_open}}) {
      const bool open = is_open_corner(x, y, product);
      const bool low_open = f(low, x.x, y.x, MPFR_RNDD) != 0 || open;
      const bool high_open = f(high, x.x, y.x, MPFR_RNDU) != 0 || open;
      const bool endless = mpfr_nan_p(low) != 0;  // 0 * infinity, infinity / infinity
      set_if_nan(low, 0);
      set_if_nan(high, 0);
      widen_low(r, low, low_open && !endless);
      widen_high(r, high, high_open && !endless);
    }
}

bool signs_differ(const Interval& a, const Interval& b) {
  return (mpfr_signbit(a.low) != 0) != (mpfr_signbit(b.low) != 0);
}

void mul(const Interval& a, const Interval& b, Interval& r, bool gated) {
  const bool endless = a.is_infinite() || b.is_infinite();
  if (endless && (contains_zero(a) || contains_zero(b))) {
    const bool zero = a.is_zero() || b.is_zero();
    if (gated && zero) {
      r.set(0);
      return set_zero_sign(r, signs_differ(a, b));
    }
    return zero ? r.set_nan() : r.set_unknown();
  }
  if (a.is_point() && b.is_point()) {
    r.low_open = mpfr_mul(r.low, a.low, b.low, MPFR_RNDD) != 0;
    r.high_open = mpfr_mul(r.high, a.low, b.low, MPFR_RNDU) != 0;
  } else {
    corners(a, b, r, mpfr_mul, true);
  }
  if (a.is_zero() || b.is_zero()) set_zero_sign(r, signs_differ(a, b));
}

void div(const Interval& a, const Interval& b, Interval& r) {
  if (b.is_zero()) {
    if (a.kind != Kind::number || a.is_zero()) return r.set_nan();
    if (contains_zero(a) && !a.is_point()) return r.set_unknown();
    const bool negative = (mpfr_sgn(a.high) <= 0) != (mpfr_signbit(b.low) != 0);
    return r.set(negative ? -std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::infinity());
  }
  if (a.is_infinite() && b.is_infinite()) return r.set_nan();
  if (contains_zero(b)) return r.set_unknown();
  if (b.is_infinite() && contains_zero(a) && !a.is_point()) return r.set_unknown();
  if (a.is_point() && b.is_point()) {
    r.low_open = mpfr_div(r.low, a.low, b.low, MPFR_RNDD) != 0;
    r.high_open = mpfr_div(r.high, a.low, b.low, MPFR_RNDU) != 0;
  } else {
    corners(a, b, r, mpfr_div, false);
  }
  if (a.is_zero() || b.is_infinite()) set_zero_sign(r, signs_differ(a, b));
}

void abs(const Interval& a, Interval& r) {
  if (a.is_point() || mpfr_sgn(a.low) >= 0) {
    r.assign(a);
    mpfr_abs(r.low, a.low, MPFR_RNDD);
    mpfr_abs(r.high, a.high, MPFR_RNDU);
  } else if (mpfr_sgn(a.high) <= 0) {
    neg(a, r);
    if (mpfr_zero_p(r.low)) mpfr_set_zero(r.low, 1);
  } else {
    neg(a, r);
    widen_high(r, a.high, a.high_open);
    mpfr_set_zero(r.low, 1);
    r.low_open = false;
  }
}

// The second where it is `better` for certain, the first where the first is certainly not worse.
void extreme(const Interval& a, const Interval& b, Interval& r, bool largest) {
  const auto better = [largest](mpfr_srcptr x, mpfr_srcptr y) {
    return largest ? mpfr_greater_p(x, y) : mpfr_less_p(x, y);
  };
  if (a.is_point() && b.is_point()) return r.assign(better(b.low, a.low) ? b : a);
  r.assign(a);
  if (better(b.low, a.low)) mpfr_set(r.low, b.low, MPFR_RNDD);
  if (better(b.high, a.high)) mpfr_set(r.high, b.high, MPFR_RNDU);
  // Equal ends may both be attained.
  r.low_open =
      better(b.low, a.low) ? b.low_open : a.low_open && (b.low_open || !mpfr_equal_p(a.low, b.low));
  r.high_open = better(b.high, a.high)
                    ? b.high_open
                    : a.high_open && (b.high_open || !mpfr_equal_p(a.high, b.high));
}

void copysign(const Interval& a, const Interval& b, Interval& r) {
  Interval magnitude(mpfr_get_prec(r.low));
  abs(a, magnitude);
  const bool positive = b.is_point() ? !mpfr_signbit(b.low) : mpfr_sgn(b.low) >= 0;
  const bool negative = b.is_point() ? !positive : mpfr_sgn(b.high) <= 0;
  if (positive) return r.assign(magnitude);
  neg(magnitude, r);
  if (negative) return;
  mpfr_set(r.high, magnitude.high, MPFR_RNDU);
  r.high_open = magnitude.high_open;
}

// `below`, `equal`, `above`: what the relation gives for a < b, a == b, a > b.
void compare(const Interval& a, const Interval& b, Interval& r, bool below, bool equal,
             bool above) {
  const bool apart_below = a.high_open || b.low_open, apart_above = a.low_open || b.high_open;
  if (mpfr_less_p(a.high, b.low) || (apart_below && mpfr_equal_p(a.high, b.low)))
    return r.set_bool(below);
  if (mpfr_greater_p(a.low, b.high) || (apart_above && mpfr_equal_p(a.low, b.high)))
    return r.set_bool(above);
  if (a.is_point() && b.is_point()) return r.set_bool(equal);
  if (below == equal && mpfr_lessequal_p(a.high, b.low)) return r.set_bool(below);
  if (above == equal && mpfr_greaterequal_p(a.low, b.high)) return r.set_bool(above);
  r.set_unknown();
}

void relation(Do what, const Interval& a, const Interval& b, Interval& r) {
  if (a.kind == Kind::nan || b.kind == Kind::nan) return r.set_bool(what == Do::ne);
  if (a.kind == Kind::unknown || b.kind == Kind::unknown) return r.set_unknown();
  switch (what) {
    case Do::eq: return compare(a, b, r, false, true, false);
    case Do::ne: return compare(a, b, r, true, false, true);
    case Do::lt: return compare(a, b, r, true, false, false);
    case Do::le: return compare(a, b, r, true, true, false);
    case Do::gt: return compare(a, b, r, false, false, true);
    default: return compare(a, b, r, false, true, true);
  }
}

void logic(Do what, const Interval& a, const Interval& b, Interval& r) {
  const auto is = [](const Interval& x, bool value) {
    return x.kind == Kind::number && (mpfr_zero_p(x.low) == 0) == value;
  };
  const bool known = a.kind == Kind::number && (what == Do::bit_not || b.kind == Kind::number);
  if (what == Do::bit_and && (is(a, false) || is(b, false))) return r.set_bool(false);
  if (what == Do::bit_or && (is(a, true) || is(b, true))) return r.set_bool(true);
  if (!known) return r.set_unknown();
  if (what == Do::bit_not) return r.set_bool(is(a, false));
  r.set_bool(what == Do::bit_and || (what == Do::bit_xor && is(a, true) != is(b, true)));
}

void select(const Interval& condition, const Interval& a, const Interval& b, Interval& r) {
  if (condition.kind == Kind::number) return r.assign(mpfr_zero_p(condition.low) ? b : a);
  if (a.kind == Kind::nan && b.kind == Kind::nan) return r.set_nan();
  const bool exact = a.is_infinite() || b.is_infinite();
  if (a.kind != Kind::number || b.kind != Kind::number || exact) return r.set_unknown();
  r.assign(a);
  widen_low(r, b.low, b.low_open);
  widen_high(r, b.high, b.high_open);
}

void narrow(const Format& format, const Interval& a, Interval& r) {
  const Rounded rounded = round_interval(format, a);
  if (!rounded.decided) return r.set_unknown();
  r.set(decode(format, rounded.bits));
}

// Steps that are not functions of numbers alone.
bool apply_special(const Step& s, const Interval& a, const Interval& b, const Interval& c,
                   Interval& r) {
  if (s.what == Do::select) return select(a, b, c, r), true;
  if (s.what >= Do::eq && s.what <= Do::ge) return relation(s.what, a, b, r), true;
  if (s.what >= Do::bit_and && s.what <= Do::bit_not) return logic(s.what, a, b, r), true;
  const bool two = arity(s.what) == 2;
  // The sign of a NaN is nobody's promise.
  if (s.what == Do::copysign && a.kind != Kind::nan && b.kind == Kind::nan)
    return r.set_unknown(), true;
  // pow(1, NaN), pow(NaN, 0) and hypot(inf, NaN) are numbers.
  const bool forgiving = s.what == Do::pow || s.what == Do::hypot;
  if (!forgiving && (a.kind == Kind::nan || (two && b.kind == Kind::nan))) return r.set_nan(), true;
  if (a.kind == Kind::unknown || (two && b.kind == Kind::unknown)) return r.set_unknown(), true;
  return false;
}

void set_constant(const Step& s, Interval& r) {
  r.set(s.value.hi);
  if (r.kind != Kind::number || mpfr_inf_p(r.low) || s.value.lo == 0) return;
  r.low_open = mpfr_add_d(r.low, r.low, s.value.lo, MPFR_RNDD) != 0;
  r.high_open = mpfr_add_d(r.high, r.high, s.value.lo, MPFR_RNDU) != 0;
}

void apply_step(const Step& s, const Interval& a, const Interval& b, const Interval& c,
                Interval& r) {
  r.kind = Kind::number;
  r.set_closed();
  switch (s.what) {
    case Do::input: return;
    case Do::constant:
    case Do::boolean: return set_constant(s, r);
    case Do::pi:
      mpfr_const_pi(r.low, MPFR_RNDD);
      mpfr_const_pi(r.high, MPFR_RNDU);
      r.low_open = r.high_open = true;
      return;
    default: break;
  }
  if (apply_special(s, a, b, c, r)) return;
  switch (s.what) {
    case Do::add: return add(a, b, r);
    case Do::sub: {
      Interval negated(mpfr_get_prec(r.low));
      neg(b, negated);
      return add(a, negated, r);
    }
    case Do::mul: return mul(a, b, r, false);
    case Do::gated: return mul(a, b, r, true);
    case Do::div: return div(a, b, r);
    case Do::neg: return neg(a, r);
    case Do::abs: return abs(a, r);
    case Do::min: return extreme(a, b, r, false);
    case Do::max: return extreme(a, b, r, true);
    case Do::copysign: return copysign(a, b, r);
    case Do::narrow: return narrow(*s.format, a, r);
    default: return apply_function(s.what, a, b, r);
  }
}

}  // namespace

void apply(const Step& s, const Interval& a, const Interval& b, const Interval& c, Interval& r) {
  apply_step(s, a, b, c, r);
  // Infinity times an open interval is infinity, exactly.
  if (r.is_point()) r.set_closed();
}

}  // namespace actjit::tools
