// The reference the tools judge kernels by: its own functions against digits of mpmath, and the
// measure of distance.
#include "tools/common/reference.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "frontend/language.h"
#include "tools/common/reference_math.h"
#include "tools/common/reference_tensor.h"

namespace actjit::tools {
namespace {

using Math = ReferenceMath<long double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Digits {
  Op op;
  double x;
  long double value;  // 26 digits, by mpmath at 400 bits
  double second = 0;
};
constexpr Digits digits[] = {
    {Op::sigmoid, -100.0, 3.7200759760208359629596958e-44L},
    {Op::sigmoid, -1.5, 1.8242552380635634039278282e-1L},
    {Op::sigmoid, 0.75, 6.7917869917539297315968012e-1L},
    {Op::sigmoid, 40.0, 9.9999999999999999575164574e-1L},
    {Op::softplus, -100.0, 3.7200759760208359629596958e-44L},
    {Op::softplus, -1.0, 3.1326168751822283404899549e-1L},
    {Op::softplus, 0.5, 9.7407698418010668087299736e-1L},
    {Op::softplus, 30.0, 3.0000000000000093576229688e+1L},
    {Op::silu, -700.0, -6.9017735806318395996937611e-302L},
    {Op::silu, -1.25, -2.7837517353163606625060057e-1L},
    {Op::silu, 3.0, 2.8577223804672996573634555L},
    {Op::gelu, -37.5, -1.7270073785932330664354884e-306L},
    {Op::gelu, -14.0, -1.0910951546869920356103555e-43L},
    {Op::gelu, -10.0, -7.6198530241605260659733433e-23L},
    {Op::gelu, -1.0, -1.5865525393145705141476745e-1L},
    {Op::gelu, 0.001, 5.0039894221391107300954048e-4L},
    {Op::gelu, 2.5, 2.4844758366855596620825547L},
    {Op::gelu_tanh, -10.0, -1.2040923482098059936592504e-37L},
    {Op::gelu_tanh, -5.0, -2.2917961966295060455927553e-7L},
    {Op::gelu_tanh, -1.0, -1.5880800939172329521800422e-1L},
    {Op::gelu_tanh, 0.001, 5.003989422135819761269414e-4L},
    {Op::gelu_tanh, 2.5, 2.4849157339100014179205077L},
    {Op::mish, -95.0, -5.24502816317710609513746e-40L},
    {Op::mish, -1.1875, -3.088401591580981196607875e-1L},
    {Op::mish, 0.5, 3.7524521130489510481856241e-1L},
    {Op::mish, 20.0, 1.999999999999999983006583e+1L},
    {Op::tanh_shrink, 1e-20, 3.3333333333333327848660479e-61L},
    {Op::tanh_shrink, 0.001, 3.3333320000005398904876661e-10L},
    {Op::tanh_shrink, 0.25, 5.0813375962908707221988685e-3L},
    {Op::tanh_shrink, -0.499, -3.7669653809580609482021128e-2L},
    {Op::tanh_shrink, 0.5, 3.7882842739990241497681516e-2L},
    {Op::tanh_shrink, -3.0, -2.0049452463132695486681198L},
    {Op::expm1, -1e-10, -9.9999999995000003643386398e-11L},
    {Op::expm1, 1.0, 1.7182818284590452353602875L},
    {Op::log1p, 1e-10, 9.9999999995000003643553065e-11L},
    {Op::log1p, 3.0, 1.3862943611198906188344642L},
    {Op::erf, 0.5, 5.2049987781304653768274665e-1L},
    {Op::erfc, 5.0, 1.5374597944280348501883435e-12L},
    {Op::tanh, 0.1, 9.9667994624955822614277044e-2L},
    {Op::rsqrt, 2.0, 7.0710678118654752440084436e-1L},
    {Op::swish, -100.3, -7.2883521907282918597757893e-73L, 1.702},
    {Op::swish, 3.0, 5.4727657141906902117834846e-1L, -0.5},
    {Op::scaled_softplus, -1.0, 1.619578385791401958630864e-2L, 3.0},
    {Op::scaled_softplus, -700.25, 2.7066074121442693137257675e-335L, 1.1},
    {Op::telu, -1.5, -3.2924917377017075849099937e-1L},
    {Op::telu, -50.0, -9.6437492398195889150867141e-21L},
    {Op::softcap, 30.0, 2.6852478349901764293091265e+1L, 50.0},
    {Op::softcap, -1e-20, -9.9999999999999994515327145e-21L, 50.0},
    {Op::squareplus, -1000.0, 9.99999000001999995000014e-4L, 4.0},
    {Op::surrogate, 1.5, 1.5L, 7.0},
    {Op::compensated, 7.0, 1.5L, 1.5},
    {Op::squareplus, 1.5, 1.5164854858377945837329712L, 0.1},
};

TEST(Reference, HasTheDigits) {
  for (const Digits& d : digits) {
    const long double got =
        Math::apply(d.op, static_cast<long double>(d.x), static_cast<long double>(d.second));
    // Far below the last place of an f64, but for the tail of gelu_tanh.
    const double bound = d.op == Op::gelu_tanh ? 0.25 : 0.02;
    const long double error = std::fabs((got - d.value) / d.value) * 0x1p53L;
    EXPECT_LE(error, bound) << text(d.op) << " " << d.x;
  }
}

TEST(Reference, HasTheLimits) {
  for (const Op op : {Op::silu, Op::gelu, Op::gelu_tanh, Op::mish, Op::telu}) {
    EXPECT_EQ(Math::apply(op, infinity, 0), infinity) << text(op);
    EXPECT_EQ(Math::apply(op, -infinity, 0), 0.0L) << text(op);
    EXPECT_TRUE(std::signbit(Math::apply(op, -infinity, 0))) << text(op);
    EXPECT_TRUE(std::signbit(Math::apply(op, -0.0, 0))) << text(op);
    EXPECT_FALSE(std::signbit(Math::apply(op, 0.0, 0))) << text(op);
  }
  for (const Op op :
       {Op::sigmoid, Op::softplus, Op::silu, Op::gelu, Op::gelu_tanh, Op::mish, Op::tanh_shrink})
    EXPECT_TRUE(std::isnan(Math::apply(op, nan, 0))) << text(op);
  EXPECT_EQ(Math::apply(Op::softplus, -infinity, 0), 0.0L);
  EXPECT_EQ(Math::apply(Op::softplus, infinity, 0), infinity);
  EXPECT_EQ(Math::apply(Op::sigmoid, -infinity, 0), 0.0L);
  EXPECT_EQ(Math::apply(Op::tanh_shrink, -infinity, 0), -infinity);
}

TEST(Reference, MeasuresInUnitsOfTheLastPlace) {
  const auto f32 = [](double got, long double wanted) {
    return ulp_distance(DType::f32, got, wanted);
  };
  EXPECT_EQ(f32(1, 1), 0);
  EXPECT_EQ(f32(1, 1 + 0x1p-24L), 0.5);
  EXPECT_EQ(f32(1 + 0x1p-23, 1), 1);
  EXPECT_EQ(f32(1 - 0x1p-24, 1), 0.5);  // the unit is that above 1
  EXPECT_EQ(f32(0x1p-149, 0), 1);
  EXPECT_EQ(f32(0, 0x1p-150L), 0.5);  // subnormals: the spacing there
  EXPECT_EQ(f32(0, 0x1p-126L), 0x1p23);
  EXPECT_EQ(f32(-0.0, 0), 0);
  EXPECT_EQ(f32(nan, nan), 0);
  EXPECT_EQ(f32(nan, 1), infinity);
  EXPECT_EQ(f32(1, nan), infinity);
  EXPECT_EQ(f32(infinity, infinity), 0);
  EXPECT_EQ(f32(-infinity, infinity), infinity);
  EXPECT_EQ(f32(infinity, 0x1p128L), 0);  // rounds to infinity
  EXPECT_EQ(f32(0x1.fffffep127, 0x1p128L), 1);
  EXPECT_EQ(f32(infinity, 0x1p127L), infinity);
  EXPECT_EQ(ulp_distance(DType::f64, 1 + 0x1p-52, 1.0L), 1);
  EXPECT_EQ(ulp_distance(DType::f64, 0x1p-1074, 0.0L), 1);
}

TEST(Reference, EvaluatesBroadcastGraphsInRealNumbers) {
  const Shape wide{Dim(2), Dim(3)};
  const std::vector<Binding> bindings{{"x", DType::f64, wide}, {"b", DType::f64, {Dim(3)}}};
  const Program program = parse_program("where(x < b, x + b, 3 * x / 3)").value();
  const Graph graph = build(program, bindings).value();
  const double x[] = {0.1, 2, 3, 4, 5, 0.7};
  const double b[] = {1, 2, 4};
  const std::vector<TensorView> inputs{TensorView::dense(DType::f64, x, {2, 3}),
                                       TensorView::dense(DType::f64, b, {3})};
  const auto at = [&](std::int64_t i, std::int64_t j) {
    const std::vector<std::int64_t> index{i, j};
    return reference_at(graph, 0, inputs, {}, index);
  };
  EXPECT_EQ(at(0, 0), 0.1L - (0.1L - static_cast<long double>(0.1)) + 1);
  EXPECT_EQ(at(0, 1), 2);
  EXPECT_EQ(at(0, 2), 7);
  EXPECT_EQ(at(1, 0), 4);
  EXPECT_EQ(at(1, 2), static_cast<long double>(0.7) + 4);

  // All elements judged against themselves, then one of them a step off.
  double result[6];
  for (int i = 0; i < 6; ++i) result[i] = static_cast<double>(at(i / 3, i % 3));
  const std::vector<TensorView> outputs{
      TensorView::dense(DType::f64, std::span(result).data(), {2, 3})};
  EXPECT_LE(judge(graph, inputs, {}, outputs, 100).max_ulp, 0.5);
  result[5] = std::nextafter(result[5], 9);
  const Accuracy off = judge(graph, inputs, {}, outputs, 100);
  EXPECT_GT(off.max_ulp, 0.5);
  EXPECT_EQ(off.worst, 5);
  EXPECT_EQ(off.compared, 6);
  EXPECT_EQ(judge(graph, inputs, {}, outputs, 2).compared, 2);
}

// The first output of a program of f64 inputs, x and perhaps dy, of these dims.
std::vector<long double> along_axes(std::string_view text, const std::vector<double>& x,
                                    const std::vector<std::int64_t>& dims,
                                    const std::vector<double>& dy = {}) {
  std::vector<Binding> bindings{{"x", DType::f64, Shape(dims.begin(), dims.end())}};
  std::vector<TensorView> inputs{TensorView::dense(DType::f64, x.data(), dims)};
  if (!dy.empty()) {
    bindings.push_back({"dy", DType::f64, bindings[0].shape});
    inputs.push_back(TensorView::dense(DType::f64, dy.data(), dims));
  }
  const Graph graph = build(parse_program(text).value(), bindings).value();
  return reference_tensor(graph, 0, inputs, {});
}
using Values = std::vector<long double>;

TEST(Reference, LooksAlongAxes) {
  const std::vector<double> x{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(along_axes("sum(x, axis=0)", x, {2, 3}), (Values{5, 7, 9}));
  EXPECT_EQ(along_axes("sum(x, axis=-1)", x, {2, 3}), (Values{6, 15}));
  EXPECT_EQ(along_axes("mean(x)", x, {2, 3}), Values{3.5L});
  EXPECT_EQ(along_axes("amax(x, axis=[0, 2])", x, {1, 3, 2}), (Values{2, 4, 6}));
  EXPECT_EQ(along_axes("amin(-x, axis=0)", x, {2, 3}), (Values{-4, -5, -6}));
  EXPECT_EQ(along_axes("x * count(x, axis=1)", x, {3, 2}), (Values{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(along_axes("x + position(x)", x, {2, 3}), (Values{1, 3, 5, 4, 6, 8}));
  EXPECT_EQ(along_axes("half(x, axis=0, second=true)", x, {2, 3}), (Values{4, 5, 6}));
  EXPECT_EQ(along_axes("half(x, interleaved=true)", x, {3, 2}), (Values{1, 3, 5}));
  EXPECT_EQ(along_axes("grad(half(x, interleaved=true), x)", x, {3, 2}),
            (Values{1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(along_axes("hardmax(x)", x, {2, 3}), (Values{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(along_axes("sparsemax(x / 2)", x, {2, 3}), (Values{0, 0.25L, 0.75L, 0, 0.25L, 0.75L}));
  EXPECT_TRUE(std::isnan(along_axes("amax(x)", {1, nan, 2}, {3})[0]));
  EXPECT_EQ(along_axes("amax(x, axis=1)", {}, {2, 0}), (Values{-infinity, -infinity}));
  EXPECT_EQ(along_axes("sum(x, axis=0)", {}, {2, 0}), Values{});
}

TEST(Reference, KnowsSoftmaxAndItsGradient) {
  const std::vector<double> x{1000, 1001, 999.5, -3};
  const std::vector<double> dy{1, -1, 0.5, 2};
  long double sum = 0, dot = 0;
  for (double v : x) sum += std::exp(static_cast<long double>(v) - 1001);
  const auto share = [&](std::size_t i) {
    return std::exp(static_cast<long double>(x[i]) - 1001) / sum;
  };
  for (std::size_t i = 0; i < 4; ++i) dot += share(i) * dy[i];
  const Values y = along_axes("softmax(x)", x, {4});
  const Values dx = along_axes("vjp(softmax(x), x, dy)", x, {4}, dy);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(static_cast<double>(y[i] / share(i) - 1), 0, 1e-18);
    EXPECT_NEAR(static_cast<double>(dx[i] / (share(i) * (dy[i] - dot)) - 1), 0, 1e-16);
  }
}

TEST(Reference, JudgesWholeTensors) {
  const Graph graph =
      build(parse_program("x - mean(x)").value(), std::array{Binding{"x", DType::f32, {"n"}}})
          .value();
  const std::array<float, 4> x{1, 2, 3, 6};
  std::array<float, 4> y{-2, -1, 0, 3};
  const std::array inputs{TensorView::dense(DType::f32, x.data(), {4})};
  const std::array outputs{TensorView::dense(DType::f32, y.data(), {4})};
  EXPECT_EQ(judge(graph, inputs, {}, outputs, 100).max_ulp, 0);
  y[3] = std::nextafter(3.0f, 4.0f);
  const Accuracy off = judge(graph, inputs, {}, outputs, 100);
  EXPECT_EQ(off.max_ulp, 1);
  EXPECT_EQ(off.worst, 3);
  EXPECT_EQ(off.compared, 4);
  EXPECT_EQ(judge(graph, inputs, {}, outputs, 2).compared, 2);
}

// One number that stands for millions: nothing is computed of that many.
TEST(Reference, LeavesWhatIsTooLarge) {
  const Graph graph =
      build(parse_program("x - mean(x)").value(), std::array{Binding{"x", DType::f32, {"n"}}})
          .value();
  float x = 1;
  const TensorView wide{DType::f32, &x, {max_reference_elements + 1}, {0}};
  const Accuracy a = judge(graph, std::array{wide}, {}, std::array{wide}, 100);
  EXPECT_EQ(a.compared, 0);
  EXPECT_EQ(a.elements, max_reference_elements + 1);
}

}  // namespace
}  // namespace actjit::tools
