// The real value of every math op, by MPFR: wider than anything it judges.
#pragma once

#include <mpfr.h>

#include <span>

#include "ir/dtype.h"
#include "ir/op.h"

namespace actjit::test {

// A number of MPFR, of enough bits for any value of a math op.
class Exact {
 public:
  Exact() { mpfr_init2(x_, bits); }
  explicit Exact(double x) : Exact() { mpfr_set_d(x_, x, MPFR_RNDN); }
  ~Exact() { mpfr_clear(x_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;

  mpfr_ptr get() { return x_; }
  // Rounded once to the dtype.
  Bits rounded(DType dtype) const;

 private:
  static constexpr mpfr_prec_t bits = 320;
  mpfr_t x_;
};

// op(a, b) into `out`; b is ignored by unary ops.
void exact_value(Op op, double a, double b, Exact& out);

// How far `got` is from `want`, in units in the last place of `dtype` at `want` (subnormal ones
// where want is subnormal). 0 where both are NaN, or the same infinity or zero; infinity where
// only one is a NaN, or an infinity that is not next to what want rounds to.
double error_in_ulp(DType dtype, Bits got, Exact& want);

}  // namespace actjit::test
