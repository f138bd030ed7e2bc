// Gradients through broadcasts, reductions and views against central differences, on tensors of odd
// shapes.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "ir/gradient.h"
#include "ir/interpret.h"
#include "ir/print.h"
#include "ir/value.h"
#include "ir/verify.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

using Extents = std::vector<std::int64_t>;

Value reduce(Op op, Value x, std::initializer_list<std::size_t> over) {
  Axes axes;
  for (std::size_t d : over) axes.add(d);
  return apply(op, {x}, attribute_of(axes));
}
Value view(Op op, Value x, std::uint64_t mask) { return apply(op, {x}, attribute_of(Axes{mask})); }
Value cut(Value x, Slice s) { return apply(Op::slice, {x}, attribute_of(s)); }
Value join(Value a, Value b, Join j) { return apply(Op::join, {a, b}, attribute_of(j)); }
Value unary(Op op, Value x) { return apply(op, {x}); }

double sum_of_products(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.elements.size(); ++i)
    sum += f64_of(a.elements[i]) * f64_of(b.elements[b.elements.size() == 1 ? 0 : i]);
  return sum;
}

struct Operand {
  Shape shape;
  Extents extents;
};

// The gradients with respect to all inputs of the graph `make` builds over them.
void check_gradients(std::vector<Operand> operands,
                     const std::function<Value(std::span<const Value>)>& make) {
  Graph graph;
  std::vector<Value> values;
  GradientOptions options{.wrt = {}, .cotangents = {{"dy"}}};
  Random random(5);
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    values.push_back({&graph, graph.input(name, DType::f64, operands[i].shape)});
    options.wrt.push_back(name);
    Tensor t{DType::f64, operands[i].extents, {}};
    for (std::int64_t k = 0; k < count(t.dims); ++k)
      t.elements.push_back(to_bits((random.unit() - 0.4) * 3));
    inputs.push_back(t);
  }
  graph.output("y", make(values).id);
  const Result<Graph> both = with_gradients(graph, options);
  ASSERT_TRUE(succeeded(both));
  ASSERT_TRUE(verify(*both).empty()) << print(*both);

  const auto forward = interpret(graph, Tier::precise, inputs, {});
  ASSERT_TRUE(succeeded(forward));
  Tensor dy{DType::f64, (*forward)[0].dims, {}};
  for (std::size_t k = 0; k < (*forward)[0].elements.size(); ++k)
    dy.elements.push_back(to_bits(random.unit() - 0.5));
  std::vector<Tensor> all = inputs;
  all.push_back(dy);
  const auto found = interpret(*both, Tier::precise, all, {});
  ASSERT_TRUE(succeeded(found));

  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& gradient = (*found)[i + 1];
    ASSERT_EQ(gradient.dims, inputs[i].dims) << print(*both);
    for (std::size_t k = 0; k < inputs[i].elements.size(); ++k) {
      double ends[2];
      for (int side : {0, 1}) {
        std::vector<Tensor> moved = inputs;
        Bits& e = moved[i].elements[k];
        e = to_bits(f64_of(e) + (side ? h : -h));
        ends[side] = sum_of_products((*interpret(graph, Tier::precise, moved, {}))[0], dy);
      }
      EXPECT_NEAR(f64_of(gradient.elements[k]), (ends[1] - ends[0]) / (2 * h), 1e-7)
          << "x" << i << "[" << k << "]\n"
          << print(*both);
    }
  }
}

TEST(AxisGradients, Broadcasts) {
  const auto product = [](std::span<const Value> x) { return x[0] * unary(Op::tanh, x[1]); };
  check_gradients({{{"n", 3}, {5, 3}}, {{3}, {3}}}, product);
  check_gradients({{{3}, {3}}, {{"n", 3}, {5, 3}}}, product);
  check_gradients({{{"n", 1}, {5, 1}}, {{1, "m"}, {1, 3}}}, product);
  check_gradients({{{2, 1, 3}, {2, 1, 3}}, {{4, 1}, {4, 1}}}, product);
  check_gradients({{{1, 1}, {1, 1}}, {{"n"}, {7}}}, product);
  check_gradients({{{}, {}}, {{"n", "m"}, {2, 3}}}, product);
}

