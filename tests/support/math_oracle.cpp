#include "tests/support/math_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/eval.h"

namespace actjit::test {

namespace {

constexpr mpfr_rnd_t nearest = MPFR_RNDN;

// 1 / (1 + e^-x)
void sigmoid(mpfr_ptr out, mpfr_srcptr x) {
  mpfr_neg(out, x, nearest);
  mpfr_exp(out, out, nearest);
  mpfr_add_ui(out, out, 1, nearest);
  mpfr_ui_div(out, 1, out, nearest);
}

// log(1 + e^x)
void softplus(mpfr_ptr out, mpfr_srcptr x) {
  // MPFR's exponents end too; long before that the sum is x.
  if (mpfr_cmp_d(x, 1e6) > 0) {
    mpfr_set(out, x, nearest);
    return;
  }
  mpfr_exp(out, x, nearest);
  mpfr_log1p(out, out, nearest);
}

void gelu(mpfr_ptr out, mpfr_srcptr x) {
  Exact t;
  mpfr_sqrt_ui(t.get(), 2, nearest);
  mpfr_div(t.get(), x, t.get(), nearest);
  mpfr_neg(t.get(), t.get(), nearest);
  mpfr_erfc(t.get(), t.get(), nearest);
  mpfr_mul(out, x, t.get(), nearest);
  mpfr_div_ui(out, out, 2, nearest);
}

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3): the same without cancellation.
void gelu_tanh(mpfr_ptr out, mpfr_srcptr x) {
  Exact u, t;
  mpfr_set_str(t.get(), "0.044715", 10, nearest);
  mpfr_mul(u.get(), x, x, nearest);
  mpfr_mul(u.get(), u.get(), t.get(), nearest);
  mpfr_add_ui(u.get(), u.get(), 1, nearest);
  mpfr_mul(u.get(), u.get(), x, nearest);
  mpfr_const_pi(t.get(), nearest);
  mpfr_ui_div(t.get(), 2, t.get(), nearest);
  mpfr_sqrt(t.get(), t.get(), nearest);
  mpfr_mul(u.get(), u.get(), t.get(), nearest);
  mpfr_mul_ui(u.get(), u.get(), 2, nearest);
  sigmoid(t.get(), u.get());
  mpfr_mul(out, x, t.get(), nearest);
}

void mish(mpfr_ptr out, mpfr_srcptr x) {
  Exact t;
  softplus(t.get(), x);
  mpfr_tanh(t.get(), t.get(), nearest);
  mpfr_mul(out, x, t.get(), nearest);
}

void tanh_shrink(mpfr_ptr out, mpfr_srcptr x) {
  if (mpfr_regular_p(x) &&
      mpfr_get_exp(x) < -60) {  // x^3 / 3 - 2 x^5 / 15, far below the next term
    Exact x2, t;
    mpfr_mul(x2.get(), x, x, nearest);
    mpfr_mul_ui(t.get(), x2.get(), 2, nearest);
    mpfr_div_ui(t.get(), t.get(), 5, nearest);
    mpfr_ui_sub(t.get(), 1, t.get(), nearest);
    mpfr_mul(t.get(), t.get(), x2.get(), nearest);
    mpfr_mul(t.get(), t.get(), x, nearest);
    mpfr_div_ui(out, t.get(), 3, nearest);
    return;
  }
  Exact t;
  mpfr_tanh(t.get(), x, nearest);
  mpfr_sub(out, x, t.get(), nearest);
  if (mpfr_zero_p(out)) mpfr_setsign(out, out, mpfr_signbit(x), nearest);
}

// a b, where 0 times infinity counts as 0.
void product(mpfr_ptr out, mpfr_srcptr a, mpfr_srcptr b) {
  mpfr_mul(out, a, b, nearest);
  if (mpfr_nan_p(out) && !mpfr_nan_p(a) && !mpfr_nan_p(b)) mpfr_set_zero(out, 1);
}

// The zero of the product has the sign of a.
void swish(mpfr_ptr out, mpfr_srcptr a, mpfr_srcptr b) {
  Exact z;
  product(z.get(), a, b);
  sigmoid(out, z.get());
  if (mpfr_zero_p(out))
    mpfr_setsign(out, out, mpfr_signbit(a), nearest);
  else
    mpfr_mul(out, out, a, nearest);
}

void scaled_softplus(mpfr_ptr out, mpfr_srcptr a, mpfr_srcptr b) {
  Exact z;
  product(z.get(), a, b);
  if (mpfr_cmp_d(z.get(), 1e6) > 0) {  // the sum is b a, infinite or not
    mpfr_set(out, a, nearest);
    return;
  }
  softplus(out, z.get());
  mpfr_div(out, out, b, nearest);
}

void telu(mpfr_ptr out, mpfr_srcptr x) {
  Exact t;
  mpfr_exp(t.get(), x, nearest);
  mpfr_tanh(t.get(), t.get(), nearest);
  mpfr_mul(out, x, t.get(), nearest);
}

void softcap(mpfr_ptr out, mpfr_srcptr a, mpfr_srcptr b) {
  if (mpfr_inf_p(b) || (mpfr_zero_p(b) && mpfr_zero_p(a))) {
    mpfr_set(out, a, nearest);
    return;
  }
  Exact t;
  mpfr_div(t.get(), a, b, nearest);
  if (mpfr_regular_p(t.get()) && mpfr_get_exp(t.get()) < -80) {  // a - a^3 / (3 b^2)
    mpfr_sqr(t.get(), t.get(), nearest);
    mpfr_div_ui(t.get(), t.get(), 3, nearest);
    mpfr_ui_sub(t.get(), 1, t.get(), nearest);
    mpfr_mul(out, a, t.get(), nearest);
    return;
  }
  mpfr_tanh(t.get(), t.get(), nearest);
  mpfr_mul(out, t.get(), b, nearest);
}

// Left of zero without cancellation: b / (2 (sqrt(a^2 + b) - a)).
void squareplus(mpfr_ptr out, mpfr_srcptr a, mpfr_srcptr b) {
  Exact root;
  mpfr_sqr(root.get(), a, nearest);
  mpfr_add(root.get(), root.get(), b, nearest);
  mpfr_sqrt(root.get(), root.get(), nearest);
  const bool left = mpfr_cmp_ui(a, 0) < 0 && mpfr_number_p(root.get()) && !mpfr_zero_p(b);
  if (mpfr_cmp_ui(b, 0) < 0) {
    mpfr_set_nan(out);
  } else if (mpfr_inf_p(a) && mpfr_cmp_ui(a, 0) < 0 && mpfr_number_p(b)) {
    mpfr_set_zero(out, 1);
  } else if (mpfr_inf_p(b) && !mpfr_nan_p(a)) {
    mpfr_set_inf(out, 1);
  } else if (left) {
    mpfr_sub(root.get(), root.get(), a, nearest);
    mpfr_div(out, b, root.get(), nearest);
    mpfr_div_ui(out, out, 2, nearest);
  } else {
    mpfr_add(out, root.get(), a, nearest);
    mpfr_div_ui(out, out, 2, nearest);
  }
}

// Where a product of the formula is 0 * infinity, its limit: -0 at minus infinity.
bool limit_at_minus_infinity(Op op, double a, mpfr_ptr out) {
  const bool vanishes =
      op == Op::silu || op == Op::gelu || op == Op::gelu_tanh || op == Op::mish || op == Op::telu;
  if (!vanishes || a != -std::numeric_limits<double>::infinity()) return false;
  mpfr_set_zero(out, -1);
  return true;
}

}  // namespace

