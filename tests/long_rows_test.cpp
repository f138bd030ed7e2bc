// Rows of up to a million elements: the interpreter's bits, and the promises about softmax: each
// share within 2 ULP of f32, and the shares of a row add up to 1 within 1e-6.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/language.h"
#include "tests/support/arrange.h"
#include "tests/support/arrays.h"

namespace actjit::test {
namespace {

Graph softmax_of_last() {
  const Binding x{"x", DType::f32, {"n", "m"}};
  return build(parse_program("softmax(x)").value(), std::array{x}).value();
}

enum class Numbers { moderate, wide, equal, one_dominates };

Tensor rows_of_numbers(std::int64_t rows, std::int64_t length, Numbers kind, Random& random) {
  Tensor out{DType::f32, {rows, length}, {}};
  for (std::int64_t i = 0; i < rows * length; ++i) {
    double x = (random.unit() - 0.5) * (kind == Numbers::wide ? 400 : 8);
    if (kind == Numbers::equal) x = 0.1;
    if (kind == Numbers::one_dominates && i % length == length / 3) x += 60;
    out.elements.push_back(eval::real(DType::f32, x));
  }
  return out;
}

void check_row(std::span<const Bits> x, std::span<const Bits> y) {
  const auto number = [](Bits b) {
    return static_cast<long double>(eval::to_double(DType::f32, b));
  };
  long double largest = number(x[0]), sum = 0, of_shares = 0;
  for (Bits b : x) largest = std::max(largest, number(b));
  for (Bits b : x) sum += std::exp(number(b) - largest);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    of_shares += number(y[i]);
    worst = std::max(worst, ulps_between(eval::to_double(DType::f32, y[i]),
                                         std::exp(number(x[i]) - largest) / sum, DType::f32));
  }
  EXPECT_LE(worst, 2);
  EXPECT_LE(std::fabs(of_shares - 1), 1e-6L);
}

class LongRows : public testing::TestWithParam<Numbers> {};

TEST_P(LongRows, SoftmaxKeepsItsPromises) {
  Random random(7);
  const Graph graph = softmax_of_last();
  for (std::int64_t length : {10, 1000, 1000000}) {
    const std::int64_t rows = length > 1000 ? 1 : 20;
    const Call call = make_call(graph, Tier::precise,
                                {rows_of_numbers(rows, length, GetParam(), random)}, random);
    for (const Target& target : host_targets())
      ASSERT_TRUE(right_when_arranged(call, target, {.threads = 2}, random))
          << length << " on " << target.name;
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = [&](const Tensor& t) {
        return std::span(t.elements)
            .subspan(static_cast<std::size_t>(r * length), static_cast<std::size_t>(length));
      };
      check_row(row(call.inputs[0]), row(call.want[0]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Numbers, LongRows,
                         testing::Values(Numbers::moderate, Numbers::wide, Numbers::equal,
                                         Numbers::one_dominates));

}  // namespace
}  // namespace actjit::test
