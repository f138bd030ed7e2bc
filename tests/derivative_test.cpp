// Gradients of every entry of the catalogue against central differences of its definition in MPFR
// numbers, in tails, at knees, near zero and at huge values.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "frontend/catalogue.h"
#include "frontend/evaluate.h"
#include "frontend/language.h"
#include "ir/gradient.h"
#include "tests/support/run.h"
#include "tests/support/slope_oracle.h"

namespace actjit::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

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

Graph gradient_of(const Graph& graph, int times = 1) {
  Graph out = graph;
  for (int i = 0; i < times; ++i) {
    const Result<Graph> next = with_gradients(out, {.wrt = {"x"}, .keeps_outputs = false});
    EXPECT_TRUE(succeeded(next));
    if (!next) return out;
    out = *next;
  }
  return out;
}

// Alpha has an element for each channel, which is axis 1 of x.
bool has_channels(const Activation& f) { return f.name() == "channel_prelu"; }

Graph graph_of(const Activation& f, DType dtype) {
  const Result<Program> source = program(f);
  std::vector<Binding> bindings;
  for (const std::string& input : source->inputs()) bindings.push_back({input, dtype, {"n"}});
  if (has_channels(f)) bindings[0].shape = {1, "n"};
  return *build(f, bindings);
}

// Finite numbers of the dtype, none of them a knee.
std::vector<Bits> points(const Activation& f, DType dtype, int count, Random& random) {
  std::vector<double> knees{0, 1, 3, 6, 20};
  for (const Activation::Parameter& p : f.parameters())
    if (std::isfinite(p.value)) knees.insert(knees.end(), {p.value, -p.value});
  if (f.name() == "hard_sigmoid") knees.insert(knees.end(), {2.5, 3});
  std::vector<Bits> out;
  const auto add = [&](Bits bits) {
    const double x = eval::to_double(dtype, bits);
    const bool knee = std::any_of(knees.begin(), knees.end(),
                                  [&](double k) { return std::abs(x) == std::abs(k); });
    if (std::isfinite(x) && !knee) out.push_back(bits);
  };
  const auto add_near = [&](double x) {
    const Bits bits = eval::real(dtype, x);
    for (Bits b : {bits - 1, bits, bits + 1})
      add(b & (bytes(dtype) == 8 ? ~Bits{0} : bytes(dtype) == 4 ? 0xffffffff : 0xffff));
  };
  for (double k : knees)
    if (k != 0) add_near(k);
  for (double x : {1e-40, 1e-308, 1e-5, 0.1,   0.5,   2.0,   8.0,   10.0,   14.0, 22.0, 30.0, 37.0,
                   40.0,  64.0,   88.0, 100.0, 103.9, 700.0, 744.0, 1000.0, 1e10, 1e38, 1e300})
    for (double s : {1.0, -1.0}) add_near(s * x);
  for (int i = 0; i < count; ++i) {
    add(eval::real(dtype, (random.unit() - 0.5) * 12));
    add(eval::real(dtype, (random.unit() - 0.5) * 250));
    add(random_element(dtype, random));
  }
  return out;
}

// Those whose slope has a root, where the error counts in units of its terms.
bool has_root(const Activation& f, double x) {
  static const std::vector<std::string> names{"silu", "quick_gelu", "gelu",     "mish",
                                              "telu", "xielu",      "hard_silu"};
  return std::find(names.begin(), names.end(), f.name()) != names.end() && x < -0.1 && x > -4;
}

struct Bounds {
  double ulp;
  double near_root;  // in units of 2^-53
  double subnormal;  // results below this are not held to the bound
};
Bounds bounds_of(DType dtype) {
  if (dtype == DType::f64) return {2, 8, 0};
  if (dtype == DType::f32) return {1, 0, 0};
  return {0.51, 0, 0};
}

using Oracle = bool (*)(std::string_view, double, double, std::span<const double>, Exact&);