Bits Exact::rounded(DType dtype) const {
  const double hi = mpfr_get_d(x_, nearest);
  if (dtype == DType::f64) return to_bits(hi);
  // What is left decides ties.
  Exact rest;
  if (std::isfinite(hi)) mpfr_sub_d(rest.x_, x_, hi, nearest);
  return eval::real(dtype, {hi, std::isfinite(hi) ? mpfr_get_d(rest.x_, MPFR_RNDA) : 0.0});
}

void exact_value(Op op, double a, double b, Exact& result) {
  const Exact x_value(a), y_value(b);
  mpfr_srcptr x = const_cast<Exact&>(x_value).get();
  mpfr_srcptr y = const_cast<Exact&>(y_value).get();
  mpfr_ptr out = result.get();
  if (limit_at_minus_infinity(op, a, out)) return;
  switch (op) {
    case Op::exp: mpfr_exp(out, x, nearest); break;
    case Op::exp2: mpfr_exp2(out, x, nearest); break;
    case Op::expm1: mpfr_expm1(out, x, nearest); break;
    case Op::log: mpfr_log(out, x, nearest); break;
    case Op::log2: mpfr_log2(out, x, nearest); break;
    case Op::log10: mpfr_log10(out, x, nearest); break;
    case Op::log1p: mpfr_log1p(out, x, nearest); break;
    case Op::pow: mpfr_pow(out, x, y, nearest); break;
    case Op::rsqrt:  // mpfr_rec_sqrt gives +inf for -0
      mpfr_sqrt(out, x, nearest);
      mpfr_ui_div(out, 1, out, nearest);
      break;
    case Op::hypot: mpfr_hypot(out, x, y, nearest); break;
    case Op::sin: mpfr_sin(out, x, nearest); break;
    case Op::cos: mpfr_cos(out, x, nearest); break;
    case Op::tanh: mpfr_tanh(out, x, nearest); break;
    case Op::sigmoid: sigmoid(out, x); break;
    case Op::erf: mpfr_erf(out, x, nearest); break;
    case Op::erfc: mpfr_erfc(out, x, nearest); break;
    case Op::softplus: softplus(out, x); break;
    case Op::silu:
      sigmoid(out, x);
      mpfr_mul(out, out, x, nearest);
      break;
    case Op::gelu: gelu(out, x); break;
    case Op::gelu_tanh: gelu_tanh(out, x); break;
    case Op::mish: mish(out, x); break;
    case Op::tanh_shrink: tanh_shrink(out, x); break;
    case Op::swish: swish(out, x, y); break;
    case Op::scaled_softplus: scaled_softplus(out, x, y); break;
    case Op::telu: telu(out, x); break;
    case Op::softcap: softcap(out, x, y); break;
    case Op::squareplus: squareplus(out, x, y); break;
    case Op::surrogate: mpfr_set(out, x, nearest); break;
    case Op::compensated: mpfr_set(out, y, nearest); break;
    default: ADD_FAILURE() << "no oracle for " << text(op); mpfr_set_nan(out);
  }
}

