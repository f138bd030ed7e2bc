// The oracle of `actjit certify`: rounding, balls against intervals, both against MPFR and
// quadruple precision, and what neither of the two may guess.
#include "tools/certify/oracle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "frontend/catalogue.h"
#include "tests/support/activation_oracle.h"
#include "tests/support/math_oracle.h"
#include "tests/support/oracle_cases.h"
#include "tests/support/values.h"
#include "tools/certify/ball_program.h"
#include "tools/certify/ball_special.h"
#include "tools/certify/interval_program.h"
#include "tools/certify/round.h"

namespace actjit::tools {
namespace {

using test::formulas;
using test::graph_of;
using test::inputs_of;
using test::Random;

constexpr double infinity = std::numeric_limits<double>::infinity();

// The correctly rounded result for one input, as a double.
struct Answer {
  double nearest;
  bool decided;
};
Answer ask(const std::string& text, DType dtype, double x) {
  const Graph g = graph_of(text, dtype);
  const Oracle oracle = Oracle::create(g).value();
  const DType output = g[g.outputs()[0].node].dtype;
  Truth t;
  oracle.evaluate(std::vector<Bits>{encode(format_of(dtype), x)}, t);
  return {decode(format_of(output), t.nearest[0]), t.undecided == 0};
}
void expect_value(const std::string& text, DType dtype, double x, double wanted) {
  const Answer got = ask(text, dtype, x);
  EXPECT_TRUE(got.decided) << text << " at " << x;
  EXPECT_EQ(to_bits(got.nearest), to_bits(wanted))
      << text << " at " << x << " is " << got.nearest << ", not " << wanted;
}

// --- rounding ------------------------------------------------------------------------------------

// Independently, by MPFR's exponent range and subnormals.
double rounded_by_mpfr(const Format& f, double x) {
  const mpfr_exp_t old_min = mpfr_get_emin(), old_max = mpfr_get_emax();
  Number y(f.precision);
  mpfr_set_emin(f.emin - f.precision + 2);
  mpfr_set_emax(f.emax + 1);
  int inexact = mpfr_set_d(y, x, MPFR_RNDN);
  inexact = mpfr_check_range(y, inexact, MPFR_RNDN);
  mpfr_subnormalize(y, inexact, MPFR_RNDN);
  mpfr_set_emin(old_min);
  mpfr_set_emax(old_max);
  return mpfr_get_d(y, MPFR_RNDN);
}

TEST(OracleFormat, RoundsAsMpfrDoes) {
  Random random(1);
  for (const Format& f : formats)
    for (int i = 0; i < 20000; ++i) {
      const int exponent = static_cast<int>(random.between(f.emin - f.precision - 3, f.emax + 2));
      // Few bits: ties are frequent.
      const double few = 1 + static_cast<double>(random.below(4)) * std::ldexp(1.0, -f.precision);
      const double many = 1 + random.unit();
      const double x = std::ldexp(random.one_in(2) ? few : many, std::min(exponent, 1023)) *
                       (random.one_in(2) ? 1 : -1);
      const double wanted = rounded_by_mpfr(f, x);
      ASSERT_EQ(to_bits(round_to(f, x)), to_bits(wanted)) << f.text << " " << x;
      ASSERT_EQ(to_bits(round_to(f, static_cast<long double>(x))), to_bits(wanted));
      Number exact(64);
      mpfr_set_d(exact, x, MPFR_RNDN);
      ASSERT_EQ(to_bits(round_to(f, mpfr_srcptr(exact))), to_bits(wanted)) << f.text << " " << x;
      ASSERT_EQ(to_bits(decode(f, encode(f, wanted))), to_bits(wanted)) << f.text << " " << x;
    }
}

TEST(OracleFormat, HasTheBitsOfF32AndEveryOneOf16) {
  Random random(2);
  for (int i = 0; i < 20000; ++i) {
    const Bits b = random.word() >> 32;
    if (std::isnan(f32_of(b))) continue;
    ASSERT_EQ(encode(formats[1], double{f32_of(b)}), b);
    ASSERT_EQ(decode(formats[1], b), double{f32_of(b)});
  }
  for (const Format& f : {formats[2], formats[3]})
    for (Bits b = 0; b < 0x10000; ++b) {
      if ((b & (f.sign_bit() - 1)) > f.infinity())
        ASSERT_TRUE(std::isnan(decode(f, b)));
      else
        ASSERT_EQ(encode(f, decode(f, b)), b) << f.text;
    }
  EXPECT_EQ(decode(formats[2], 0x7bff), 65504);
  EXPECT_EQ(decode(formats[3], 0x3f80), 1);
}

// --- balls contain intervals ---------------------------------------------------------------------

// Whether all the interval may be is in the ball.
template <class T>
bool contains(Ball<T> ball, const Interval& a) {
  if (SpecialBalls<T>::is_unknown(ball)) return true;
  if (a.kind == Interval::Kind::unknown) return false;
  if (a.kind == Interval::Kind::nan) return ball.e == 0 && std::isnan(ball.v);
  if (ball.e == 0 && (ball.v == 0 || std::isinf(ball.v))) {
    const bool sign = std::signbit(ball.v) == (mpfr_signbit(a.low) != 0);
    return a.is_point() && mpfr_get_ld(a.low, MPFR_RNDN) == ball.v && sign;
  }
  if (std::isnan(ball.v)) return false;
  Number bound(400);
  if (SpecialBalls<T>::is_overflowed(ball)) {
    const bool positive = ball.v > 0;
    mpfr_set_ld(bound, positive ? ball.e : -ball.e, MPFR_RNDN);
    return positive ? mpfr_greaterequal_p(a.low, bound) : mpfr_lessequal_p(a.high, bound);
  }
  // An interval of 400 bits is a hair wide; what is within a hair of the ball counts.
  Number error(400);
  mpfr_set_ld(error, ball.e, MPFR_RNDN);
  mpfr_set_ld(bound, std::fabs(ball.v), MPFR_RNDN);
  mpfr_mul_2si(bound, bound, -380, MPFR_RNDU);
  mpfr_add(error, error, bound, MPFR_RNDU);
  mpfr_set_ld(bound, ball.v, MPFR_RNDN);
  mpfr_sub(bound, bound, a.low, MPFR_RNDU);
  if (mpfr_greater_p(bound, error)) return false;
  mpfr_set_ld(bound, ball.v, MPFR_RNDN);
  mpfr_sub(bound, a.high, bound, MPFR_RNDU);
  return !mpfr_greater_p(bound, error);
}

template <class T>
void expect_balls_contain(const std::string& text, DType dtype) {
  const RealProgram program = make_program(graph_of(text, dtype)).value();
  BallProgram<T> balls(program);
  IntervalProgram intervals(program, 400);
  Random random(3);
  std::vector<Bits> inputs = inputs_of(dtype, random, 700);
  inputs.resize(inputs.size() / block_size * block_size);
  int unknown = 0;
  for (std::size_t from = 0; from < inputs.size(); from += block_size) {
    T x[block_size];
    for (std::size_t i = 0; i < block_size; ++i) x[i] = decode(*program.input, inputs[from + i]);
    const Block<T>& y = balls.evaluate(x);
    for (std::size_t i = 0; i < block_size; ++i) {
      const Ball<T> ball{y.v[i], y.e[i]};
      unknown += SpecialBalls<T>::is_unknown(ball);
      ASSERT_TRUE(contains(ball, intervals.evaluate(static_cast<double>(x[i]))))
          << text << " at " << static_cast<double>(x[i]) << ": " << ball.v << " +- " << ball.e;
    }
  }
  // A level that knows nothing would pass.
  EXPECT_LT(unknown, static_cast<int>(inputs.size()) / 2) << text;
}

TEST(OracleBalls, ContainTheIntervals) {
  for (const char* text : formulas) {
    expect_balls_contain<double>(text, DType::f32);
    expect_balls_contain<long double>(text, DType::f64);
  }
}

// What few bits say holds for the value that more bits show.
void expect_nested(const std::string& text, DType dtype, mpfr_prec_t few) {
  const RealProgram program = make_program(graph_of(text, dtype)).value();
  IntervalProgram rough(program, few), fine(program, 512);
  Random random(6);
  for (Bits input : inputs_of(dtype, random, 300)) {
    const double x = decode(*program.input, input);
    const Interval& a = rough.evaluate(x);
    const Interval& b = fine.evaluate(x);
    const std::string where = text + " at " + std::to_string(x);
    if (a.kind == Interval::Kind::unknown) continue;
    ASSERT_EQ(a.kind, b.kind) << where;
    if (a.kind == Interval::Kind::nan) continue;
    ASSERT_TRUE(mpfr_lessequal_p(a.low, b.low)) << where;
    ASSERT_TRUE(mpfr_greaterequal_p(a.high, b.high)) << where;
    // An open end is not the value.
    if (b.is_point()) {
      ASSERT_FALSE(a.low_open && mpfr_equal_p(a.low, b.low)) << where;
      ASSERT_FALSE(a.high_open && mpfr_equal_p(a.high, b.high)) << where;
    }
  }
}

TEST(OracleIntervals, AreNested) {
  for (const char* text : formulas)
    for (mpfr_prec_t few : {54, 128}) {
      expect_nested(text, DType::f32, few);
      expect_nested(text, DType::f64, few);
    }
}

// --- against values that come from elsewhere
// -------------------------------------------------------

TEST(Oracle, RoundsTheValuesOfMathOps) {
  Random random(4);
  for (const OpInfo& row : op_table) {
    // A compensated value is what its second operand is.
    if (row.kind != OpKind::math || row.op == Op::compensated) continue;
    for (DType dtype : test::float_dtypes) {
      Graph g;
      const NodeId x = g.input("x", dtype, {Dim("n")});
      const double second = 1.5;
      if (row.arity == 1)
        g.output("y", g.apply(row.op, std::array{x}));
      else
        g.output("y", g.apply(row.op, std::array{x, g.constant(dtype, second)}));
      const Oracle oracle = Oracle::create(g).value();
      const std::vector<Bits> inputs = inputs_of(dtype, random, 1000);
      Truth t;
      oracle.evaluate(inputs, t);
      EXPECT_EQ(t.undecided, 0) << row.text;
      test::Exact want;
      const Format& f = format_of(dtype);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const double input = decode(f, inputs[i]);
        // 320 bits do not tell x / 2 + tiny from x / 2, nor x - 1 + tiny from x - 1.
        const double size = std::fabs(input);
        const double most = row.op == Op::tanh_shrink ? 100 : infinity;
        if (size != 0 && (size < 0x1p-100 || size > most) && std::isfinite(input)) continue;
        test::exact_value(row.op, input, second, want);
        const double wanted = round_to(f, mpfr_srcptr(want.get()));
        ASSERT_TRUE(test::same(dtype, t.nearest[i], encode(f, wanted)))
            << row.text << " of " << test::describe(dtype, inputs[i]) << ": "
            << decode(f, t.nearest[i]) << ", not " << wanted;
        ASSERT_LE(ulp_error(dtype, t.nearest[i], t.value[i], t.rest[i]), 0.5 + 0x1p-5)
            << row.text << " of " << test::describe(dtype, inputs[i]);
      }
    }
  }
}

TEST(Oracle, KnowsTheCatalogue) {
  Random random(5);
  std::map<std::string, bool> seen;
  for (const ListEntry& entry : list_activations()) {
    if (entry.along_axes) continue;
    const Activation f =
        find_activation(entry.name).has_value() ? *find_activation(entry.name) : Activation{};
    if (f.name().empty() || seen[f.text()]) continue;
    seen[f.text()] = true;
    const std::vector<Binding> bindings{{"x", DType::f32, {Dim("n")}}};
    const Result<Graph> graph = build(f, bindings);
    if (!graph) continue;  // of two operands
    const Oracle oracle = Oracle::create(*graph).value();
    const std::vector<Bits> inputs = inputs_of(DType::f32, random, 500);
    std::vector<double> parameters;
    for (const Activation::Parameter& p : f.parameters()) parameters.push_back(p.value);
    Truth t;
    oracle.evaluate(inputs, t);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      bool known = true;
      const auto x = static_cast<test::Quad>(f32_of(inputs[i]));
      const auto want =
          static_cast<long double>(test::activation_oracle(f.name(), x, 0, parameters, known));
      if (!known) break;
      if (std::isinf(want) && std::isinf(t.value[i])) continue;
      const auto high = static_cast<double>(want);
      const double rest = std::isfinite(high) ? static_cast<double>(want - high) : 0;
      ASSERT_LE(ulp_error(DType::f32, t.nearest[i], high, rest), 0.5 + 0x1p-12)
          << f.text() << " of " << test::describe(DType::f32, inputs[i]);
    }
  }
  EXPECT_GT(seen.size(), 20u);
}

