// The C++ language: constant expressions, constraints, and the same graphs as the text language.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "frontend/evaluate.h"
#include "frontend/language.h"

namespace actjit {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Evaluated by the compiler.
static_assert(evaluate(relu(arg<0>), -1.0) == 0.0);
static_assert(evaluate(relu(arg<0>), 2.5) == 2.5);
static_assert(evaluate(relu(arg<0>), -infinity) == 0.0);
static_assert(evaluate(relu(arg<0>, param<"max_value">(6), param<"negative_slope">(0.5)), -4.0) ==
              -2.0);
static_assert(evaluate(hard_silu(arg<0>), 1.0) == 2.0 / 3.0);
static_assert(evaluate(hard_sigmoid(arg<0>), 0.0) == 0.5);
static_assert(evaluate(arg<0> * arg<0> - 2 * arg<1>, 3.0, 0.5) == 8.0);
static_assert(evaluate(where(arg<0> > 1 && !(arg<0> >= 5), arg<0>, -arg<0>), 3) == 3.0);
static_assert(evaluate(arg<0> > 1, 3) == 1.0);
static_assert(evaluate(call<"hardtanh", Dialect::torch>(arg<0>, param<"max_val">(2.0)), 7.0) ==
              2.0);
static_assert(evaluate(scalar<"k">(2.5) * arg<0>, 2.0) == 5.0);
static_assert(evaluate(arg<0> * number<"2 ** 0.5">, 1.0) == 0x1.6a09e667f3bcdp+0);
static_assert(evaluate(cast<DType::f64>(cast<DType::f32>(arg<0>)), 0.1) == 0.1f);
static_assert(evaluate(tanh(arg<0>), 0.0) == 0.0);
static_assert(evaluate(sigmoid(arg<0>), 0.0) == 0.5);

// Expressions are values of a literal type.
constexpr auto shared = leaky_relu(arg<0> + arg<1>, param<"negative_slope">(0.25));
static_assert(decltype(shared)::arity == 2);
static_assert(evaluate(shared * shared, -3.0, -1.0) == 1.0);

// What does not fit does not compile.
template <class... T>
concept Relu = requires(T... t) {
  relu(t...);
};
template <class... T>
concept Gelu = requires(T... t) {
  gelu(t...);
};
template <class... T>
concept Prelu = requires(T... t) {
  prelu(t...);
};
template <class... T>
concept Hypot = requires(T... t) {
  hypot(t...);
};
template <class... T>
concept TorchThreshold = requires(T... t) {
  call<"threshold", Dialect::torch>(t...);
};
template <class... T>
concept TorchGelu = requires(T... t) {
  call<"gelu", Dialect::torch>(t...);
};
template <class... T>
concept Nothing = requires(T... t) {
  call<"nothing">(t...);
};
template <class... T>
concept Selected = requires(T... t) {
  where(t...);
};
template <class A, class B>
concept Added = requires(A a, B b) {
  a + b;
};
template <FixedString Name, class T>
using Param = decltype(param<Name>(std::declval<T>()));
using X = expr::Argument<0>;
using Compared = decltype(arg<0> < 1);

static_assert(Relu<X>);
static_assert(!Relu<>);
static_assert(!Relu<X, X>);
static_assert(!Relu<double>);
static_assert(!Relu<X, double>);
static_assert(Relu<X, Param<"threshold", double>>);
static_assert(Relu<X, Param<"threshold", X>>);
static_assert(!Relu<X, Param<"theta", double>>);
static_assert(!Relu<X, Param<"threshold", bool>>);
static_assert(!Relu<X, Param<"threshold", double>, Param<"threshold", double>>);
static_assert(Gelu<X> && Gelu<X, Param<"approximate", bool>>);
static_assert(!Gelu<X, Param<"approximate", double>> && !Gelu<X, Param<"approximate", X>>);
static_assert(TorchGelu<X, Param<"approximate", const char*>>);
static_assert(!TorchGelu<X, Param<"approximate", bool>>);
static_assert(Prelu<X, X> && Prelu<X, double> && !Prelu<X>);
static_assert(Hypot<X, X> && Hypot<double, X> && !Hypot<X> && !Hypot<double, double>);
static_assert(!TorchThreshold<X>);
static_assert(TorchThreshold<X, Param<"value", double>, Param<"threshold", double>>);
static_assert(!Nothing<X>);
static_assert(Selected<Compared, X, double> && Selected<X, X, X>);
static_assert(!Selected<decltype(arg<0> + 1), X, X> && !Selected<Compared, X>);
static_assert(Added<X, double> && Added<int, X> && !Added<X, Compared> && !Added<X, bool>);

const std::vector<Binding> bindings{{"x", DType::f32, {"n", 4}}, {"b", DType::f32, {4}}};

template <class E>
void same(const E& expression, std::string_view text, Dialect dialect = Dialect::keras) {
  const std::vector<Binding> used(bindings.begin(), bindings.begin() + E::arity);
  const Result<Graph> got = build(expression, used);
  const Result<Graph> want = build(*parse_program(text, dialect), used);
  ASSERT_TRUE(got) << got.error().to_string();
  ASSERT_TRUE(want) << want.error().to_string();
  EXPECT_EQ(*got, *want) << text;
}

TEST(CppLanguage, BuildsTheGraphOfTheText) {
  same(gelu(arg<0> + arg<1>), "gelu(x + b)");
  same(arg<0> * tanh(exp(arg<0> + arg<1>)), "x * tanh(exp(x + b))");
  same(leaky_relu(arg<0>, param<"negative_slope">(0.2)), "leaky_relu(x, negative_slope=0.2)");
  same(gelu(arg<0>, param<"approximate">(true)), "gelu(x, approximate=true)");
  same(call<"gelu", Dialect::torch>(arg<0>, param<"approximate">("tanh")),
       "gelu(x, approximate='tanh')", Dialect::torch);
  same(call<"swish">(arg<0>, param<"beta">(1.5)), "swish(x, beta=1.5)");
  same(silu(arg<0>, param<"beta">(scalar<"beta">(1.5))), "scalar beta = 1.5; silu(x, beta=beta)");
  same(elu(arg<0>, param<"alpha">(arg<1>)), "elu(x, alpha=b)");
  same(where(arg<0> < 0 || arg<0> > 1, -arg<0>, 2.0), "where(x < 0 or x > 1, -x, 2)");
  same(prelu(arg<0>, arg<1>), "prelu(x, b)");
  same(min(max(arg<0>, -1), 1) / hypot(arg<1>, 2), "min(max(x, -1), 1) / hypot(b, 2)");
  same(cast<DType::f64>(arg<0>) * 0.5, "cast(x, f64) * 0.5");
  same(cast<DType::bf16>(arg<0>) * 0.5, "cast(x, bf16) * 0.5");
  same(number<"sqrt(2 / pi)"> * arg<0>, "sqrt(2 / pi) * x");
}

TEST(CppLanguage, BuildErrors) {
  constexpr auto f = arg<0> + arg<1>;
  const auto error = [&](std::vector<Binding> given) {
    const Result<Graph> g = build(f, given);
    return g ? std::string("no error") : g.error().to_string();
  };
  const Binding x{"x", DType::f32, {"n"}}, d{"d", DType::f64, {"n"}}, s{"s", DType::f32, {5}};
  EXPECT_EQ(error({x}), "the expression reads arg<0> to arg<1>, but 1 inputs are given");
  EXPECT_EQ(error({x, s, s}), "3 inputs are given, but the expression reads 2");
  EXPECT_EQ(error({x, x}), "two inputs have the name 'x'");
  EXPECT_EQ(error({x, d}), "'+' has operands of f32 and f64; write cast(..., f64)");
  EXPECT_EQ(error({x, s}), "'+' cannot broadcast shapes [n] and [5]");
  EXPECT_EQ(build(scalar<"a">(1) * arg<0> + scalar<"a">(2), std::vector{x}).error().message,
            "the run-time scalar 'a' has two initial values");
  EXPECT_EQ(build(scalar<"x">(1) * arg<0>, std::vector{x}).error().message,
            "'x' is an input and a run-time scalar");
}

TEST(CppLanguage, EvaluatesAtRunTimeToo) {
  EXPECT_EQ(evaluate(relu(arg<0>), -1.0), 0.0);
  EXPECT_EQ(evaluate(softsign(arg<0>), infinity), 1.0);
  EXPECT_EQ(evaluate(softsign(arg<0>), -infinity), -1.0);
  EXPECT_TRUE(std::signbit(evaluate(hard_silu(arg<0>), -infinity)));
  EXPECT_EQ(evaluate(squareplus(arg<0>), -infinity), 0.0);
  EXPECT_NEAR(evaluate(gelu(arg<0>), -10.0), -7.619853024160527e-23, 1e-37);
}

}  // namespace
}  // namespace actjit
