// Activations along axes against references in long double: odd shapes, all axes and several, short
// rows, rows of infinities and NaNs, masks, dialects.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/arrays.h"

namespace actjit::test {
namespace {

using Line = std::vector<long double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool is_undefined(const Line& x) {
  return std::any_of(x.begin(), x.end(), [](long double a) { return std::isnan(a); });
}
long double largest(const Line& x) { return *std::max_element(x.begin(), x.end()); }
long double log_of_sum(const Line& x) {
  const long double m = largest(x);
  if (std::isinf(m)) return m;
  // The largest apart, so that the reference keeps its digits too.
  long double rest = 0;
  bool first = true;
  for (long double a : x) {
    if (a == m && first)
      first = false;
    else
      rest += std::exp(a - m);
  }
  return m + std::log1p(rest);
}
Line all(const Line& x, long double value) { return Line(x.size(), value); }

Line softmax_of(const Line& x) {
  if (is_undefined(x) || std::isinf(largest(x))) return all(x, nan);
  Line out;
  long double sum = 0;
  for (long double a : x) out.push_back(std::exp(a - largest(x))), sum += out.back();
  for (long double& a : out) a /= sum;
  return out;
}
Line log_softmax_of(const Line& x) {
  if (is_undefined(x) || std::isinf(largest(x))) return all(x, nan);
  const long double m = largest(x);
  Line shifted;
  for (long double a : x) shifted.push_back(a - m);
  Line out;
  for (long double a : shifted) out.push_back(a - log_of_sum(shifted));
  return out;
}
Line softmin_of(const Line& x) {
  Line negative;
  for (long double a : x) negative.push_back(-a);
  return softmax_of(negative);
}
Line logsumexp_of(const Line& x) { return {is_undefined(x) ? nan : log_of_sum(x)}; }
Line hardmax_of(const Line& x) {
  if (is_undefined(x)) return all(x, nan);
  Line out = all(x, 0);
  out[static_cast<std::size_t>(std::max_element(x.begin(), x.end()) - x.begin())] = 1;
  return out;
}
// By sorting, as the paper has it.
Line sparsemax_of(const Line& x) {
  if (is_undefined(x) || std::isinf(largest(x))) return all(x, nan);
  Line z;
  for (long double a : x) z.push_back(a - largest(x));
  Line sorted = z;
  std::sort(sorted.rbegin(), sorted.rend());
  long double sum = 0, threshold = 0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    sum += sorted[k];
    const auto many = static_cast<long double>(k + 1);
    if (1 + many * sorted[k] > sum) threshold = (sum - 1) / many;
  }
  Line out;
  for (long double a : z) out.push_back(std::max(a - threshold, 0.0L));
  return out;
}

struct RowFunction {
  const char* name;
  Line (*reference)(const Line&);
};
void PrintTo(const RowFunction& f, std::ostream* out) { *out << f.name; }

// In units of the last place; where log_softmax and sparsemax cancel, an f64 graph, which has no
// wider type to compute in, is as good as its terms.
double error(double got, long double want, DType dtype) {
  const bool cancelled =
      dtype == DType::f64 && std::fabs(static_cast<long double>(got) - want) < 0x1p-49;
  return cancelled ? 0 : ulps_between(got, want, dtype);
}

class Rows : public ::testing::TestWithParam<RowFunction> {
 protected:
  // Every row of the result is what the reference makes of the row; reduced ones have one element.
  void compare(const Array& x, const std::vector<std::size_t>& axes, DType dtype) {
    const std::string call =
        fmt::format("{}(x, axis=[{}])", GetParam().name, fmt::join(axes, ", "));
    SCOPED_TRACE(fmt::format("{} of [{}] in {}", call, fmt::join(x.dims, ","), text(dtype)));
    const Result<Array> y = interpret_text(call, {{"x", x}}, dtype);
    ASSERT_TRUE(y) << y.error().to_string();
    const auto rows = rows_of(x.dims, axes);
    const bool reduces = std::string_view(GetParam().name) == "logsumexp";
    ASSERT_EQ(y->values.size(), reduces ? rows.size() : x.values.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      Line line;
      for (std::size_t i : rows[r]) line.push_back(x.values[i]);
      const Line want = GetParam().reference(line);
      for (std::size_t i = 0; i < want.size(); ++i) {
        const double got = y->values[reduces ? r : rows[r][i]];
        ASSERT_LE(error(got, want[i], dtype), dtype == DType::f32 ? 1 : 8)
            << "row " << r << " element " << i << ": " << got << ", not "
            << static_cast<double>(want[i]);
      }
    }
  }
};

TEST_P(Rows, EveryAxisOfOddShapes) {
  Random random(11);
  const std::vector<std::vector<std::int64_t>> shapes{
      {7}, {3, 5}, {1, 10}, {2, 3, 17}, {3, 1, 4, 5}};
  for (const auto& shape : shapes)
    for (DType dtype : {DType::f32, DType::f64}) {
      const Array x = random_array(shape, random);
      for (std::size_t axis = 0; axis < shape.size(); ++axis) compare(x, {axis}, dtype);
    }
}

TEST_P(Rows, SeveralAxes) {
  Random random(12);
  const Array x = random_array({3, 4, 5}, random);
  for (const std::vector<std::size_t>& axes :
       std::vector<std::vector<std::size_t>>{{0, 1}, {0, 2}, {1, 2}, {0, 1, 2}})
    compare(x, axes, DType::f32);
}

TEST_P(Rows, LongRows) {
  Random random(13);
  compare(random_array({2, 3001}, random), {1}, DType::f32);
  compare(random_array({1000, 3}, random), {0}, DType::f32);
}

TEST_P(Rows, ShortAndEmptyAxes) {
  compare({{4, 1}, {1, -2, 1000, -infinity}}, {1}, DType::f32);
  compare({{0, 3}, {}}, {1}, DType::f32);
  compare({{2, 0}, {}}, {0}, DType::f32);
}

TEST_P(Rows, InfinitiesAndNaNs) {
  const Array x{{8, 3}, {-infinity, 0,   1,    infinity, 0,        1,     -infinity, -infinity,
                         -infinity, nan, 0,    1,        infinity, nan,   0,         infinity,
                         infinity,  1,   1e30, -1e30,    0,        -3e38, -3e38,     -3e38}};
  compare(x, {1}, DType::f32);
  compare(x, {1}, DType::f64);
}

// One element dominates: its own logarithm is tiny and keeps its digits.
TEST_P(Rows, OneElementDominates) {
  compare({{3, 3}, {30, 0, -5, 60, 1, 2, 0, 87, -100}}, {1}, DType::f32);
}

INSTANTIATE_TEST_SUITE_P(Functions, Rows,
                         ::testing::Values(RowFunction{"softmax", softmax_of},
                                           RowFunction{"log_softmax", log_softmax_of},
                                           RowFunction{"softmin", softmin_of},
                                           RowFunction{"logsumexp", logsumexp_of},
                                           RowFunction{"hardmax", hardmax_of},
                                           RowFunction{"sparsemax", sparsemax_of}),
                         [](const auto& f) { return std::string(f.param.name); });

TEST(Softmax, EmptyRowsByChoice) {
  const Arrays inputs{{"x", {{2, 2}, {-infinity, -infinity, 0, 0}}}};
  EXPECT_EQ(values_of("softmax(x, empty_rows='zero')", inputs),
            (std::vector<double>{0, 0, 0.5, 0.5}));
  EXPECT_EQ(values_of("log_softmax(x, empty_rows='zero')", inputs)[1], -infinity);
  EXPECT_TRUE(std::isnan(values_of("softmax(x)", inputs)[0]));
  EXPECT_EQ(values_of("logsumexp(x, axis=-1)", inputs), (std::vector{-infinity, std::log(2.0)}));
}

TEST(Softmax, Masks) {
  const Arrays inputs{{"x", {{2, 3}, {0, nan, 0, 1, 2, 3}}},
                      {"mask", {{2, 3}, {1, 0, 1, 0, 0, 0}}}};
  EXPECT_EQ(values_of("softmax(x, where=mask)", inputs),
            (std::vector{0.5, 0.0, 0.5, 0.0, 0.0, 0.0}));
  EXPECT_EQ(
      values_of("log_softmax(x, where=mask)", inputs, Dialect::jax),
      (std::vector{-std::log(2.0), -infinity, -std::log(2.0), -infinity, -infinity, -infinity}));
  EXPECT_EQ(values_of("logsumexp(x, axis=1, where=mask)", inputs),
            (std::vector{std::log(2.0), -infinity}));
  const Binding x{"x", DType::f32, {"n", 3}};
  EXPECT_EQ(error_of("softmax(x, where=m)", {x, {"m", DType::boolean, {2, "n", 3}}}),
            "in softmax: a mask of shape [2,n,3] does not stretch to the shape [n,3]");
  EXPECT_EQ(error_of("softmax(x, where=m)", {x, {"m", DType::f32, {3}}}),
            "in softmax: the mask is f32, not a bool; write x != 0");
  EXPECT_EQ(error_of("softmax(x, where='m')", {x}), "in softmax: 'where' is a tensor or none");
}

TEST(Softmax, Dialects) {
  Random random(3);
  const Arrays inputs{{"x", random_array({2, 3, 4}, random)}};
  const auto last = values_of("softmax(x)", inputs);
  EXPECT_EQ(values_of("softmax(x)", inputs, Dialect::keras2), last);
  EXPECT_EQ(values_of("softmax(x, dim=2)", inputs, Dialect::torch), last);
  EXPECT_EQ(values_of("Softmax(x)", inputs, Dialect::onnx), last);
  EXPECT_EQ(values_of("softmax(x)", inputs, Dialect::jax), last);
  // Before version 13 everything from axis 1 on is one row.
  EXPECT_EQ(values_of("Softmax_11(x)", inputs, Dialect::onnx),
            values_of("softmax(x, axis=[1, 2])", inputs));
  EXPECT_EQ(values_of("LogSoftmax_11(x, axis=-3)", inputs, Dialect::onnx),
            values_of("log_softmax(x, axis=none)", inputs));
  EXPECT_EQ(values_of("Hardmax_11(x)", inputs, Dialect::onnx),
            values_of("hardmax(x, axis=[1, 2])", inputs));
  EXPECT_EQ(interpret_text("ReduceLogSumExp(x)", inputs, DType::f64, Dialect::onnx)->dims,
            (std::vector<std::int64_t>{1, 1, 1}));
  EXPECT_EQ(interpret_text("logsumexp(x, dim=1)", inputs, DType::f64, Dialect::torch)->dims,
            (std::vector<std::int64_t>{2, 4}));
}

TEST(Softmax, Errors) {
  const std::vector<Binding> inputs{
      {"x", DType::f32, {"n", 3}}, {"v", DType::f32, {5}}, {"s", DType::f32, {}}};
  EXPECT_EQ(error_of("softmax(v)", inputs, Dialect::keras2),
            "in softmax: Cannot apply softmax to a tensor that is 1D (dim(x) == 1)");
  EXPECT_EQ(error_of("softmax(v)", inputs), "no error");
  EXPECT_EQ(error_of("softmax(s)", inputs), "in softmax: the operand of shape [] has no axes");
  EXPECT_EQ(error_of("softmax(x)", inputs, Dialect::torch),
            "'softmax' is missing 'dim': softmax(x, dim)");
  EXPECT_EQ(
      error_of("softmax(x, axis=2)", inputs),
      "in softmax: the axis 2 is out of range: the operand of shape [n,3] has 2 axes, -2 to 1");
  EXPECT_EQ(error_of("softmax(x, axis=[1, -1])", inputs),
            "in softmax: the axis -1 is named twice: the operand of shape [n,3] has 2 axes");
  EXPECT_EQ(error_of("softmax(x, axis=0.5)", inputs),
            "in softmax: 'axis' is an integer, a list of integers as in [0, 1], or none");
  EXPECT_EQ(error_of("Softmax_11(x, axis=[0, 1])", inputs, Dialect::onnx),
            "in Softmax_11: 'axis' names one axis here: an integer");
}

TEST(Norms, LayerAndRootMeanSquare) {
  Random random(5);
  const Array x = random_array({4, 6}, random);
  const Arrays inputs{{"x", x}, {"g", random_array({6}, random)}, {"b", random_array({6}, random)}};
  const auto norm = values_of("layer_norm(x, scale=g, offset=b, epsilon=0.1)", inputs);
  const auto rms = values_of("rms_norm(x, epsilon=0.1)", inputs);
  for (std::size_t r = 0; r < 4; ++r) {
    long double mean = 0, variance = 0, square = 0;
    for (std::size_t i = 0; i < 6; ++i) mean += x.values[r * 6 + i] / 6.0L;
    for (std::size_t i = 0; i < 6; ++i) {
      const long double a = x.values[r * 6 + i];
      variance += (a - mean) * (a - mean) / 6;
      square += a * a / 6;
    }
    for (std::size_t i = 0; i < 6; ++i) {
      const long double a = x.values[r * 6 + i];
      const long double want = (a - mean) / std::sqrt(variance + 0.1L) * inputs.at("g").values[i] +
                               inputs.at("b").values[i];
      EXPECT_NEAR(norm[r * 6 + i], static_cast<double>(want), 1e-14);
      EXPECT_NEAR(rms[r * 6 + i], static_cast<double>(a / std::sqrt(square + 0.1L)), 1e-14);
    }
  }
  EXPECT_EQ(interpret_text("gelu(layer_norm(x))", inputs, DType::f16)->dims, x.dims);
}

}  // namespace
}  // namespace actjit::test
