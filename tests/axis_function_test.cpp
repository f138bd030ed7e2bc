// Functions of the languages that look along axes: NumPy's meaning, errors that teach, and the same
// graphs from text and C++.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "frontend/evaluate.h"
#include "ir/print.h"
#include "tests/support/arrays.h"

namespace actjit::test {
namespace {

using Dims = std::vector<std::int64_t>;
constexpr double infinity = std::numeric_limits<double>::infinity();

const Array table{{2, 3}, {1, 5, -2, 4, 0, 8}};

Array run(std::string_view text, const Array& x = table) {
  const Result<Array> y = interpret_text(text, {{"x", x}}, DType::f64);
  EXPECT_TRUE(y) << text << ": " << y.error().to_string();
  return y ? *y : Array();
}
void expect(std::string_view text, const Dims& dims, const std::vector<double>& values,
            const Array& x = table) {
  const Array y = run(text, x);
  EXPECT_EQ(y.dims, dims) << text;
  EXPECT_EQ(y.values, values) << text;
}

TEST(AxisFunctions, Reductions) {
  expect("sum(x)", {}, {16});
  expect("sum(x, axis=none, keepdims=true)", {1, 1}, {16});
  expect("sum(x, 0)", {3}, {5, 5, 6});
  expect("sum(x, axis=-1)", {2}, {4, 12});
  expect("sum(x, axis=[0, 1])", {}, {16});
  expect("sum(x, axis=[-1], keepdims=true)", {2, 1}, {4, 12});
  expect("mean(x, axis=1)", {2}, {4.0 / 3, 4});
  expect("mean(x)", {}, {16.0 / 6});
  expect("amax(x, axis=0)", {3}, {4, 5, 8});
  expect("amin(x, axis=1, keepdims=true)", {2, 1}, {-2, 0});
  expect("count(x, axis=1)", {}, {3});
  expect("x - mean(x, -1, keepdims=true)", {2, 3},
         {1 - 4.0 / 3, 5 - 4.0 / 3, -2 - 4.0 / 3, 0, -4, 4});
  expect("sum", {}, {16});
  expect("amax(axis=1)", {2}, {5, 8});
}

TEST(AxisFunctions, OfNothing) {
  const Array none{{2, 0}, {}};
  expect("sum(x, 1)", {2}, {0, 0}, none);
  expect("amax(x, 1)", {2}, {-infinity, -infinity}, none);
  expect("amin(x, 1)", {2}, {infinity, infinity}, none);
  expect("sum(x, 0)", {0}, {}, none);
  EXPECT_TRUE(std::isnan(run("mean(x)", none).values[0]));
}

TEST(AxisFunctions, Views) {
  expect("position(x)", {1, 3}, {0, 1, 2});
  expect("position(x, 0)", {2, 1}, {0, 1});
  expect("position(x, none)", {2, 3}, {0, 1, 2, 3, 4, 5});
  expect("half(x, 0)", {1, 3}, {1, 5, -2});
  expect("half(x, axis=0, second=true)", {1, 3}, {4, 0, 8});
  const Array row{{6}, {0, 1, 2, 3, 4, 5}};
  expect("half(x, interleaved=true)", {3}, {0, 2, 4}, row);
  expect("half(x, interleaved=true, second=true)", {3}, {1, 3, 5}, row);
  expect("expand_dims(x, [0, -1])", {1, 6, 1}, row.values, row);
  expect("squeeze(expand_dims(x, 0), 0)", {6}, row.values, row);
}

// Definitions take axes like any other value.
TEST(AxisFunctions, InDefinitions) {
  expect("def centred(x, axis=-1) = x - mean(x, axis, keepdims=true)\ncentred(x, axis=[0, 1]) + 0",
         {2, 3},
         {1 - 16.0 / 6, 5 - 16.0 / 6, -2 - 16.0 / 6, 4 - 16.0 / 6, 0 - 16.0 / 6, 8 - 16.0 / 6});
  expect("def sum(x) = x + 1; sum(x)", {2, 3}, {2, 6, -1, 5, 1, 9});
  expect("a = [0,\n 1]\nsum(x, a)", {}, {16});
}

TEST(AxisFunctions, ExtentsThatAreNotKnown) {
  const std::vector<Binding> x{{"x", DType::f32, {"n", 4}}};
  const auto printed = [&](std::string_view text) {
    const Result<Graph> g = build(*parse_program(text), x);
    return g ? print(*g) : g.error().to_string();
  };
  EXPECT_EQ(printed("mean(x, 0, keepdims=true)"), R"(graph {
  x = input f32[n,4]
  %1 = reduce_sum [0] x : f32[1,4]
  %2 = count [0] x : f32[1,4]
  %3 = div %1 %2 : f32[1,4]
  output y = %3
}
)");
  EXPECT_EQ(printed("mean(x, 1, keepdims=true)").find("count"), std::string::npos);
}

TEST(AxisFunctions, Errors) {
  const std::vector<Binding> inputs{{"x", DType::f32, {"n", 4}},
                                    {"s", DType::f32, {}},
                                    {"i", DType::i32, {4}},
                                    {"c", DType::boolean, {4}}};
  const auto expect_error = [&](std::string_view text, std::string_view want) {
    EXPECT_EQ(error_of(text, inputs), want) << text;
  };
  expect_error("sum(x, 2)",
               "'sum': the axis 2 is out of range: the operand of shape [n,4] has 2 axes, -2 to 1");
  expect_error("sum(i, -2)",
               "'sum': the axis -2 is out of range: the operand of shape [4] has 1 axis, -1 to 0");
  expect_error("sum(x, [0, -2])",
               "'sum': the axis -2 is named twice: the operand of shape [n,4] has 2 axes");
  expect_error("sum(x, 0.5)", "'axis' is an integer, a list of integers as in [0, 1], or none");
  expect_error("sum(x, 'last')", "'axis' is an integer, a list of integers as in [0, 1], or none");
  expect_error("sum(x, x)", "'axis' is an integer, a list of integers as in [0, 1], or none");
  expect_error("sum(s)", "'sum': the operand of shape [] has no axes");
  expect_error("mean(2)", "'mean': the operand of shape [] has no axes");
  expect_error("sum(c)", "'sum': the operand is bool, not a number; write where(..., 1, 0)");
  expect_error("amax(i)", "'amax': the operand is i32, not a float; write cast(..., f64)");
  expect_error("sum(i)", "no error");
  expect_error("sum(x, keepdims=1)", "'sum': 'keepdims' is true or false");
  expect_error("sum(x, axes=1)", "'sum' has no parameter 'axes'; did you mean 'axis'?");
  expect_error(
      "squeeze(x, 1)",
      "'squeeze': the axis 1 of shape [n,4] has not one element, which alone can be dropped");
  expect_error("expand_dims(x, none)", "'expand_dims': 'axis' cannot be none");
  expect_error("half(x, 0)",
               "'half': the axis 0 of shape [n,4] is split in halves, but its extent 'n' is not "
               "known now; give it as a number, or two tensors instead of one");
  // What formulas alone can call.
  EXPECT_EQ(parse_program("masked(x, c, 0)").error().message, "there is no function 'masked'");
}

TEST(AxisLists, Errors) {
  const std::vector<Binding> inputs{{"x", DType::f32, {3, 4}}};
  const auto expect_error = [&](std::string_view text, std::string_view want) {
    EXPECT_EQ(error_of(text, inputs), want) << text;
  };
  expect_error("sum(x, [])", "the list names no axis; none stands for all axes");
  expect_error("sum(x, [0, 0.5])", "a list holds axes: integers that are known now");
  expect_error("sum(x, [x])", "a list holds axes: integers that are known now");
  expect_error("x + [1]", "a list is a value for parameters only");
  expect_error("sum(x, [0", "this '[' is never closed");
  expect_error("sum(x, [0)", "expected an operator, ',' or ']', found ')'");
  expect_error("sum(x, axis=(0, 1))", "lists are written in brackets, as in axis=[0, 1]");
  expect_error("sum(x, [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0])",
               "a list of axes has at most 16 elements");
  expect_error("sum(x, [1 - 2,])", "no error");
}

template <class E>
void same(const E& expression, std::string_view text, Dialect dialect = Dialect::keras) {
  const std::vector<Binding> all{{"x", DType::f32, {3, 4}}, {"b", DType::f32, {3, 4}}};
  const std::vector<Binding> used(all.begin(), all.begin() + E::arity);
  const Result<Graph> got = build(expression, used);
  const Result<Graph> want = build(*parse_program(text, dialect), used);
  ASSERT_TRUE(got) << text << ": " << got.error().to_string();
  ASSERT_TRUE(want) << text << ": " << want.error().to_string();
  EXPECT_EQ(*got, *want) << text;
}

TEST(AxisFunctions, InCpp) {
  same(sum(arg<0>, axis<-1>), "sum(x, -1)");
  same(sum(arg<0>, -1), "sum(x, -1)");
  same(sum(arg<0>), "sum(x)");
  same(mean(arg<0>, param<"axis">(axis<0, 1>), param<"keepdims">(true)),
       "mean(x, axis=[0, 1], keepdims=true)");
  same(arg<0> - amax(arg<0>, none, true), "x - amax(x, none, true)");
  same(where(half(arg<0> > 0), 1.0, half(arg<0>, 1, true)),
       "where(half(x > 0), 1, half(x, 1, true))");
  same(softmax(arg<0> + arg<1>), "softmax(x + b)");
  same(softmax(arg<0>, param<"axis">(0), param<"empty_rows">("zero")),
       "softmax(x, axis=0, empty_rows='zero')");
  same(softmax(arg<0>, param<"where">(arg<1> > 0)), "softmax(x, where=b > 0)");
  same(call<"log_softmax", Dialect::torch>(arg<0>, param<"dim">(axis<0, 1>)),
       "log_softmax(x, dim=[0, 1])", Dialect::torch);
  same(logsumexp(arg<0>, param<"axis">(none)), "logsumexp(x)");
  same(swiglu(arg<0>), "swiglu(x)");
  same(swiglu(arg<0>, arg<1>), "swiglu(x, b)");
  same(swiglu(arg<0>, param<"up">(arg<1>)), "swiglu(x, b)");
  same(geglu(arg<0>, param<"approximate">(true), param<"gate">("second")),
       "geglu(x, approximate=true, gate='second')");
  same(layer_norm(arg<0>, param<"scale">(arg<1>)), "layer_norm(x, scale=b)");
}

template <class... T>
concept Sum = requires(T... t) {
  sum(t...);
};
template <class... T>
concept Softmax = requires(T... t) {
  softmax(t...);
};
template <class... T>
concept Swiglu = requires(T... t) {
  swiglu(t...);
};
template <FixedString Name, class T>
using Param = decltype(param<Name>(std::declval<T>()));
using X = expr::Argument<0>;

static_assert(Sum<X> && Sum<X, int> && Sum<X, AxisList, bool> && Sum<X, Param<"keepdims", bool>>);
static_assert(!Sum<double> && !Sum<X, X> && !Sum<X, double> && !Sum<X, bool> && !Sum<X, int, int>);
static_assert(!Sum<X, Param<"axes", int>> && !Sum<X, int, Param<"axis", int>>);
static_assert(Softmax<X, Param<"axis", int>> && Softmax<X, Param<"axis", None>>);
static_assert(!Softmax<X, Param<"axis", double>> && !Softmax<X, Param<"where", double>>);
static_assert(!Softmax<X, X>);
static_assert(Swiglu<X> && Swiglu<X, X> && !Swiglu<X, X, X>);
static_assert(!Swiglu<X, X, Param<"up", X>>);

// prelu is elementwise for one element, whatever its axes.
static_assert(evaluate(prelu(arg<0>, arg<1>), -2.0, 0.5) == -1.0);

}  // namespace
}  // namespace actjit::test