// What is constant along an axis has its gradient times the axis' length.
TEST(AxisGradients, OfSumsOfWhatWasBroadcast) {
  const auto sum = [](std::span<const Value> x) {
    return reduce(Op::reduce_sum, x[0] + x[1] * 2.0, {0, 1});
  };
  check_gradients({{{"n", "m"}, {3, 5}}, {{"m"}, {5}}}, sum);
  check_gradients({{{"n", "m"}, {3, 5}}, {{}, {}}}, sum);
  check_gradients({{{3, 5}, {3, 5}}, {{1, 5}, {1, 5}}}, sum);
  check_gradients({{{"n", "m"}, {3, 5}}, {{"m"}, {5}}}, [](std::span<const Value> x) {
    return reduce(Op::reduce_sum, x[0] * x[1], {1});
  });
}

TEST(AxisGradients, Reductions) {
  for (Op op : {Op::reduce_sum, Op::reduce_max, Op::reduce_min})
    for (std::size_t axis : {0u, 1u, 2u})
      check_gradients({{{2, "n", 5}, {2, 3, 5}}}, [&](std::span<const Value> x) {
        return reduce(op, x[0] * x[0], {axis}) * x[0];
      });
  check_gradients({{{2, "n", 5}, {2, 3, 5}}}, [](std::span<const Value> x) {
    return x[0] / reduce(Op::count, x[0], {0, 2});
  });
}

TEST(AxisGradients, Softmax) {
  for (std::size_t axis : {0u, 1u, 2u}) {
    const auto shifted = [&](Value x) { return x - reduce(Op::reduce_max, x, {axis}); };
    const auto softmax = [&](std::span<const Value> x) {
      const Value e = unary(Op::exp, shifted(x[0]));
      return e / reduce(Op::reduce_sum, e, {axis});
    };
    check_gradients({{{3, "n", 5}, {3, 7, 5}}}, softmax);
    check_gradients({{{3, "n", 5}, {3, 7, 5}}}, [&](std::span<const Value> x) {
      const Value z = shifted(x[0]);
      return z - unary(Op::log, reduce(Op::reduce_sum, unary(Op::exp, z), {axis}));
    });
    check_gradients({{{3, "n", 5}, {3, 7, 5}}}, [&](std::span<const Value> x) {
      const Value z = shifted(x[0]);
      return max(z - reduce(Op::sparse_threshold, z, {axis}), 0.0);
    });
  }
}

TEST(AxisGradients, LayerNorm) {
  check_gradients({{{3, "n"}, {3, 7}}, {{"n"}, {7}}, {{"n"}, {7}}}, [](std::span<const Value> x) {
    const Value n = reduce(Op::count, x[0], {1});
    const Value centred = x[0] - reduce(Op::reduce_sum, x[0], {1}) / n;
    const Value variance = reduce(Op::reduce_sum, centred * centred, {1}) / n;
    return unary(Op::gelu, centred * unary(Op::rsqrt, variance + 1e-5) * x[1] + x[2]);
  });
}

TEST(AxisGradients, Views) {
  check_gradients({{{3, "n"}, {3, 4}}, {{3}, {3}}}, [](std::span<const Value> x) {
    return x[0] * view(Op::expand_dims, x[1], 0b10);
  });
  check_gradients({{{3, "n"}, {3, 4}}}, [](std::span<const Value> x) {
    return view(Op::squeeze, reduce(Op::reduce_sum, x[0] * x[0], {0}), 0b01);
  });
}

TEST(AxisGradients, Halves) {
  for (std::uint32_t step : {1u, 2u}) {
    const Slice first{1, 0, 3, step}, second{1, step == 1 ? 3u : 1u, 3, step};
    check_gradients({{{"n", 6}, {2, 6}}}, [&](std::span<const Value> x) {
      return unary(Op::silu, cut(x[0], first)) * cut(x[0], second);
    });
    check_gradients({{{"n", 6}, {2, 6}}}, [&](std::span<const Value> x) {
      return cut(x[0], second) * cut(x[0], second);
    });
  }
  for (const Slice& part :
       {Slice{0, 1, 2, 1}, Slice{0, 1, 2, 2}, Slice{0, 0, 3, 2}, Slice{0, 4, 1, 1}})
    check_gradients({{{5, "n"}, {5, 2}}},
                    [&](std::span<const Value> x) { return cut(x[0], part) * 3.0; });
}

TEST(AxisGradients, TwoHalvesAreJoinedOnce) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 8})};
  g.output("y", (cut(x, {1, 0, 4, 1}) * unary(Op::sigmoid, cut(x, {1, 4, 4, 1}))).id);
  const Result<Graph> made = with_gradients(g, {.wrt = {"x"}, .keeps_outputs = false});
  ASSERT_TRUE(succeeded(made));
  int joins = 0;
  for (NodeId id = 0; id < made->size(); ++id) joins += (*made)[id].op == Op::join;
  EXPECT_EQ(joins, 1) << print(*made);
}