// The largest error in ULP of a graph of one output over its points; fails past the bounds.
double compare(const Activation& f, DType dtype, const Graph& graph, int count, Oracle oracle,
               Bounds bounds) {
  const Spec spec = *make_spec(graph);
  Number::bits() = bits_for_slopes(dtype);
  Random random(11);
  const std::vector<Bits> x = points(f, dtype, count, random);
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<Tensor> inputs{{dtype, {n}, x}};
  if (has_channels(f)) inputs[0].dims = {1, n};
  std::vector<Bits> alpha;
  for (std::size_t i = 0; i < x.size(); ++i)
    alpha.push_back(eval::real(dtype, random.unit() - 0.25));
  if (graph.inputs().size() == 2) inputs.push_back({dtype, {n}, alpha});
  const Result<std::vector<Tensor>> got = run_compiled(graph, spec, inputs, {});
  EXPECT_TRUE(succeeded(got)) << f.text();
  if (!got) return infinity;
  std::vector<double> p;
  for (const Activation::Parameter& q : f.parameters()) p.push_back(q.value);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = eval::to_double(dtype, x[i]);
    Exact want;
    if (!oracle(f.name(), at, eval::to_double(dtype, alpha[i]), p, want)) {
      ADD_FAILURE() << "the oracle has no row for '" << f.name() << "'";
      return infinity;
    }
    const Bits bits = (*got)[0].elements[i];
    const double value = eval::to_double(dtype, bits);
    const double wanted = mpfr_get_d(want.get(), MPFR_RNDN);
    if (has_root(f, at) && std::abs(value - wanted) <= bounds.near_root * 0x1p-53) continue;
    if (std::abs(wanted) < bounds.subnormal && std::abs(value) <= 2 * bounds.subnormal) continue;
    // MPFR's exponents end too, far behind those of the dtype: a zero may have lost its sign there,
    // and the difference of two infinities is the infinity the result should be.
    if (value == 0 && wanted == 0) continue;
    if (std::isnan(wanted) && std::isinf(value)) continue;
    const double error = error_in_ulp(dtype, bits, want);
    worst = std::max(worst, error);
    if (error <= bounds.ulp) continue;
    ADD_FAILURE() << fmt::format("{} {} at {:a} ({}): got {}, want {}: {} ULP", f.text(),
                                 text(dtype), at, at, value, wanted, error);
    break;
  }
  return worst;
}

class Gradient : public ::testing::TestWithParam<Dialect> {};