// --- hard cases
// ------------------------------------------------------------------------------------

TEST(Oracle, DecidesTies) {
  const DType f32 = DType::f32;
  // Exact ones round to even.
  expect_value("x + 1", f32, 0x1p-24, 1);
  expect_value("x + 1", f32, 0x1.8p-23, 1 + 0x1p-22);
  expect_value("x / 2", f32, 0x3p-149, 0x2p-149);
  expect_value("x / 2", f32, 0x1p-149, 0);
  expect_value("x / 2", f32, -0x1p-149, -0.0);
  expect_value("sqrt(x) + x * 0", f32, 4, 2);
  // Broken by far less than any precision shows: upwards, also left of zero.
  for (const char* f : {"silu(x)", "gelu(x)", "gelu(x, approximate=true)", "swish(x, 1.7)"}) {
    expect_value(f, f32, 0x1p-149, 0x1p-149);
    expect_value(f, f32, -0x1p-149, -0.0);
    expect_value(f, f32, 0x5p-149, 0x3p-149);
    expect_value(f, f32, -0x5p-149, -0x2p-149);
    expect_value(f, DType::bf16, 0x5p-133, 0x3p-133);
    expect_value(f, DType::f64, 0x5p-1074, 0x3p-1074);
  }
  expect_value("x * sigmoid(x)", f32, 0x5p-149, 0x3p-149);
  expect_value("x * sigmoid(x)", f32, -0x5p-149, -0x2p-149);
  expect_value("tanh_shrink(x)", f32, 0x1.000002p24, 0x1.000002p24);
  expect_value("tanh_shrink(x)", f32, 0x1.000006p24, 0x1.000006p24);
  expect_value("tanh_shrink(x)", f32, -0x1.000006p24, -0x1.000006p24);
  expect_value("where(tanh(x) < 1, 2, 3)", f32, 1e10, 2);
  expect_value("exp(x)", f32, 0x1p-60, 1);
  expect_value("exp2(x)", f32, -150, 0);
}

