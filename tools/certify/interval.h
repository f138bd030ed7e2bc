// Interval arithmetic on MPFR with directed rounding: rigorous at any precision.
#pragma once

#define MPFR_USE_NO_MACRO  // functions take Number as what it converts to
#include <mpfr.h>

#include <utility>

#include "tools/certify/program.h"

namespace actjit::tools {

class Number {
 public:
  explicit Number(mpfr_prec_t precision) { mpfr_init2(x_, precision); }
  ~Number() { mpfr_clear(x_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;

  operator mpfr_ptr() { return x_; }
  operator mpfr_srcptr() const { return x_; }

 private:
  mpfr_t x_;
};

// A set that the exact value of a step lies in.
//
//   number   [low, high]; equal ends are an exact value, which may be an infinity. An infinite end
//            of a wider interval says that MPFR's exponents end: the value itself is real. An end
//            may be open: the value is not that end. tanh(100) < 1 is known so at any precision,
//            and x / 2 < silu(x) for tiny x. An exact zero has the sign IEEE arithmetic gives it.
//   nan      exactly NaN
//   unknown  anything
//
// A bool is 0 or 1 in both ends, or unknown.
struct Interval {
  enum class Kind { number, nan, unknown };

  explicit Interval(mpfr_prec_t precision) : low(precision), high(precision) {}

  bool is_point() const { return kind == Kind::number && mpfr_equal_p(low, high); }
  bool is_zero() const { return is_point() && mpfr_zero_p(low); }
  bool is_infinite() const { return is_point() && mpfr_inf_p(low); }
  void set_nan() { kind = Kind::nan; }
  void set_unknown() { kind = Kind::unknown; }
  void set(double x);
  void set(const Number& x);
  void set_closed() { low_open = high_open = false; }
  void set_bool(bool x) { set(x ? 1 : 0); }
  void assign(const Interval& other);

  Number low, high;
  bool low_open = false, high_open = false;
  Kind kind = Kind::number;
};

// step(a, b, c) into `out`, which is none of them; all of one precision. Operands that the step
// does not have are ignored. Inputs are set by the caller.
void apply(const Step& step, const Interval& a, const Interval& b, const Interval& c,
           Interval& out);

}  // namespace actjit::tools