TEST_P(Gradient, OfEveryNameIsWithinItsBound) {
  for (const ListEntry& entry : list_activations(GetParam())) {
    if (entry.along_axes) continue;  // tests/derivative_axes_test.cpp
    const std::string name = entry.call.substr(0, entry.call.find('('));
    const auto json = required().find({name, GetParam()});
    const Result<Activation> f = json == required().end() ? find_activation(name, GetParam())
                                                          : deserialize(json->second, GetParam());
    ASSERT_TRUE(succeeded(f)) << name;
    // The dialects differ in parameters and knees.
    const bool all = GetParam() == Dialect::keras;
    for (DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16}) {
      const int count = all ? 200 : 30;
      const double worst = compare(*f, dtype, gradient_of(graph_of(*f, dtype)), count,
                                   activation_slope, bounds_of(dtype));
      RecordProperty(fmt::format("{}_{}", name, text(dtype)), fmt::format("{:.3f}", worst));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, Gradient,
                         ::testing::Values(Dialect::keras, Dialect::keras2, Dialect::keras3,
                                           Dialect::torch, Dialect::onnx, Dialect::jax),
                         [](const auto& dialect) { return std::string(text(dialect.param)); });

// Twice. Its roots are many: what counts is the error beside the slopes around, except in the
// tails.
TEST(SecondDerivatives, OfSmoothActivations) {
  for (const char* name : {"relu_squared", "elu", "selu", "sigmoid", "log_sigmoid", "tanh",
                           "tanh_shrink", "softplus", "softsign", "exponential", "silu", "gelu",
                           "quick_gelu", "mish", "telu", "softcap", "squareplus"}) {
    const Activation f = *find_activation(name);
    const Graph twice = gradient_of(graph_of(f, DType::f64), 2);
    std::vector<double> p;
    for (const Activation::Parameter& q : f.parameters()) p.push_back(q.value);
    Random random(23);
    Tensor x{DType::f64, {200}, {}};
    for (int i = 0; i < 200; ++i) {
      const double size = i % 2 ? 3 : 36;
      x.elements.push_back(to_bits((random.unit() - 0.5) * 2 * size + 1e-3));
    }
    const auto got = interpret(twice, Tier::precise, {&x, 1}, {});
    ASSERT_TRUE(succeeded(got)) << name;
    Number::bits() = bits_for_slopes(DType::f64);
    for (std::size_t i = 0; i < x.elements.size(); ++i) {
      const double at = f64_of(x.elements[i]);
      Exact want;
      ASSERT_TRUE(activation_curvature(f.name(), at, 0, p, want));
      const double wanted = mpfr_get_d(want.get(), MPFR_RNDN);
      const double near = at > 0 ? 1 : std::min(1.0, std::abs(wanted) * 1e3);
      EXPECT_NEAR(f64_of((*got)[0].elements[i]), wanted, 1e-12 * std::abs(wanted) + 1e-15 * near)
          << name << " at " << at;
    }
  }
}

// The gradient of an expression in the text language at one value of x, in f64.
double slope_of(std::string_view expression, double x, Dialect dialect = Dialect::keras) {
  const Result<Program> source = parse_program(expression, dialect);
  EXPECT_TRUE(succeeded(source)) << expression;
  if (!source) return 0;
  const std::vector<Binding> bindings{{"x", DType::f64, {"n"}}};
  const Result<Graph> graph = build(*source, bindings);
  EXPECT_TRUE(succeeded(graph)) << expression;
  if (!graph) return 0;
  const Graph slope = gradient_of(*graph);
  const std::vector<Tensor> in{{DType::f64, {1}, {to_bits(x)}}};
  const auto out = interpret(slope, Tier::precise, in, {});
  EXPECT_TRUE(succeeded(out)) << expression;
  return out ? f64_of((*out)[0].elements[0]) : 0;
}

TEST(Knees, TakeTheBranchTheValueComesFrom) {
  const struct {
    const char* call;
    double x, slope;
  } rows[] = {
      {"relu(x)", 0, 0},
      {"relu(x)", -0.0, 0},
      {"relu(x, negative_slope=0.5)", 0, 0.5},
      {"relu(x, max_value=6)", 6, 0},
      {"relu(x, max_value=6)", 5, 1},
      {"max(0, x)", 0, 0},
      {"relu6(x)", 6, 0},
      {"relu6(x)", 0, 0},
      {"hard_sigmoid(x)", -2.5, 0},
      {"hard_sigmoid(x)", 2.5, 0},
      {"hard_tanh(x)", 1, 0},
      {"hard_tanh(x)", -1, 0},
      {"leaky_relu(x)", 0, 1},
      {"elu(x)", 0, 1},
      {"elu(x, alpha=0.5)", 0, 1},
      {"elu(x, alpha=0.5)", -1e-300, 0.5},
      {"hard_silu(x)", -3, 0},
      {"hard_silu(x)", 3, 1},
      {"abs(x)", 0, 0},
      {"soft_shrink(x)", 0.5, 0},
      {"softsign(x)", 0, 1},
      {"softsign(x)", 1e200, 0},
      {"softsign(x)", 1e100, 1e-200},
      {"sign(x)", 2, 0},
      {"sign(x)", 0, 0},
      {"sqrt(where(x > 0, x, 0))", 0, 0},
      {"where(x > 0, log(x), x)", 0, 1},
      {"where(x > 1, sqrt(x - 1), 0 * x)", 1, 0},
  };
  for (const auto& row : rows)
    EXPECT_DOUBLE_EQ(slope_of(row.call, row.x), row.slope) << row.call << " at " << row.x;
}

TEST(Knees, TorchHasItsOwn) {
  const struct {
    const char* call;
    double x, slope;
  } rows[] = {
      {"leaky_relu(x)", 0, 0.01},
      {"elu(x, alpha=0.5)", 0, 0.5},
      {"clamp(x, min=-1, max=1)", 1, 1},
      {"clamp(x, min=-1, max=1)", -1, 1},
      {"clamp(x, min=-1, max=1)", 1.5, 0},
      {"hardtanh(x)", 1, 0},
      {"relu6(x)", 6, 0},
      {"hardsigmoid(x)", 3, 0},
      {"hardswish(x)", 3, 1},
      {"hardswish(x)", -3, 0},
  };
  for (const auto& row : rows)
    EXPECT_DOUBLE_EQ(slope_of(row.call, row.x, Dialect::torch), row.slope)
        << row.call << " at " << row.x;
}

TEST(Knees, TorchTakesTheLeftSideOfPrelu) {
  for (const auto& [dialect, want] : {std::pair{Dialect::torch, 0.25}, {Dialect::keras, 1.0}}) {
    const Result<Program> source = parse_program("grad(prelu(x, a), x)", dialect);
    ASSERT_TRUE(succeeded(source));
    const std::vector<Binding> bindings{{"x", DType::f64, {"n", 1}}, {"a", DType::f64, {1}}};
    const Result<Graph> graph = build(*source, bindings);
    ASSERT_TRUE(succeeded(graph));
    const std::vector<Tensor> in{{DType::f64, {1, 1}, {to_bits(0.0)}},
                                 {DType::f64, {1}, {to_bits(0.25)}}};
    const auto out = interpret(*graph, Tier::precise, in, {});
    ASSERT_TRUE(succeeded(out));
    EXPECT_EQ(f64_of((*out)[0].elements[0]), want);
  }
}

// Where the slope has a limit, it is that.
TEST(Gradients, AtInfinity) {
  const struct {
    const char* call;
    double left, right;
  } rows[] = {
      {"silu(x)", 0, 1},     {"gelu(x)", 0, 1},     {"gelu(x, approximate=true)", 0, 1},
      {"mish(x)", 0, 1},     {"telu(x)", 0, 1},     {"swish(x, beta=1.702)", 0, 1},
      {"softplus(x)", 0, 1}, {"sigmoid(x)", 0, 0},  {"tanh(x)", 0, 0},
      {"elu(x)", 0, 1},      {"softsign(x)", 0, 0}, {"squareplus(x)", 0, 1},
      {"softcap(x)", 0, 0},  {"erf(x)", 0, 0},      {"log_sigmoid(x)", 1, 0},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(slope_of(row.call, -infinity), row.left) << row.call;
    EXPECT_EQ(slope_of(row.call, infinity), row.right) << row.call;
  }
}

TEST(Gradients, AreConstantExpressions) {
  constexpr auto x = arg<0>;
  static_assert(evaluate(grad(relu(x), x), 0.0) == 0.0);
  static_assert(evaluate(grad(x * x, x), 3.0) == 6.0);
  static_assert(evaluate(vjp(x * x, x, arg<1>), 3.0, 2.0) == 12.0);
  static_assert(evaluate(grad(grad(x * x * x, x), x), 3.0) == 18.0);
  static_assert(evaluate(grad(sigmoid(x), x), 0.0) == 0.25);
  static_assert(evaluate<DType::f32>(grad(exp(x), x), 0.0) == 1.0);
}

template <class Y, class Dy>
concept HasDerivativeFromOutput = requires(Y y, Dy dy) {
  vjp_from_output(y, dy);
};

TEST(FromOutput, IsAConstantExpression) {
  constexpr auto y = arg<0>;
  constexpr auto dy = arg<1>;
  static_assert(evaluate(vjp_from_output(tanh(y), dy), 0.5, 2.0) == 1.5);
  static_assert(evaluate(vjp_from_output(relu(y), 3), 0.5) == 3.0);
  static_assert(evaluate(vjp_from_output(leaky_relu(y, param<"negative_slope">(0.25)), dy), -1.0,
                         2.0) == 0.5);
  static_assert(!HasDerivativeFromOutput<decltype(gelu(y)), decltype(dy)>);
  static_assert(!HasDerivativeFromOutput<decltype(tanh(y)), decltype(relu(y) < 1)>);
  static_assert(!HasDerivativeFromOutput<decltype(y * 2), decltype(dy)>);

  const std::array bindings{Binding{"y", DType::f32, {"n"}}, Binding{"dy", DType::f32, {"n"}}};
  const Result<Graph> graph =
      build(vjp_from_output(leaky_relu(y, param<"negative_slope">(-1)), dy), bindings);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message,
            "'leaky_relu' has no derivative from its output: with a negative slope two values of x "
            "give one y");
}