TEST(Oracle, GivesZeroItsSign) {
  for (DType dtype : test::float_dtypes) {
    expect_value("x - x", dtype, 3, 0.0);
    expect_value("-x", dtype, 0, -0.0);
    expect_value("x * 0", dtype, -1, -0.0);
    expect_value("max(x, 0)", dtype, -0.0, -0.0);
    expect_value("exp(x)", dtype, -1e4, 0.0);
    expect_value("silu(x)", dtype, -1e4, -0.0);
    expect_value("gelu(x)", dtype, -1e4, -0.0);
    expect_value("mish(x)", dtype, -0.0, -0.0);
    expect_value("tanh_shrink(x)", dtype, -0.0, -0.0);
    expect_value("1 / exp(x)", dtype, 1e4, 0.0);
    expect_value("where(x < 3, -0.0, x)", dtype, 1, -0.0);
  }
  // x^3 / 3 below the least f32, and of the negative sign.
  expect_value("tanh_shrink(x)", DType::f32, -0x1p-60, -0.0);
  // Exactly zero, found by cancellation of what is not exact in double.
  expect_value("(x / 3) * 3 - x", DType::f32, 3, 0.0);
}

TEST(Oracle, TakesLimits) {
  for (DType dtype : test::float_dtypes) {
    for (const char* f :
         {"silu(x)", "gelu(x)", "gelu(x, approximate=true)", "mish(x)", "telu(x)", "swish(x, 2)"}) {
      expect_value(f, dtype, -infinity, -0.0);
      expect_value(f, dtype, infinity, infinity);
    }
    expect_value("tanh(x)", dtype, -infinity, -1);
    expect_value("softplus(x)", dtype, -infinity, 0);
    expect_value("softplus(x)", dtype, infinity, infinity);
    expect_value("tanh_shrink(x)", dtype, infinity, infinity);
    expect_value("squareplus(x, 4)", dtype, -infinity, 0);
    expect_value("squareplus(x, 0)", dtype, -3, 0);
    expect_value("softcap(x, 50)", dtype, -infinity, -50);
    expect_value("swish(x, 0)", dtype, infinity, infinity);
    expect_value("scaled_softplus(x, 2)", dtype, infinity, infinity);
    expect_value("log(x)", dtype, -0.0, -infinity);
    expect_value("rsqrt(x)", dtype, -0.0, -infinity);
    expect_value("1 / x", dtype, -infinity, -0.0);
    expect_value("exp(x)", dtype, 1e4, infinity);
    for (const char* f : {"x - x", "0 * x", "sin(x)", "sqrt(-x)", "log(-x)"})
      EXPECT_TRUE(std::isnan(ask(f, dtype, infinity).nearest)) << f;
    for (const char* f : {"gelu(x)", "max(x, 0)", "tanh_shrink(x)", "where(x < 0, 0, x)"})
      EXPECT_TRUE(std::isnan(ask(f, dtype, std::numeric_limits<double>::quiet_NaN()).nearest)) << f;
  }
}

