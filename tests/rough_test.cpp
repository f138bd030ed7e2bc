// Tier rough: shorter than fast, right at the ends, and fast where it would break its promise.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/interpret.h"
#include "ir/meaning.h"
#include "ir/pipeline.h"
#include "tests/support/formula.h"

namespace actjit::test {
namespace {

Graph graph_of(const std::string& text) { return formula_graph(text, DType::f32); }
std::size_t operations(const std::string& text, Tier tier) {
  return count_operations(text, DType::f32, tier);
}

TEST(Rough, IsShorterThanFast) {
  for (const char* f : {"exp(x)", "exp2(x)", "sigmoid(x)", "silu(x)", "elu(x)", "selu(x)",
                        "quick_gelu(x)", "mish(x)", "gelu(x, approximate=true)"})
    EXPECT_LT(operations(f, Tier::rough), operations(f, Tier::fast)) << f;
  for (const char* f : {"softplus(x)", "gelu(x)"})
    EXPECT_LE(operations(f, Tier::rough) + 8, operations(f, Tier::fast)) << f;
  for (const char* f : {"tanh(x)", "erf(x)"})
    EXPECT_LE(2 * operations(f, Tier::rough), operations(f, Tier::fast)) << f;
}

TEST(Rough, DividesNowhere) {
  for (const char* f : {"sigmoid(x)", "tanh(x)", "silu(x)", "gelu(x)", "mish(x)"}) {
    const Graph g = lower(graph_of(f), Tier::rough)->expanded;
    for (NodeId id = 0; id < g.size(); ++id) EXPECT_NE(g[id].op, Op::div) << f;
  }
}

float at(const char* text, double x) {
  const Tensor in{DType::f32, {1}, {eval::real(DType::f32, x)}};
  const auto out = interpret(graph_of(text), Tier::rough, std::span(&in, 1), {});
  return static_cast<float>(eval::to_double(DType::f32, (*out)[0].elements[0]));
}

// The last number whose power is finite, and the first whose power is not.
TEST(Rough, OverflowsWhereTheFunctionDoes) {
  EXPECT_TRUE(std::isfinite(at("exp(x)", 0x1.62e42ep6)));
  EXPECT_TRUE(std::isinf(at("exp(x)", 0x1.62e43p6)));
  EXPECT_TRUE(std::isfinite(at("exp2(x)", 0x1.fffffep6)));
  EXPECT_TRUE(std::isinf(at("exp2(x)", 128)));
}

TEST(Rough, KeepsSignsAndLimits) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const char* f : {"tanh(x)", "erf(x)", "silu(x)", "gelu(x)", "gelu(x, approximate=true)",
                        "mish(x)", "elu(x)"}) {
    EXPECT_EQ(at(f, 0), 0) << f;
    EXPECT_EQ(at(f, -0.0), 0) << f;
    EXPECT_TRUE(std::signbit(at(f, -0.0))) << f;
    EXPECT_TRUE(std::isnan(at(f, std::numeric_limits<double>::quiet_NaN()))) << f;
  }
  for (const char* f : {"silu(x)", "gelu(x)", "gelu(x, approximate=true)", "mish(x)"}) {
    EXPECT_EQ(at(f, infinity), infinity) << f;
    EXPECT_EQ(at(f, -infinity), 0) << f;
    EXPECT_TRUE(std::signbit(at(f, -infinity))) << f;
  }
}

}  // namespace
}  // namespace actjit::test