// dx of a program of x and dy, in f64.
std::vector<double> evaluate_at(const std::string& text, Dialect dialect,
                                const std::vector<double>& x, const std::vector<double>& dy) {
  const Result<Program> source = parse_program(text, dialect);
  EXPECT_TRUE(succeeded(source)) << text;
  if (!source) return {};
  std::vector<Binding> bindings;
  std::vector<Tensor> in;
  for (const std::string& name : source->inputs()) {
    bindings.push_back({name, DType::f64, {"n"}});
    Tensor t{DType::f64, {static_cast<std::int64_t>(x.size())}, {}};
    for (double v : name == "x" ? x : dy) t.elements.push_back(to_bits(v));
    in.push_back(std::move(t));
  }
  const Result<Graph> graph = build(*source, bindings);
  EXPECT_TRUE(succeeded(graph)) << text;
  if (!graph) return {};
  std::vector<double> scalars;
  for (const Scalar& k : graph->scalars()) scalars.push_back(k.initial);
  const auto out = interpret(*graph, Tier::precise, in, scalars);
  EXPECT_TRUE(succeeded(out)) << text;
  std::vector<double> values;
  if (out)
    for (Bits b : (*out)[0].elements) values.push_back(f64_of(b));
  return values;
}

// With respect to run-time scalars and tensors that are parameters: the sum over all elements.
TEST(ParameterGradients, AreSums) {
  const struct {
    const char* call;
    double p;
  } rows[] = {{"elu(x, alpha=p)", 0.7},
              {"celu(x, alpha=p)", 0.7},
              {"leaky_relu(x, negative_slope=p)", 0.1},
              {"silu(x, beta=p)", 1.3},
              {"silu(x, beta=p)", -0.4},
              {"softplus(x, beta=p)", 1.6},
              {"softcap(x, c=p)", 2.5},
              {"squareplus(x, b=p)", 3},
              {"hard_sigmoid(x, slope=p)", 0.21},
              {"hard_tanh(x, lo=-1, hi=p)", 1.23},
              {"xielu(x, alpha_p=p, alpha_n=0.7, beta=0.5)", 0.8},
              {"xielu(x, alpha_p=0.8, alpha_n=p, beta=0.5)", 0.7},
              {"xielu(x, alpha_p=0.8, alpha_n=0.7, beta=p)", 0.5},
              {"pow(abs(x) + 0.1, p)", 1.7},
              {"hypot(x, p)", 0.3}};
  Random random(9);
  std::vector<double> x{0, -0.01, 20, -20};
  for (int i = 0; i < 30; ++i) x.push_back((random.unit() - 0.5) * 8);
  for (const auto& row : rows) {
    const auto sum = [&](double at) {
      double total = 0;
      const std::string text = fmt::format("scalar p = {}; {}", at, row.call);
      for (double y : evaluate_at(text, Dialect::keras, x, x)) total += y;
      return total;
    };
    const std::string text = fmt::format("scalar p = {}; y = {}; grad(y, p)", row.p, row.call);
    const std::vector<double> got = evaluate_at(text, Dialect::keras, x, x);
    ASSERT_EQ(got.size(), 1u) << row.call;
    const double h = 1e-5;
    EXPECT_NEAR(got[0], (sum(row.p + h) - sum(row.p - h)) / (2 * h), 1e-6 * (1 + std::abs(got[0])))
        << row.call;
    // As a tensor it has a gradient for each element, which add up.
    const std::string tensor = fmt::format("p = {} + 0 * x; y = {}; grad(y, p)", row.p, row.call);
    double total = 0;
    for (double dp : evaluate_at(tensor, Dialect::keras, x, x)) total += dp;
    EXPECT_NEAR(total, got[0], 1e-12 * (1 + std::abs(got[0]))) << row.call;
  }
}

