#include "tools/certify/pair_tables.h"

#include <deque>

#include "ir/dtype.h"
#include "tools/certify/interval.h"

namespace actjit::tools {

namespace {

// The recurrences below lose some 200 bits at worst.
constexpr mpfr_prec_t precision = 600;

struct Split {
  double hi, lo;
};
Split split(const Number& x) {
  const double hi = mpfr_get_d(x, MPFR_RNDN);
  Number rest(precision);
  mpfr_sub_d(rest, x, hi, MPFR_RNDN);
  return {hi, mpfr_get_d(rest, MPFR_RNDN)};
}

PowerTable make_powers() {
  PowerTable t;
  Number x(precision);
  for (int j = 0; j < PowerTable::size; ++j) {
    mpfr_set_si_2exp(x, j, -7, MPFR_RNDN);
    mpfr_exp2(x, x, MPFR_RNDN);
    const Split s = split(x);
    t.hi[j] = s.hi;
    t.lo[j] = s.lo;
  }
  return t;
}

LogarithmTable make_logarithms() {
  LogarithmTable t;
  Number x(precision);
  for (int j = 0; j < LogarithmTable::size; ++j) {
    constexpr int shift = 52 - LogarithmTable::bits;
    const Bits from = LogarithmTable::first + (static_cast<Bits>(j) << shift);
    const double low = f64_of(from), high = f64_of(from + (Bits{1} << shift));
    const bool at_one = low <= 1 && high >= 1;
    t.inverse[j] = at_one ? 1 : 2 / (low + high);
    mpfr_set_d(x, t.inverse[j], MPFR_RNDN);
    mpfr_log(x, x, MPFR_RNDN);
    mpfr_neg(x, x, MPFR_RNDN);
    const Split s = split(x);
    t.hi[j] = s.hi;
    t.lo[j] = s.lo;
  }
  return t;
}

using Series = std::deque<Number>;

void append(TaylorTable& t, const Series& a) {
  for (int n = 0; n < TaylorTable::heads; ++n)
    t.values.push_back(split(a[static_cast<std::size_t>(n)]).hi);
  for (int n = 0; n < TaylorTable::heads; ++n)
    t.values.push_back(split(a[static_cast<std::size_t>(n)]).lo);
  for (int n = TaylorTable::heads; n < TaylorTable::terms; ++n)
    t.values.push_back(mpfr_get_d(a[static_cast<std::size_t>(n)], MPFR_RNDN));
}

Series zeros() {
  Series a;
  for (int n = 0; n < TaylorTable::terms; ++n) {
    a.emplace_back(precision);
    mpfr_set_zero(a.back(), 1);
  }
  return a;
}

void set_two_over_root_pi(Number& x) {
  mpfr_const_pi(x, MPFR_RNDN);
  mpfr_rec_sqrt(x, x, MPFR_RNDN);
  mpfr_mul_2ui(x, x, 1, MPFR_RNDN);
}

// next = (2 x a[n] + 2 a[n - 1]) * sign / divisor
void recur(Number& next, double x, const Number& a, const Number* before, int sign, int divisor) {
  mpfr_mul_d(next, a, 2 * x * sign, MPFR_RNDN);
  if (before != nullptr) {
    Number twice(precision);
    mpfr_mul_si(twice, *before, 2 * sign, MPFR_RNDN);
    mpfr_add(next, next, twice, MPFR_RNDN);
  }
  mpfr_div_si(next, next, divisor, MPFR_RNDN);
}

// The terms of w = erfcx around x, given w there: w' = 2 x w - 2 / sqrt(pi).
void fill_erfcx(Series& a, double x, const Number& constant) {
  recur(a[1], x, a[0], nullptr, 1, 1);
  mpfr_sub(a[1], a[1], constant, MPFR_RNDN);
  for (std::size_t n = 1; n + 1 < a.size(); ++n)
    recur(a[n + 1], x, a[n], &a[n - 1], 1, static_cast<int>(n + 1));
}

// The value of the series at -1/8.
void step_back(const Series& a, Number& out) {
  mpfr_set_zero(out, 1);
  for (std::size_t n = a.size(); n-- > 0;) {
    mpfr_div_d(out, out, -TaylorTable::per_unit, MPFR_RNDN);
    mpfr_add(out, out, a[n], MPFR_RNDN);
  }
}

// From 24 down, each value from the series around the one before: MPFR takes long for erfc, and
// backwards an error shrinks by e^(x^2). 64 terms have 300 bits.
TaylorTable make_erfcx() {
  constexpr double last = 24;
  Number constant(precision), value(precision), square(precision);
  set_two_over_root_pi(constant);
  mpfr_set_d(value, last, MPFR_RNDN);
  mpfr_erfc(value, value, MPFR_RNDN);
  mpfr_set_d(square, last * last, MPFR_RNDN);
  mpfr_exp(square, square, MPFR_RNDN);
  mpfr_mul(value, value, square, MPFR_RNDN);
  std::deque<Series> rows;
  for (double x = last; x >= 0; x -= 1 / TaylorTable::per_unit) {
    Series& a = rows.emplace_front();
    for (int n = 0; n < 64; ++n) a.emplace_back(precision);
    mpfr_set(a[0], value, MPFR_RNDN);
    fill_erfcx(a, x, constant);
    step_back(a, value);
  }
  TaylorTable t;
  for (const Series& a : rows) append(t, a);
  return t;
}

// g = erf', g' = -2 x g
TaylorTable make_erf() {
  TaylorTable t;
  Number square(precision);
  for (int j = 0; j <= last_erf * 8; ++j) {
    const double x = j / TaylorTable::per_unit;
    Series g = zeros(), a = zeros();
    set_two_over_root_pi(g[0]);
    mpfr_set_d(square, -x * x, MPFR_RNDN);
    mpfr_exp(square, square, MPFR_RNDN);
    mpfr_mul(g[0], g[0], square, MPFR_RNDN);
    for (std::size_t n = 0; n + 1 < g.size(); ++n)
      recur(g[n + 1], x, g[n], n == 0 ? nullptr : &g[n - 1], -1, static_cast<int>(n + 1));
    mpfr_set_d(a[0], x, MPFR_RNDN);
    mpfr_erf(a[0], a[0], MPFR_RNDN);
    for (std::size_t n = 1; n < a.size(); ++n)
      mpfr_div_ui(a[n], g[n - 1], static_cast<unsigned long>(n), MPFR_RNDN);
    append(t, a);
  }
  return t;
}

// The n-th derivative of the sine is the (n mod 4)-th.
TaylorTable make_sine() {
  TaylorTable t;
  for (int ahead : {0, 1}) {
    for (int j = 0; j < sine_rows; ++j) {
      Number x(precision), derivatives[2] = {Number(precision), Number(precision)};
      mpfr_set_d(x, j / TaylorTable::per_unit, MPFR_RNDN);
      mpfr_sin_cos(derivatives[0], derivatives[1], x, MPFR_RNDN);
      Series a = zeros();
      Number factorial(precision);
      mpfr_set_ui(factorial, 1, MPFR_RNDN);
      for (int n = 0; n < TaylorTable::terms; ++n) {
        if (n > 0) mpfr_mul_si(factorial, factorial, n, MPFR_RNDN);
        Number& at = a[static_cast<std::size_t>(n)];
        mpfr_div(at, derivatives[(n + ahead) % 2], factorial, MPFR_RNDN);
        if ((n + ahead) % 4 >= 2) mpfr_neg(at, at, MPFR_RNDN);
      }
      append(t, a);
    }
  }
  return t;
}

}  // namespace

const PowerTable& power_table() {
  static const PowerTable table = make_powers();
  return table;
}
const LogarithmTable& logarithm_table() {
  static const LogarithmTable table = make_logarithms();
  return table;
}
const TaylorTable& erfcx_table() {
  static const TaylorTable table = make_erfcx();
  return table;
}
const TaylorTable& erf_table() {
  static const TaylorTable table = make_erf();
  return table;
}
const TaylorTable& sine_table() {
  static const TaylorTable table = make_sine();
  return table;
}

}  // namespace actjit::tools