// What is beyond double on the way is a real number all the same.
TEST(Oracle, KeepsWhatOverflowsOnTheWay) {
  expect_value("log(exp(x))", DType::f32, 2000, 2000);
  expect_value("exp(x) / exp(x)", DType::f32, 12000, 1);
  expect_value("1 - 1 / (1 + exp(x))", DType::f32, 1e30, 1);
  expect_value("sqrt(x * x)", DType::f64, 1e300, 1e300);
  expect_value("exp(x) - exp(x + 1)", DType::f32, 1e5, -infinity);
}

// Half of all inputs: asking MPFR for each of them would take hours.
TEST(Oracle, SeesThatSlopesHaveVanished) {
  const std::vector<Bits> far = {encode(formats[1], -1e30), encode(formats[1], -1000),
                                 encode(formats[1], 500), encode(formats[1], 1e38)};
  for (const char* text : {"grad(erf(x), x)", "grad(erfc(x), x)", "grad(tanh(x), x)",
                           "exp(-abs(x)) + exp(-(x * x))"}) {
    Truth t;
    Oracle::create(graph_of(text, DType::f32)).value().evaluate(far, t);
    EXPECT_EQ(t.decided_by_mpfr + t.undecided, 0) << text;
    for (Bits b : t.nearest) EXPECT_EQ(b & ~formats[1].sign_bit(), 0u) << text;
  }
}