TEST(FromOutput, IsTheGradientInTheInput) {
  const char* calls[] = {"linear($)",
                         "relu($)",
                         "relu($, negative_slope=0.2, max_value=4, threshold=0.5)",
                         "relu6($)",
                         "leaky_relu($)",
                         "leaky_relu($, negative_slope=0)",
                         "thresholded_relu($)",
                         "threshold($, value=0)",
                         "relu_squared($)",
                         "elu($)",
                         "elu($, alpha=0.5)",
                         "elu($, alpha=0)",
                         "selu($)",
                         "celu($, alpha=2)",
                         "sigmoid($)",
                         "log_sigmoid($)",
                         "hard_sigmoid($)",
                         "hard_tanh($)",
                         "sparse_sigmoid($)",
                         "tanh($)",
                         "softcap($, c=3)",
                         "softplus($)",
                         "softplus($, beta=2)",
                         "softsign($)",
                         "exponential($)",
                         "sparse_plus($)",
                         "squareplus($)",
                         "hard_shrink($)",
                         "soft_shrink($)",
                         "softmax($)",
                         "softmin($)",
                         "log_softmax($)",
                         "sparsemax($)"};
  Random random(3);
  std::vector<double> x{0, 6, -6, 0.25, -0.25}, dy;
  for (int i = 0; i < 40; ++i) x.push_back((random.unit() - 0.5) * 10);
  for (std::size_t i = 0; i < x.size(); ++i) dy.push_back(random.unit() - 0.5);
  for (Dialect dialect : {Dialect::keras, Dialect::torch})
    for (std::string call : calls) {
      if (dialect == Dialect::torch && call != "leaky_relu($)" && call != "elu($, alpha=0.5)")
        continue;
      const std::size_t at = call.find('$');
      const std::string f = std::string(call).replace(at, 1, "x");
      const std::string g = std::string(call).replace(at, 1, "y");
      const auto want = evaluate_at("y = " + f + "; vjp(y, x, dy)", dialect, x, dy);
      const auto got = evaluate_at("y = " + f + "; vjp_from_output(" + g + ", dy)", dialect, x, dy);
      ASSERT_EQ(got.size(), want.size());
      // The result of a flat left side is 0 at the knee and left of it.
      const bool is_flat = call.find("=0)") != std::string::npos;
      for (std::size_t i = is_flat ? 1 : 0; i < want.size(); ++i)
        EXPECT_NEAR(got[i], want[i], 1e-12 * std::max(1.0, std::abs(want[i])))
            << call << " at " << x[i];
    }
}

