// Every entry of the catalogue, in every dialect and under every name, against an oracle in
// quadruple precision: special values, knees and random ones.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <quadmath.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "frontend/catalogue.h"
#include "runtime/engine.h"
#include "tests/support/activation_oracle.h"
#include "tests/support/random.h"

namespace actjit::test {
namespace {

// Parameters for entries that have no default.
const std::map<std::pair<std::string, Dialect>, std::string>& required() {
  static const std::map<std::pair<std::string, Dialect>, std::string> json{
      {{"threshold", Dialect::keras3},
       R"({"name":"threshold","threshold":0.5,"default_value":-2})"},
      {{"threshold", Dialect::torch}, R"({"name":"threshold","threshold":0.5,"value":20})"},
      {{"Threshold", Dialect::torch}, R"({"name":"Threshold","threshold":-1,"value":3})"},
      {{"clip", Dialect::keras3}, R"({"name":"clip","x_min":-2,"x_max":0.1})"},
  };
  return json;
}

template <class T>
std::vector<T> points(const Activation& f, Random& random) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> knees{0, 1, 3, 6, 20, 40, T(0.5), 10, 14, 30, 88, 100, 700, 745, 1000};
  for (const Activation::Parameter& p : f.parameters()) knees.push_back(static_cast<T>(p.value));
  std::vector<T> out{Limits::infinity(),      Limits::quiet_NaN(),  Limits::max(),
                     Limits::min(),           Limits::denorm_min(), Limits::epsilon(),
                     3 * Limits::denorm_min()};
  for (T k : knees)
    for (T x : {k, std::nextafter(k, Limits::infinity()), std::nextafter(k, -Limits::infinity())})
      out.push_back(x);
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  for (int i = 0; i < 1000; ++i) {
    out.push_back(static_cast<T>((random.unit() - 0.5) * 40));
    out.push_back(static_cast<T>((random.unit() - 0.5) * 2000));
    out.push_back(std::bit_cast<T>(static_cast<Word>(random.word())));
  }
  const std::size_t n = out.size();
  for (std::size_t i = 0; i < n; ++i) out.push_back(-out[i]);
  return out;
}

// The distance of `got` from the real value, in units of the last place at that value.
template <class T>
double ulps(T got, Quad want) {
  using Limits = std::numeric_limits<T>;
  if (want != want) return got != got ? 0 : 1e9;
  const T nearest = static_cast<T>(want);
  if (got == nearest) return 0.5;
  if (got != got || std::isinf(got)) return 1e9;
  if (std::isinf(nearest))
    return std::abs(got) == Limits::max() && fabsq(want) < ldexpq(1, Limits::max_exponent) ? 1
                                                                                           : 1e9;
  int exponent = 0;
  frexpq(want, &exponent);
  const Quad unit = ldexpq(1, std::max(exponent, Limits::min_exponent) - Limits::digits);
  return static_cast<double>(fabsq(static_cast<Quad>(got) - want) / unit);
}

class Catalogue : public ::testing::TestWithParam<Dialect> {
 protected:
  static Engine& engine() {
    static Engine one = *Engine::create();
    return one;
  }

  template <class T>
  void compare(const Activation& f, const std::string& name, double bound) {
    const DType dtype = sizeof(T) == 4 ? DType::f32 : DType::f64;
    const Result<Program> source = program(f);
    ASSERT_TRUE(source) << name << ": " << source.error().to_string();
    std::vector<Binding> bindings;
    for (const std::string& input : source->inputs()) bindings.push_back({input, dtype, {"n"}});
    const bool channels = f.name() == "channel_prelu";  // of which there are n, on axis 1
    if (channels) bindings[0].shape = {1, "n"};
    const Result<Graph> graph = build(f, bindings);
    ASSERT_TRUE(graph) << name << ": " << graph.error().to_string();
    const Result<Kernel> kernel = engine().compile(*graph, *make_spec(*graph));
    ASSERT_TRUE(kernel) << name << ": " << kernel.error().to_string();

    Random random(7);
    std::vector<T> x = points<T>(f, random);
    std::vector<T> alpha(x.size()), y(x.size());
    for (T& a : alpha) a = static_cast<T>(random.unit() - 0.25);
    alpha[0] = 0;
    std::vector<double> p;
    for (const Activation::Parameter& q : f.parameters()) p.push_back(q.value);
    const auto n = static_cast<std::int64_t>(x.size());
    const std::vector<std::int64_t> dims =
        channels ? std::vector<std::int64_t>{1, n} : std::vector<std::int64_t>{n};
    std::vector<TensorView> inputs{TensorView::dense(dtype, x.data(), dims)};
    if (bindings.size() == 2) inputs.push_back(TensorView::dense(dtype, alpha.data(), {n}));
    const TensorView output = TensorView::dense(dtype, y.data(), dims);
    ASSERT_TRUE((*kernel)(inputs, {&output, 1}));

    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      bool known = false;
      const Quad second = bindings.size() == 2 ? static_cast<Quad>(alpha[i]) : 0;
      const Quad want = activation_oracle(f.name(), x[i], second, p, known);
      ASSERT_TRUE(known) << "the oracle has no row for '" << f.name() << "'";
      // xielu has a root besides zero, where its terms cancel: in f64, which has no wider type to
      // compute in, what counts is the error in units of the terms.
      const bool cancels = sizeof(T) == 8 && f.name() == "xielu" && x[i] < 0;
      if (cancels && fabsq(static_cast<Quad>(y[i]) - want) < fabsq(x[i]) * 0x1p-51) continue;
      const double error = ulps(y[i], want);
      worst = std::max(worst, error);
      ASSERT_LE(error, bound) << fmt::format("{} {} at {:a}: got {:a}, want {:a}", f.text(),
                                             text(dtype), x[i], y[i], static_cast<double>(want));
    }
    RecordProperty(fmt::format("{}_{}", name, text(dtype)), fmt::format("{:.3f}", worst));
  }
};