TEST(Oracle, ReportsWhatItCannotDecide) {
  // Zero, but no precision shows it: the sign stays open.
  EXPECT_FALSE(ask("sin(x) ** 2 + cos(x) ** 2 - 1", DType::f32, 1).decided);
  EXPECT_TRUE(ask("sin(x) ** 2 + cos(x) ** 2", DType::f32, 1).decided);
  // A tie of real numbers that are not exact in any precision.
  EXPECT_FALSE(ask("(sin(x) ** 2 + cos(x) ** 2) * (1 + 2 ** -24)", DType::f32, 1).decided);
}

TEST(Oracle, RoundsWhereTheAuthorAsksForIt) {
  expect_value("cast(cast(x, f32), f64) - x", DType::f64, 1 + 0x1p-40, -0x1p-40);
  expect_value("cast(x / 3, f32)", DType::f64, 1, double{1.0f / 3});
  expect_value("cast(x, f32)", DType::f64, 1e39, infinity);
  expect_value("cast(x > 1, f32) + cast(cast(x, bool), f32)", DType::f32, 2, 2);
}

TEST(Oracle, MeasuresInUnitsOfTheLastPlace) {
  const auto f32 = [](double got, double value, double rest = 0) {
    return ulp_error(DType::f32, encode(formats[1], got), value, rest);
  };
  EXPECT_EQ(f32(1, 1), 0);
  EXPECT_EQ(f32(1, 1 + 0x1p-24), 0.5);
  EXPECT_EQ(f32(1 - 0x1p-24, 1), 0.5);
  EXPECT_EQ(f32(0, 0x1p-150), 0.5);
  EXPECT_EQ(f32(-0.0, 0), 0);
  EXPECT_EQ(f32(infinity, 0x1p128), 0);
  EXPECT_EQ(f32(0x1.fffffep127, 0x1p128), 1);
  EXPECT_EQ(f32(infinity, 0x1p127), infinity);
  EXPECT_EQ(f32(-infinity, infinity), infinity);
  const auto f64 = [](double got, double value, double rest = 0) {
    return ulp_error(DType::f64, to_bits(got), value, rest);
  };
  EXPECT_EQ(f64(1, 1, 0x1p-54), 0.25);
  EXPECT_EQ(f64(1, 1, -0x1p-55), 0.25);  // the units of what is below 1
  EXPECT_EQ(f64(-1, -1, 0x1p-55), 0.25);
  EXPECT_EQ(f64(1 - 0x1p-53, 1, 0x1p-54), 0.75);
  EXPECT_EQ(f64(0x1p-1074, 0), 1);
  EXPECT_EQ(f64(0x3p-1074, -0x1p-1022), 0x1p52 + 3);
  EXPECT_EQ(f64(-0x1.fffffffffffffp1023, 0x1p1023), 0x1.8p53 - 1);
  EXPECT_EQ(f64(0x1.fffffffffffffp1023, infinity), 1);
  EXPECT_EQ(ulp_error(DType::f16, 0x0001, 0, 0), 1);
  EXPECT_EQ(ulp_error(DType::bf16, 0x3f80, 1 + 0x1p-8, 0), 0.5);
  EXPECT_TRUE(std::isinf(ulp_error(DType::f32, 0x7fc00000, 1, 0)));
  EXPECT_EQ(ulp_error(DType::f32, 0x7fc00000, std::nan(""), 0), 0);
}

TEST(Oracle, RefusesWhatItDoesNotUnderstand) {
  const auto refused = [](const Graph& g) {
    const Result<Oracle> made = Oracle::create(g);
    return made ? std::string("made") : made.error().message;
  };
  Graph two;
  const NodeId a = two.input("a", DType::f32, {Dim("n")}), b = two.input("b", DType::f32, {});
  two.output("y", two.apply(Op::add, std::array{a, b}));
  EXPECT_NE(refused(two).find("one input"), std::string::npos) << refused(two);
  Graph scalar;
  const NodeId x = scalar.input("x", DType::f32, {Dim("n")});
  const NodeId s = scalar.scalar("s", DType::f32, 1);
  scalar.output("y", scalar.apply(Op::add, std::array{x, s}));
  EXPECT_NE(refused(scalar).find("'s'"), std::string::npos) << refused(scalar);
  const std::string bits = refused(graph_of("cast(cast(x, i32), f32)", DType::f32));
  EXPECT_NE(bits.find("i32"), std::string::npos) << bits;
  const std::string boolean = refused(graph_of("x > 1", DType::f32));
  EXPECT_NE(boolean.find("the output is bool"), std::string::npos) << boolean;
}

}  // namespace
}  // namespace actjit::tools
