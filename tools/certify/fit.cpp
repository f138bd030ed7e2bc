#include "tools/certify/fit.h"

#include <cmath>
#include <numbers>

namespace actjit::tools {

namespace {

// How close a piece is to the function, relative to it.
constexpr double closeness = 0x1p-60;
// What may be added to the leading term of a sum, to the sum.
constexpr double most_added = 0.5;

// A number as the sum of two.
double high(mpfr_srcptr x) { return mpfr_get_d(x, MPFR_RNDN); }
double low(mpfr_srcptr x) {
  Number rest(fit_precision);
  mpfr_sub_d(rest, x, high(x), MPFR_RNDN);
  return mpfr_get_d(rest, MPFR_RNDN);
}

}  // namespace

bool LongFunction::operator()(const Number& x, mpfr_ptr y) {
  const Interval& a = intervals_.evaluate(x);
  if (a.kind != Interval::Kind::number) return false;
  mpfr_add(y, a.low, a.high, MPFR_RNDN);
  mpfr_div_2ui(y, y, 1, MPFR_RNDN);
  if (!mpfr_number_p(y)) return false;
  Number width(64);
  mpfr_sub(width, a.high, a.low, MPFR_RNDU);
  return mpfr_zero_p(width) || mpfr_zero_p(y) ||
         mpfr_get_exp(width) < mpfr_get_exp(y) - fit_precision / 3;
}

Fit::Fit(LongFunction& f, const Number& root) : f_(f), is_root_(true) {
  mpfr_set(middle_, root, MPFR_RNDN);
  mpfr_set_zero(value_, 1);
}

Fit::Fit(LongFunction& f, double middle) : f_(f) {
  mpfr_set_d(middle_, middle, MPFR_RNDN);
  if (!f_(middle_, value_)) mpfr_set_nan(value_);
}

std::optional<Piece> Fit::run(double low, double high) {
  centre_ = (low + high) / 2;
  half_width_ = (high - low) / 2;
  for (std::size_t n = 2; n <= Piece::most_terms; n += 2)
    if (interpolate(n) && is_close(n)) return piece(n);
  return std::nullopt;
}

Fit::Numbers Fit::numbers(std::size_t n) {
  Numbers out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(std::make_unique<Number>(fit_precision));
  return out;
}

// f(middle + t)
bool Fit::at(mpfr_srcptr t, mpfr_ptr out) {
  Number x(fit_precision);
  mpfr_add(x, middle_, t, MPFR_RNDN);
  return f_(x, out);
}

// Node i of n, Chebyshev's; none is the middle itself.
void Fit::set_node(std::size_t i, std::size_t n, mpfr_ptr t) const {
  const double angle = std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(n);
  const double node = centre_ + half_width_ * std::cos(angle);
  mpfr_set_d(t, std::fabs(node) < half_width_ * 0x1p-20 ? half_width_ * 0x1p-20 : node, MPFR_RNDN);
}

// Newton's divided differences of (f - value) / t, and from them the powers of t.
bool Fit::interpolate(std::size_t n) {
  Numbers t = numbers(n);
  terms_ = numbers(n);
  Numbers d = numbers(n);
  for (std::size_t i = 0; i < n; ++i) {
    set_node(i, n, *t[i]);
    if (!at(*t[i], *d[i])) return false;
    mpfr_sub(*d[i], *d[i], value_, MPFR_RNDN);
    mpfr_div(*d[i], *d[i], *t[i], MPFR_RNDN);
  }
  Number step(fit_precision);
  for (std::size_t k = 1; k < n; ++k)
    for (std::size_t i = n - 1; i >= k; --i) {
      mpfr_sub(*d[i], *d[i], *d[i - 1], MPFR_RNDN);
      mpfr_sub(step, *t[i], *t[i - k], MPFR_RNDN);
      mpfr_div(*d[i], *d[i], step, MPFR_RNDN);
    }
  for (const auto& term : terms_) mpfr_set_zero(*term, 1);
  // terms = terms (t - t[k]) + d[k], from the last one down.
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t i = n - 1; i > 0; --i) {
      mpfr_mul(step, *terms_[i], *t[k], MPFR_RNDN);
      mpfr_sub(*terms_[i], *terms_[i - 1], step, MPFR_RNDN);
    }
    mpfr_mul(step, *terms_[0], *t[k], MPFR_RNDN);
    mpfr_sub(*terms_[0], *d[k], step, MPFR_RNDN);
  }
  return true;
}

// Between the nodes. Of value, leading term and the rest, none but the first that is not 0 may be
// large, so that only the last rounding counts.
bool Fit::is_close(std::size_t n) {
  Number t(fit_precision), want(fit_precision), rest(fit_precision), leading(fit_precision);
  for (std::size_t i = 0; i <= 2 * n; ++i) {
    set_node(i, 2 * n + 1, t);
    if (!at(t, want)) return false;
    mpfr_set_zero(rest, 1);
    for (std::size_t k = n; k-- > 1;) {
      mpfr_mul(rest, rest, t, MPFR_RNDN);
      mpfr_add(rest, rest, *terms_[k], MPFR_RNDN);
    }
    mpfr_mul(rest, rest, t, MPFR_RNDN);
    mpfr_mul(rest, rest, t, MPFR_RNDN);
    mpfr_mul(leading, *terms_[0], t, MPFR_RNDN);
    const double size = std::fabs(mpfr_get_d(want, MPFR_RNDN));
    if (std::fabs(mpfr_get_d(rest, MPFR_RNDN)) > size * most_added) return false;
    mpfr_add(rest, rest, leading, MPFR_RNDN);
    if (!is_root_ && std::fabs(mpfr_get_d(rest, MPFR_RNDN)) > size * most_added) return false;
    mpfr_add(rest, rest, value_, MPFR_RNDN);
    mpfr_sub(rest, rest, want, MPFR_RNDN);
    if (!(std::fabs(mpfr_get_d(rest, MPFR_RNDN)) <= size * closeness)) return false;
  }
  return true;
}

Piece Fit::piece(std::size_t n) const {
  Piece out;
  out.middle = high(middle_);
  out.middle_low = low(middle_);
  out.value = high(value_);
  out.value_low = low(value_);
  out.first = out.middle + (centre_ - half_width_);
  out.last = out.middle + (centre_ + half_width_);
  out.slope_low = low(*terms_[0]);
  for (std::size_t i = 0; i < n; ++i) out.terms[i] = high(*terms_[i]);
  return out;
}

}  // namespace actjit::tools
