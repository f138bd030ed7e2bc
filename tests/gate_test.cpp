// Gates over one tensor split in halves, or over two; prelu with its axes; parameters of every
// kind. References in long double.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/arrays.h"

namespace actjit::test {
namespace {

long double sigmoid_of(long double x) { return 1 / (1 + std::exp(-x)); }
long double limited(long double x, long double lo, long double hi) {
  return std::min(std::max(x, lo), hi);
}

struct Gate {
  const char* name;
  bool second_by_default;
  bool interleaved_by_default;
  long double (*value)(long double gate, long double up);
};
void PrintTo(const Gate& g, std::ostream* out) { *out << g.name; }

class Gates : public ::testing::TestWithParam<Gate> {
 protected:
  void check(const Array& gate, const Array& up, const Result<Array>& got,
             const std::string& what) const {
    ASSERT_TRUE(got) << what << ": " << got.error().to_string();
    ASSERT_EQ(got->dims, gate.dims) << what;
    for (std::size_t i = 0; i < gate.values.size(); ++i)
      ASSERT_LE(
          ulps_between(got->values[i], GetParam().value(gate.values[i], up.values[i]), DType::f32),
          1)
          << what << " element " << i << ": " << gate.values[i] << ", " << up.values[i];
  }
};

// Two tensors as halves of one, along an axis.
Array joined(const Array& a, const Array& b, std::size_t axis, bool interleaved) {
  Array out{a.dims, {}};
  out.dims[axis] *= 2;
  const auto extent = static_cast<std::size_t>(a.dims[axis]);
  std::size_t inner = 1;
  for (std::size_t d = axis + 1; d < a.dims.size(); ++d)
    inner *= static_cast<std::size_t>(a.dims[d]);
  const std::size_t outer = extent * inner == 0 ? 0 : a.values.size() / (extent * inner);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < 2 * extent; ++i) {
      const bool second = interleaved ? i % 2 == 1 : i >= extent;
      const std::size_t at = interleaved ? i / 2 : i % extent;
      for (std::size_t k = 0; k < inner; ++k)
        out.values.push_back((second ? b : a).values[(o * extent + at) * inner + k]);
    }
  return out;
}

TEST_P(Gates, HalvesOfEveryAxisInEveryOrder) {
  Random random(21);
  for (const std::vector<std::int64_t>& dims :
       std::vector<std::vector<std::int64_t>>{{5}, {3, 7}, {2, 1, 3}, {0, 3}, {3, 0}}) {
    const Array gate = random_array(dims, random);
    const Array up = random_array(dims, random);
    for (std::size_t axis = 0; axis < dims.size(); ++axis)
      for (bool interleaved : {false, true})
        for (bool second : {false, true}) {
          const std::string call =
              fmt::format("{}(x, axis={}, interleaved={}, gate='{}')", GetParam().name, axis,
                          interleaved, second ? "second" : "first");
          const Array x =
              second ? joined(up, gate, axis, interleaved) : joined(gate, up, axis, interleaved);
          check(gate, up, interpret_text(call, {{"x", x}}, DType::f32), call);
        }
  }
}

TEST_P(Gates, Defaults) {
  Random random(22);
  const Array gate = random_array({3, 4}, random), up = random_array({3, 4}, random);
  const Gate& g = GetParam();
  const Array x = g.second_by_default ? joined(up, gate, 1, g.interleaved_by_default)
                                      : joined(gate, up, 1, g.interleaved_by_default);
  check(gate, up, interpret_text(g.name, {{"x", x}}, DType::f32), g.name);
}

TEST_P(Gates, TwoTensors) {
  Random random(23);
  const Array gate = random_array({3, 5}, random), up = random_array({3, 5}, random);
  const std::string name = GetParam().name;
  check(gate, up,
        interpret_text(name + "(g, up=u, gate='first')", {{"g", gate}, {"u", up}}, DType::f32),
        name);
  check(gate, up,
        interpret_text(name + "(u, up=g, gate='second')", {{"g", gate}, {"u", up}}, DType::f32),
        name);
  if (!GetParam().second_by_default)
    check(gate, up, interpret_text(name + "(g, u)", {{"g", gate}, {"u", up}}, DType::f32), name);
}

INSTANTIATE_TEST_SUITE_P(
    Functions, Gates,
    ::testing::Values(
        Gate{"glu", true, false, [](long double g, long double u) { return sigmoid_of(g) * u; }},
        Gate{"swiglu", false, false,
             [](long double g, long double u) { return g * sigmoid_of(g) * u; }},
        Gate{"geglu", false, false,
             [](long double g, long double u) {
               return g * std::erfc(-g / std::sqrt(2.0L)) / 2 * u;
             }},
        Gate{"reglu", false, false,
             [](long double g, long double u) { return std::max(g, 0.0L) * u; }},
        Gate{"bilinear", false, false, [](long double g, long double u) { return g * u; }},
        Gate{"swiglu_clamped", false, true,
             [](long double g, long double u) {
               g = std::min(g, 7.0L);
               return g * sigmoid_of(1.702L * g) * (limited(u, -7, 7) + 1);
             }}),
    [](const auto& g) { return std::string(g.param.name); });

TEST(GatesOfDialects, Names) {
  Random random(24);
  const Arrays inputs{{"x", random_array({3, 4}, random)}};
  EXPECT_EQ(values_of("GLU(x, dim=-1)", inputs, Dialect::torch), values_of("glu(x)", inputs));
  EXPECT_EQ(values_of("glu(x, 1)", inputs, Dialect::jax), values_of("glu(x, -1)", inputs));
  EXPECT_EQ(values_of("geglu(x, approximate=true)", inputs),
            values_of("gelu(half(x), approximate=true) * half(x, second=true)", inputs));
}

TEST(GatesOfDialects, NaNsAndLimits) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Arrays inputs{{"x", {{3, 2}, {nan, 1, 1, nan, 100, -100}}}};
  const auto clamped = values_of("swiglu_clamped(x)", inputs);
  EXPECT_TRUE(std::isnan(clamped[0]) && std::isnan(clamped[1]));
  EXPECT_NEAR(clamped[2], 7 / (1 + std::exp(-1.702 * 7)) * -6, 1e-13);
  EXPECT_EQ(values_of("swiglu_clamped(x, limit=200, alpha=0)", inputs)[2], 50.0 * -99);
  for (const char* gate : {"glu", "swiglu", "geglu", "reglu", "bilinear"})
    for (std::size_t i : {0, 1}) EXPECT_TRUE(std::isnan(values_of(gate, inputs)[i])) << gate;
}