TEST(FromOutput, IsRefusedWhereItIsNotValid) {
  const auto message = [](std::string_view text) {
    const Result<Program> source = parse_program(text);
    if (!source) return source.error().message;
    std::vector<Binding> bindings;
    for (const std::string& name : source->inputs()) bindings.push_back({name, DType::f32, {"n"}});
    const Result<Graph> graph = build(*source, bindings);
    return graph ? std::string("it is not") : graph.error().message;
  };
  EXPECT_EQ(message("vjp_from_output(leaky_relu(y, negative_slope=-1), dy)"),
            "'leaky_relu' has no derivative from its output: with a negative slope two values of x "
            "give one y");
  EXPECT_EQ(message("vjp_from_output(gelu(y), dy)"),
            "'gelu' has no derivative from its output: its result does not tell where it came "
            "from; vjp(y, x, dy) takes x");
  EXPECT_EQ(message("scalar a = 0.1; vjp_from_output(leaky_relu(y, negative_slope=a), dy)"),
            "'leaky_relu' has no derivative from its output: its parameters are not known while "
            "the kernel is built");
  EXPECT_EQ(message("vjp_from_output(y * 2, dy)"),
            "vjp_from_output takes the call of an activation, whose operand stands for its result, "
            "as in vjp_from_output(tanh(y), dy)");
}

}  // namespace
}  // namespace actjit::test