TEST_P(Catalogue, EveryNameIsWithinItsContract) {
  std::size_t names = 0;
  for (const ListEntry& entry : list_activations(GetParam())) {
    if (entry.along_axes) continue;  // tests/softmax_test.cpp, tests/gate_test.cpp
    const std::string name = entry.call.substr(0, entry.call.find('('));
    const auto json = required().find({name, GetParam()});
    const Result<Activation> f = json == required().end() ? find_activation(name, GetParam())
                                                          : deserialize(json->second, GetParam());
    ASSERT_TRUE(f) << name << ": " << f.error().to_string();
    compare<float>(*f, name, 1.0);
    compare<double>(*f, name, 4.0);
    ++names;
  }
  EXPECT_GE(names, 12u);
}

// The canonical form has no defaults; its names are known in every dialect.
INSTANTIATE_TEST_SUITE_P(Dialects, Catalogue,
                         ::testing::Values(Dialect::keras, Dialect::keras2, Dialect::keras3,
                                           Dialect::torch, Dialect::onnx, Dialect::jax),
                         [](const auto& dialect) { return std::string(text(dialect.param)); });

// One value of the call in f32.
float value_of(std::string_view call, float x) {
  const Result<Program> source = parse_program(call);
  const std::vector<Binding> bindings{{"x", DType::f32, {"n"}}};
  const Result<Graph> graph = build(*source, bindings);
  static const Engine engine = *Engine::create();
  const Result<Kernel> kernel = engine.compile(*graph, *make_spec(*graph));
  float y = 0;
  const TensorView in = TensorView::dense(DType::f32, &x, {1});
  const TensorView out = TensorView::dense(DType::f32, &y, {1});
  EXPECT_TRUE((*kernel)({&in, 1}, {&out, 1}));
  return y;
}

// From Keras' documentation, to the printed digits.
TEST(WorkedExamples, Keras) {
  const std::vector<float> steps{-10, -5, 0, 5, 10}, wide{-20, -1, 0, 1, 20}, near{-3, -1, 0, 1, 3};
  const struct {
    const char* call;
    std::vector<float> x, y;
  } rows[] = {
      {"relu(x)", steps, {0, 0, 0, 5, 10}},
      {"relu(x, negative_slope=0.5)", steps, {-5, -2.5f, 0, 5, 10}},
      {"relu(x, max_value=5)", steps, {0, 0, 0, 5, 5}},
      {"relu(x, threshold=5)", steps, {-0.0f, -0.0f, 0, 0, 10}},
      {"sigmoid(x)", wide, {2.0611537e-09f, 2.6894143e-01f, 0.5f, 7.3105860e-01f, 1}},
      {"softplus(x)",
       wide,
       {2.0611537e-09f, 3.1326166e-01f, 6.9314718e-01f, 1.3132616e+00f, 2.0000000e+01f}},
      {"softsign(x)", {-1, 0, 1}, {-0.5f, 0, 0.5f}},
      {"tanh(x)", near, {-0.9950547f, -0.7615942f, 0, 0.7615942f, 0.9950547f}},
      {"exponential(x)", near, {0.04978707f, 0.36787945f, 1, 2.7182817f, 20.085537f}},
  };
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.x.size(); ++i)
      EXPECT_NEAR(value_of(row.call, row.x[i]), row.y[i], 1e-7 * std::abs(row.y[i]))
          << row.call << " at " << row.x[i];
}

TEST(Edges, SignsOfZeroAndTails) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const char* call : {"silu(x)", "gelu(x)", "mish(x)", "gelu(x, approximate=true)"}) {
    const float y = value_of(call, -infinity);
    EXPECT_TRUE(y == 0 && std::signbit(y)) << call;
    EXPECT_EQ(value_of(call, infinity), infinity) << call;
  }
  EXPECT_NEAR(value_of("gelu(x)", -10), -7.6198530241605e-23f, 1e-29f);
  EXPECT_NE(value_of("gelu(x)", -14), 0);
  EXPECT_NE(value_of("silu(x)", -100), 0);
  EXPECT_NE(value_of("mish(x)", -95), 0);
  EXPECT_NE(value_of("softplus(x)", -100), 0);
  EXPECT_EQ(value_of("elu(x)", -1e-30f), -1e-30f);
}

}  // namespace
}  // namespace actjit::test