TEST(GateErrors, SayWhatWouldDo) {
  const std::vector<Binding> inputs{
      {"x", DType::f32, {2, 7}}, {"s", DType::f32, {2, "n"}}, {"y", DType::f32, {2, 6}}};
  EXPECT_EQ(error_of("swiglu(x)", inputs),
            "in swiglu: the axis 1 of shape [2,7] has 7 elements, which make no halves; an even "
            "extent or two tensors would do");
  EXPECT_EQ(error_of("swiglu(s)", inputs),
            "in swiglu: the axis 1 of shape [2,n] is split in halves, but its extent 'n' is not "
            "known now; give it as a number, or two tensors instead of one");
  EXPECT_EQ(error_of("swiglu(s, axis=0)", inputs), "no error");
  EXPECT_EQ(error_of("glu(y, axis=3)", inputs),
            "in glu: the axis 3 is out of range: the operand of shape [2,6] has 2 axes, -2 to 1");
  EXPECT_EQ(error_of("glu(y, axis=none)", inputs),
            "in glu: 'axis' names one axis here: an integer");
  EXPECT_EQ(error_of("swiglu(x, y)", inputs),
            "in swiglu: '*' cannot broadcast shapes [2,7] and [2,6]");
  EXPECT_EQ(error_of("swiglu(x, up='y')", inputs), "in swiglu: 'up' is a tensor or none");
  EXPECT_EQ(error_of("swiglu(y, gate='third')", inputs),
            "in swiglu: 'gate' is \"first\" or \"second\"");
}

// alpha * x below zero, element by element, alpha found by `alpha_at`.
template <class At>
void expect_slopes(const std::vector<double>& y, const Array& x, At alpha_at) {
  ASSERT_EQ(y.size(), x.values.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double a = x.values[i];
    EXPECT_EQ(y[i], a < 0 ? alpha_at(i) * a : a) << i;
  }
}

