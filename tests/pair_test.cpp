// The oracle's first level for f64: balls around pairs of doubles, held against MPFR.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/oracle_cases.h"
#include "tools/certify/interval_program.h"
#include "tools/certify/pair_program.h"
#include "tools/certify/pair_special.h"

namespace actjit::tools {
namespace {

using test::formulas;
using test::graph_of;
using test::inputs_of;
using test::Random;

constexpr mpfr_prec_t digits = 400;

bool is_unknown(PairBall a) {
  return !pair_ball::is_plain(a) && !pair_ball::is_vanishing(a) && !SpecialPairs::is_nan(a) &&
         !SpecialPairs::is_overflowed(a);
}

bool is_of_sign(const Number& x, double sign) {
  return sign > 0 ? mpfr_sgn(mpfr_srcptr(x)) > 0 : mpfr_sgn(mpfr_srcptr(x)) < 0;
}

// The distance between the centre and `x`, rounded up.
void distance(PairBall ball, const Number& x, Number& out) {
  Number centre(2200);  // holds the sum exactly
  mpfr_set_d(centre, ball.hi, MPFR_RNDN);
  mpfr_add_d(centre, centre, ball.lo, MPFR_RNDN);
  mpfr_sub(centre, centre, x, MPFR_RNDN);
  mpfr_abs(centre, centre, MPFR_RNDN);
  mpfr_set(out, centre, MPFR_RNDU);
}

// An interval of 400 bits is a hair wide; what is within a hair of the ball counts.
bool reaches(PairBall ball, const Number& end) {
  Number error(digits), apart(digits), hair(digits);
  mpfr_abs(hair, end, MPFR_RNDU);
  mpfr_mul_2si(hair, hair, -380, MPFR_RNDU);
  mpfr_add_d(error, hair, ball.e, MPFR_RNDU);
  distance(ball, end, apart);
  return mpfr_lessequal_p(apart, error);
}

// Whether all the interval may be is in the ball.
bool contains(PairBall ball, const Interval& a) {
  if (is_unknown(ball)) return true;
  if (a.kind == Interval::Kind::unknown) return false;
  if (a.kind == Interval::Kind::nan || SpecialPairs::is_nan(ball))
    return a.kind == Interval::Kind::nan && SpecialPairs::is_nan(ball);
  if (pair_ball::is_exact_zero(ball))
    return a.is_zero() && std::signbit(ball.hi) == (mpfr_signbit(a.low) != 0);
  Number bound(digits);
  const Number& far = ball.hi > 0 ? a.high : a.low;
  const Number& near = ball.hi > 0 ? a.low : a.high;
  if (pair_ball::is_vanishing(ball)) {
    mpfr_set_si_2exp(bound, 1, -2200, MPFR_RNDN);
    return !mpfr_zero_p(far) && mpfr_cmpabs(far, bound) <= 0 &&
           (is_of_sign(near, ball.hi) || mpfr_zero_p(near));
  }
  if (SpecialPairs::is_overflowed(ball)) {
    mpfr_set_si_2exp(bound, 1, static_cast<mpfr_exp_t>(ball.e), MPFR_RNDN);
    return is_of_sign(near, ball.hi) && mpfr_cmpabs(near, bound) >= 0;
  }
  return reaches(ball, a.low) && reaches(ball, a.high);
}

void expect_contained(const std::string& text) {
  const RealProgram program = make_program(graph_of(text, DType::f64)).value();
  if (!PairProgram::covers(program)) return;
  PairProgram pairs(program);
  IntervalProgram intervals(program, digits);
  Random random(7);
  std::vector<Bits> inputs = inputs_of(DType::f64, random, 700);
  inputs.resize(inputs.size() / block_size * block_size);
  int unknown = 0;
  for (std::size_t from = 0; from < inputs.size(); from += block_size) {
    double x[block_size];
    for (std::size_t i = 0; i < block_size; ++i) x[i] = f64_of(inputs[from + i]);
    const PairBlock& y = pairs.evaluate(x);
    for (std::size_t i = 0; i < block_size; ++i) {
      unknown += is_unknown(y[i]);
      ASSERT_TRUE(contains(y[i], intervals.evaluate(x[i])))
          << text << " at " << x[i] << ": " << y.hi[i] << " + " << y.lo[i] << " +- " << y.e[i];
    }
  }
  // A level that knows nothing would pass.
  EXPECT_LT(unknown, static_cast<int>(inputs.size()) / 2) << text;
}

TEST(OraclePairs, ContainTheIntervals) {
  for (const char* text : formulas) expect_contained(text);
}

// How large a part of its ball the distance between centre and value is, where operands are exact.
double largest_part(const std::string& text, int blocks) {
  const RealProgram program = make_program(graph_of(text, DType::f64)).value();
  PairProgram pairs(program);
  IntervalProgram intervals(program, digits);
  Random random(8);
  double most = 0, x[block_size];
  Number apart(digits);
  for (int k = 0; k < blocks; ++k) {
    const double scale = std::ldexp(1.0, 10 - k % 14);
    for (double& a : x) a = (2 * random.unit() - 1) * scale;
    const PairBlock& y = pairs.evaluate(x);
    for (std::size_t i = 0; i < block_size; ++i) {
      const bool narrow = y.e[i] < std::fabs(y.hi[i]) * 0x1p-60 && std::fabs(y.hi[i]) > 0x1p-900;
      if (!narrow || !std::isfinite(y.hi[i])) continue;
      distance(y[i], intervals.evaluate(x[i]).low, apart);
      most = std::fmax(most, mpfr_get_d(apart, MPFR_RNDU) / y.e[i]);
    }
  }
  return most;
}

// The bounds have room for what no sample shows.
TEST(OraclePairs, AreTwiceAsCloseAsTheySay) {
  for (const char* text : {"exp(x)", "exp2(x)", "expm1(x)", "log(x)", "log2(x)", "log10(x)",
                           "log1p(x)", "sigmoid(x)", "softplus(x)", "tanh(x)", "tanh_shrink(x)",
                           "erf(x)", "erfc(x)", "gelu(x)", "mish(x)", "sin(x)", "cos(x)"}) {
    const double most = largest_part(text, 14);
    EXPECT_LE(most, 0.5) << text;
    EXPECT_GT(most, 0) << text;
  }
}

}  // namespace
}  // namespace actjit::tools