double error_in_ulp(DType dtype, Bits got, Exact& want) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto value = [dtype](Bits b) { return eval::to_double(dtype, b); };
  const double found = value(got);
  const double nearest_to = value(want.rounded(dtype));
  if (std::isnan(found) || std::isnan(nearest_to))
    return std::isnan(found) && std::isnan(nearest_to) ? 0 : infinity;
  if (got == want.rounded(dtype) && !std::isfinite(nearest_to)) return 0;
  if (std::isinf(found) || mpfr_inf_p(want.get())) {
    const double largest = value(soft::format(dtype).infinity() - 1);
    const bool next = std::fabs(found) >= largest && std::fabs(nearest_to) >= largest &&
                      !mpfr_inf_p(want.get()) && (found < 0) == (nearest_to < 0);
    return next ? 1 : infinity;
  }
  // The result's zero has the sign of what vanished.
  if (found == 0 && mpfr_zero_p(want.get()) &&
      std::signbit(found) != (mpfr_signbit(want.get()) != 0))
    return infinity;
  if (mpfr_zero_p(want.get())) return found == 0 ? 0 : infinity;
  const soft::Format format = soft::format(dtype);
  const mpfr_exp_t exponent =
      std::max<mpfr_exp_t>(mpfr_get_exp(want.get()), format.min_exponent + 1) - format.precision;
  Exact difference(found);
  mpfr_sub(difference.get(), difference.get(), want.get(), nearest);
  mpfr_mul_2si(difference.get(), difference.get(), -exponent, nearest);
  return std::fabs(mpfr_get_d(difference.get(), nearest));
}

}  // namespace actjit::test
