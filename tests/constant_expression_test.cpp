// Constant expressions give the bits of run time, also where operations overflow, divide by zero,
// take the root of a negative number or meet infinities and NaNs.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "frontend/evaluate.h"
#include "ir/meaning.h"
#include "tests/support/values.h"

namespace actjit::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Whole expressions. The compiler is the test.
static_assert(evaluate(exp(arg<0>), 1000.0) == infinity);
static_assert(evaluate(exp(arg<0>), -1000.0) == 0);
static_assert(evaluate(exp(arg<0>), -744.0) == 0x1p-1073);
static_assert(evaluate(log(arg<0>), 0.0) == -infinity);
static_assert(evaluate(pow(arg<0>, arg<1>), 10.0, 400.0) == infinity);
static_assert(evaluate(tanh(arg<0>), infinity) == 1);
static_assert(evaluate(gelu(arg<0>), -1e308) == 0);
static_assert(evaluate(gelu(arg<0>), 1e308) == 1e308);
static_assert(evaluate(gelu(arg<0>), -infinity) == 0);
static_assert(evaluate(softplus(arg<0>), 1e308) == 1e308);
static_assert(evaluate(softplus(arg<0>), infinity) == infinity);
static_assert(evaluate(softplus(arg<0>), -infinity) == 0);
static_assert(evaluate(mish(arg<0>), 1e308) == 1e308);
static_assert(evaluate(mish(arg<0>), -infinity) == 0);
static_assert(evaluate(1 / arg<0>, -0.0) == -infinity);
static_assert(evaluate(arg<0> * arg<0>, 1e200) == infinity);
static_assert(evaluate(cast<DType::f32>(arg<0>), 1e300) == infinity);
static_assert(evaluate(cast<DType::i32>(arg<0>), infinity) == 2147483647);
constexpr bool is_nan(double x) { return x != x; }
static_assert(is_nan(evaluate(mish(arg<0>), nan)));
static_assert(is_nan(evaluate(tanh(arg<0>), nan)));
static_assert(is_nan(evaluate(sqrt(arg<0>), -1.0)));
static_assert(is_nan(evaluate(arg<0> - arg<1>, infinity, infinity)));

// In every dtype, in other tiers.
static_assert(evaluate<DType::f32>(exp(arg<0>), 89.0) == infinity);
static_assert(evaluate<DType::f32>(arg<0> + 0.1, 1.0) == 1.1f);
static_assert(evaluate<DType::f16>(exp(arg<0>), 12.0) == infinity);
static_assert(evaluate<DType::bf16>(gelu(arg<0>), 1.0) == 0.83984375);
static_assert(evaluate<DType::bf16, Tier::fast>(arg<0> + 0.1, 1.0) == 1.1015625);
static_assert(evaluate<DType::bf16>(arg<0>, 1 + 0x1p-8 + 0x1p-40) == 1 + 0x1p-7);

// Numbers at which operations end; each dtype takes its own.
constexpr std::array specials{0.0,
                              -0.0,
                              1.0,
                              -1.5,
                              2.5,
                              1.0 / 3,
                              infinity,
                              -infinity,
                              nan,
                              0x1p-1074,
                              -0x1.8p-1073,
                              0x1p-1022,
                              0x1.fffffffffffffp1023,
                              -0x1p1023,
                              0x1.6a09e667f3bcdp511,
                              0x1p-149,
                              0x1.fffffep127,
                              -0x1p127,
                              0x1.000002p-64,
                              -0x1p-126,
                              0x1.000001p0,
                              0x1.fffffefffffffp127,
                              -0x1p53 - 2};
constexpr std::array ops{Op::add,   Op::sub, Op::mul,   Op::div,  Op::sqrt,
                         Op::min,   Op::max, Op::floor, Op::ceil, Op::trunc,
                         Op::round, Op::lt,  Op::le,    Op::eq,   Op::ne};
using Row = std::array<Bits, specials.size() * specials.size()>;

constexpr Bits operate(Op op, DType t, double a, double b, double c) {
  const DType result = info(op).rule == TypeRule::compare ? DType::boolean : t;
  return eval::apply(op, t, result, eval::real(t, a), eval::real(t, b), eval::real(t, c));
}

constexpr Row pairs(Op op, DType t) {
  Row out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = operate(op, t, specials[i / specials.size()], specials[i % specials.size()], 0);
  return out;
}
constexpr auto all_pairs(DType t) {
  std::array<Row, ops.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = pairs(ops[i], t);
  return out;
}
constexpr auto triples(DType t) {
  std::array<Row, specials.size()> out{};
  for (std::size_t k = 0; k < out.size(); ++k)
    for (std::size_t i = 0; i < out[k].size(); ++i)
      out[k][i] = operate(Op::fma, t, specials[i / specials.size()], specials[i % specials.size()],
                          specials[k]);
  return out;
}

