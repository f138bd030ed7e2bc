// A number of MPFR as a C++ type, of so many bits that differences of its functions are
// derivatives.
#pragma once

#include <mpfr.h>

#include <utility>

namespace actjit::test {

class Number {
 public:
  Number(double x = 0) {
    mpfr_init2(x_, bits());
    mpfr_set_d(x_, x, MPFR_RNDN);
  }
  // A decimal number with all its digits.
  static Number decimal(const char* digits) {
    Number out;
    mpfr_set_str(out.x_, digits, 10, MPFR_RNDN);
    return out;
  }
  Number(const Number& other) : Number() { mpfr_set(x_, other.x_, MPFR_RNDN); }
  Number(Number&& other) noexcept : Number() { mpfr_swap(x_, other.x_); }
  Number& operator=(Number other) {
    mpfr_swap(x_, other.x_);
    return *this;
  }
  ~Number() { mpfr_clear(x_); }

  // Of numbers made from now on.
  static mpfr_prec_t& bits() {
    static mpfr_prec_t value = 1600;
    return value;
  }

  mpfr_ptr get() { return x_; }
  mpfr_srcptr get() const { return x_; }
  double nearest() const { return mpfr_get_d(x_, MPFR_RNDN); }

  friend Number operator+(const Number& a, const Number& b) { return made(mpfr_add, a, b); }
  friend Number operator-(const Number& a, const Number& b) { return made(mpfr_sub, a, b); }
  friend Number operator*(const Number& a, const Number& b) { return made(mpfr_mul, a, b); }
  friend Number operator/(const Number& a, const Number& b) { return made(mpfr_div, a, b); }
  friend Number operator-(const Number& a) { return made(mpfr_neg, a); }
  friend bool operator<(const Number& a, const Number& b) { return mpfr_less_p(a.x_, b.x_) != 0; }
  friend bool operator>(const Number& a, const Number& b) { return b < a; }
  friend bool operator<=(const Number& a, const Number& b) { return !(b < a); }
  friend bool operator>=(const Number& a, const Number& b) { return !(a < b); }

  friend Number abs(const Number& a) { return made(mpfr_abs, a); }
  friend Number exp(const Number& a) { return made(mpfr_exp, a); }
  friend Number expm1(const Number& a) { return made(mpfr_expm1, a); }
  friend Number log(const Number& a) { return made(mpfr_log, a); }
  friend Number log1p(const Number& a) { return made(mpfr_log1p, a); }
  friend Number tanh(const Number& a) { return made(mpfr_tanh, a); }
  friend Number erfc(const Number& a) { return made(mpfr_erfc, a); }
  friend Number sqrt(const Number& a) { return made(mpfr_sqrt, a); }
  // a 2^n
  friend Number scaled(const Number& a, long n) {
    Number out;
    mpfr_mul_2si(out.x_, a.x_, n, MPFR_RNDN);
    return out;
  }

 private:
  template <class F>
  static Number made(F f, const Number& a) {
    Number out;
    f(out.x_, a.x_, MPFR_RNDN);
    return out;
  }
  template <class F>
  static Number made(F f, const Number& a, const Number& b) {
    Number out;
    f(out.x_, a.x_, b.x_, MPFR_RNDN);
    return out;
  }

  mpfr_t x_;
};

}  // namespace actjit::test