TEST(AxisGradients, Joins) {
  for (bool interleaved : {false, true})
    check_gradients({{{3, "n"}, {3, 4}}, {{3, "n"}, {3, 4}}}, [&](std::span<const Value> x) {
      return unary(Op::tanh, join(x[0], x[1] * x[1], {0, interleaved}));
    });
}

TEST(AxisGradients, TiesShareEvenly) {
  Graph g;
  const Value x{&g, g.input("x", DType::f64, {"n"})};
  g.output("y", reduce(Op::reduce_max, x, {0}).id);
  const Result<Graph> made = with_gradients(g, {.wrt = {"x"}, .keeps_outputs = false});
  ASSERT_TRUE(succeeded(made));
  const std::vector<Tensor> in{
      {DType::f64, {4}, {to_bits(1.0), to_bits(3.0), to_bits(3.0), to_bits(-1.0)}}};
  const auto out = interpret(*made, Tier::precise, in, {});
  ASSERT_TRUE(succeeded(out));
  const double want[] = {0, 0.5, 0.5, 0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(f64_of((*out)[0].elements[i]), want[i]);
}

TEST(AxisGradients, OfRunTimeScalarsAreSums) {
  Graph g;
  const Value x{&g, g.input("x", DType::f64, {"n"})};
  const Value beta{&g, g.scalar("beta", DType::f64, 2.0)};
  g.output("y", apply(Op::swish, {x, beta}).id);
  const Result<Graph> made = with_gradients(g, {.wrt = {"beta"}, .keeps_outputs = false});
  ASSERT_TRUE(succeeded(made));
  const std::vector<Tensor> in{{DType::f64, {2}, {to_bits(1.0), to_bits(-0.5)}}};
  const auto value = [&](double b) {
    const std::vector<double> s{b};
    return (*interpret(*made, Tier::precise, in, s))[0];
  };
  const Tensor got = value(2.0);
  EXPECT_TRUE(got.dims.empty());
  const auto slope = [](double a, double b) {
    const double s = 1 / (1 + std::exp(-a * b));
    return a * a * s * (1 - s);
  };
  EXPECT_NEAR(f64_of(got.elements[0]), slope(1, 2) + slope(-0.5, 2), 1e-14);
}

// A cotangent of fewer dimensions, an unused input, several outputs.
TEST(AxisGradients, OfProgramsWithSeveralOutputs) {
  Graph g;
  const Value x{&g, g.input("x", DType::f64, {"n"})};
  const Value unused{&g, g.input("u", DType::f64, {"n"})};
  g.output("a", (x * x).id);
  g.output("b", unary(Op::exp, x).id);
  g.output("c", (x > unused).id);
  const Result<Graph> made =
      with_gradients(g, {.wrt = {"x", "u"}, .cotangents = {{"dy_b"}}, .keeps_outputs = true});
  ASSERT_TRUE(succeeded(made));
  ASSERT_EQ(made->outputs().size(), 5u);
  const std::vector<Tensor> in{{DType::f64, {1}, {to_bits(1.5)}},
                               {DType::f64, {1}, {to_bits(0.0)}},
                               {DType::f64, {1}, {to_bits(10.0)}}};
  const auto out = interpret(*made, Tier::precise, in, {});
  ASSERT_TRUE(succeeded(out));
  EXPECT_NEAR(f64_of((*out)[3].elements[0]), 2 * 1.5 + 10 * std::exp(1.5), 1e-13);
  EXPECT_EQ(f64_of((*out)[4].elements[0]), 0);
}

TEST(GradientErrors, SayWhatIsWrong) {
  Graph g;
  const Value x{&g, g.input("x", DType::f64, {"n"})};
  const Value i{&g, g.input("i", DType::i32, {"n"})};
  g.output("y", (unary(Op::round, x * 2.0) + cast(i, DType::f64)).id);
  const auto message = [&](GradientOptions options) {
    const Result<Graph> made = with_gradients(g, options);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message({.wrt = {"x"}}),
            "an output depends on x by 'round': a function of steps has no derivative; "
            "surrogate(it, t) has that of t");
  EXPECT_EQ(message({.wrt = {"i"}}),
            "a gradient with respect to 'i', which is i32; only floats have derivatives");
  EXPECT_EQ(
      message({.wrt = {"z"}}),
      "a gradient with respect to 'z', which is neither an input nor a run-time scalar; there "
      "are: x, i");
  EXPECT_EQ(message({.wrt = {"x"}, .cotangents = {{"dz"}}}),
            "'dz' is no cotangent of this program; there are: dy");
}

}  // namespace
}  // namespace actjit::test