TEST(Prelu, Axes) {
  Random random(25);
  const Array x = random_array({2, 3, 4}, random);
  const Array channels = random_array({3}, random), whole = random_array({3, 4}, random),
              shared = random_array({3, 1}, random), last = random_array({4}, random);
  const auto per_channel = [&](std::size_t i) { return channels.values[i / 4 % 3]; };
  const auto run = [&](std::string_view call, const Array& alpha, Dialect d) {
    return values_of(call, {{"x", x}, {"alpha", alpha}}, d);
  };
  expect_slopes(run("PReLU(x, alpha)", channels, Dialect::torch), x, per_channel);
  expect_slopes(run("PReLU(x, alpha)", {{1}, {0.25}}, Dialect::torch), x,
                [](std::size_t) { return 0.25; });
  expect_slopes(run("PReLU(x, alpha)", whole, Dialect::keras), x,
                [&](std::size_t i) { return whole.values[i % 12]; });
  expect_slopes(run("PReLU(x, alpha, shared_axes=2)", shared, Dialect::keras), x,
                [&](std::size_t i) { return shared.values[i / 4 % 3]; });
  expect_slopes(run("PReLU(x, alpha, shared_axes=[1, 2])", {{1, 1}, {-2}}, Dialect::keras), x,
                [](std::size_t) { return -2.0; });
  expect_slopes(run("PRelu(x, alpha)", last, Dialect::onnx), x,
                [&](std::size_t i) { return last.values[i % 4]; });
  const Array rows = random_array({2, 3}, random);
  expect_slopes(values_of("prelu(x, alpha)", {{"x", rows}, {"alpha", channels}}, Dialect::torch),
                rows, [&](std::size_t i) { return channels.values[i % 3]; });
}

TEST(Prelu, Errors) {
  const std::vector<Binding> inputs{
      {"x", DType::f32, {"n", 3, 4}}, {"a", DType::f32, {4}}, {"w", DType::f32, {3, 4}}};
  EXPECT_EQ(error_of("prelu(x, a)", inputs, Dialect::torch),
            "in prelu: alpha of shape [4] is neither one value nor one for each channel, which is "
            "axis 1 of [n,3,4]");
  EXPECT_EQ(error_of("prelu(x, a, shared_axes=1)", inputs),
            "in prelu: alpha has the shape [4]; an input of shape [n,3,4] and these shared axes "
            "want [1,4]");
  EXPECT_EQ(error_of("prelu(x, w, shared_axes=0)", inputs),
            "in prelu: 'shared_axes' cannot name the axis 0, the batch, along which alpha is "
            "shared anyhow");
  EXPECT_EQ(error_of("prelu(x, w, shared_axes=3)", inputs),
            "in prelu: the axis 3 is out of range: the operand of shape [n,3,4] has 3 axes, -3 to "
            "2");
}

// A parameter is a constant, a run-time scalar or a tensor: the same values.
TEST(Parameters, OfEveryKind) {
  Random random(26);
  const Array x = random_array({3, 5}, random);
  const Arrays inputs{{"x", x}, {"p", {{}, {0.75}}}, {"q", {{5}, std::vector<double>(5, 0.75)}}};
  for (const std::string call :
       {"prelu(x, {})", "xielu(x, alpha_p={}, alpha_n={}, beta={})", "softcap(x, c={})",
        "swish(x, beta={})", "elu(x, alpha={})", "leaky_relu(x, {})", "softplus(x, beta={})",
        "squareplus(x, b={})", "hard_tanh(x, hi={})", "swiglu_clamped(x, x, alpha={}, limit={})",
        "layer_norm(x, epsilon={})"}) {
    const auto with = [&](const std::string& value) {
      std::string text = call;
      for (std::size_t at; (at = text.find("{}")) != std::string::npos;) text.replace(at, 2, value);
      return text;
    };
    const auto constant = values_of(with("0.75"), inputs);
    for (const std::string& text : {"scalar p = 0.75; " + with("p"), with("p"), with("q")}) {
      const auto other = values_of(text, inputs);
      ASSERT_EQ(other.size(), constant.size());
      for (std::size_t i = 0; i < constant.size(); ++i)
        EXPECT_LE(ulps_between(other[i], constant[i], DType::f64), 4)
            << text << " at " << x.values[i];
    }
  }
}

}  // namespace
}  // namespace actjit::test