template <DType t>
void expect_the_bits_of_run_time() {
  static constexpr auto compiled_pairs = all_pairs(t);
  const auto run_pairs = all_pairs(t);
  for (std::size_t o = 0; o < ops.size(); ++o) {
    const bool compares = info(ops[o]).rule == TypeRule::compare;
    const DType result = compares ? DType::boolean : t;
    for (std::size_t i = 0; i < run_pairs[o].size(); ++i)
      ASSERT_TRUE(same(result, compiled_pairs[o][i], run_pairs[o][i]))
          << text(ops[o]) << " of " << specials[i / specials.size()] << " and "
          << specials[i % specials.size()] << ": " << describe(result, compiled_pairs[o][i])
          << " in a constant expression, " << describe(result, run_pairs[o][i]) << " at run time";
  }
  static constexpr auto compiled_triples = triples(t);
  const auto run_triples = triples(t);
  for (std::size_t k = 0; k < specials.size(); ++k)
    for (std::size_t i = 0; i < run_triples[k].size(); ++i)
      ASSERT_TRUE(same(t, compiled_triples[k][i], run_triples[k][i]))
          << "fma of " << specials[i / specials.size()] << ", " << specials[i % specials.size()]
          << " and " << specials[k];
}

TEST(ConstantExpressions, HaveTheBitsOfRunTimeInF64) { expect_the_bits_of_run_time<DType::f64>(); }
TEST(ConstantExpressions, HaveTheBitsOfRunTimeInF32) { expect_the_bits_of_run_time<DType::f32>(); }

// The integer arithmetic behind them against the machine's, on random operands.
TEST(SoftFloat, IsTheMachinesArithmetic) {
  Random random(1);
  for (DType t : {DType::f64, DType::f32})
    for (Op op : {Op::add, Op::sub, Op::mul, Op::div, Op::sqrt, Op::fma})
      for (int n = 0; n < 100000; ++n) {
        const Bits a = random_element(t, random), b = random_element(t, random);
        // Now and then near the negative product, so that it cancels.
        const bool cancels = n % 4 == 0;
        const Bits product = eval::apply(Op::mul, t, t, a, b, 0);
        const Bits c = cancels ? product ^ eval::sign_mask(t) : random_element(t, random);
        const Bits got = eval::floating_by_integers(op, t, eval::to_double(t, a),
                                                    eval::to_double(t, b), eval::to_double(t, c));
        ASSERT_TRUE(same(t, got, eval::apply(op, t, t, a, b, c)))
            << text(op) << " " << describe(t, a) << " " << describe(t, b) << " " << describe(t, c);
      }
}

// A whole function at every special number; its graph is made once.
constexpr auto values_of(Op op, DType t) {
  Graph g;
  const NodeId x = g.input("x", t, {});
  g.output("y", g.apply(op, std::span(&x, 1)));
  const Graph primitives = meaning(g, Tier::precise);
  std::array<Bits, specials.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Bits element = eval::real(t, specials[i]);
    out[i] = interpret_element(primitives, std::span(&element, 1), {})[0];
  }
  return out;
}

template <Op op, DType t>
void expect_the_function_of_run_time() {
  static constexpr auto compiled = values_of(op, t);
  const auto run = values_of(op, t);
  for (std::size_t i = 0; i < run.size(); ++i)
    EXPECT_TRUE(same(t, compiled[i], run[i]))
        << text(op) << " of " << text(t) << " at " << specials[i] << ": "
        << describe(t, compiled[i]) << " in a constant expression, " << describe(t, run[i]);
}

TEST(ConstantExpressions, HaveTheFunctionsOfRunTime) {
  expect_the_function_of_run_time<Op::exp, DType::f64>();
  expect_the_function_of_run_time<Op::tanh, DType::f64>();
  expect_the_function_of_run_time<Op::gelu, DType::f64>();
  expect_the_function_of_run_time<Op::mish, DType::f64>();
  expect_the_function_of_run_time<Op::softplus, DType::f64>();
  expect_the_function_of_run_time<Op::log, DType::f64>();
  expect_the_function_of_run_time<Op::sin, DType::f64>();
  expect_the_function_of_run_time<Op::gelu, DType::f32>();
  expect_the_function_of_run_time<Op::mish, DType::f16>();
  expect_the_function_of_run_time<Op::softplus, DType::bf16>();
}

}  // namespace
}  // namespace actjit::test
