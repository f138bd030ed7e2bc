// f64 in tier fast: shorter than precise, right at the ends, and precise where it would break its
// promise.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/interpret.h"
#include "ir/meaning.h"
#include "ir/pipeline.h"
#include "tests/support/formula.h"

namespace actjit::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Graph graph_of(const std::string& text) { return formula_graph(text, DType::f64); }
std::size_t operations(const std::string& text, Tier tier) {
  return count_operations(text, DType::f64, tier);
}

double at(const char* text, double x) {
  const Tensor in{DType::f64, {1}, {to_bits(x)}};
  const auto out = interpret(graph_of(text), Tier::fast, std::span(&in, 1), {});
  return f64_of((*out)[0].elements[0]);
}

TEST(F64Fast, IsShorterThanPrecise) {
  for (const char* f : {"exp(x)", "sigmoid(x)", "silu(x)", "quick_gelu(x)", "tanh(x)", "elu(x)",
                        "selu(x)", "gelu(x, approximate=true)"})
    EXPECT_LE(4 * operations(f, Tier::fast), 3 * operations(f, Tier::precise)) << f;
}

// Near the last number whose power is finite the last step stands for the one above it too.
TEST(F64Fast, OverflowsWhereTheFunctionDoes) {
  EXPECT_EQ(at("exp(x)", 0x1.62e42fefa39fp9), infinity);
  for (double x = 0x1.62e42fefa39efp9; x > 709.7; x -= 0x1p-8) {
    const long double want = std::exp(static_cast<long double>(x));
    EXPECT_LT(std::abs(static_cast<long double>(at("exp(x)", x)) / want - 1), 4 * 0x1p-53) << x;
  }
}

TEST(F64Fast, FlushesSubnormalPowersOnly) {
  EXPECT_EQ(at("exp(x)", -708.39), std::exp(-708.39));
  EXPECT_EQ(at("exp(x)", -708.8), 0);
  EXPECT_FALSE(std::signbit(at("exp(x)", -infinity)));
  EXPECT_NEAR(at("silu(x)", -740) / -2.8e-319, 1, 0.2);
}

TEST(F64Fast, KeepsSignsAndLimits) {
  for (const char* f :
       {"tanh(x)", "silu(x)", "gelu(x, approximate=true)", "elu(x)", "selu(x)", "quick_gelu(x)"}) {
    EXPECT_EQ(at(f, 0), 0) << f;
    EXPECT_EQ(at(f, -0.0), 0) << f;
    EXPECT_TRUE(std::signbit(at(f, -0.0))) << f;
    EXPECT_TRUE(std::isnan(at(f, std::numeric_limits<double>::quiet_NaN()))) << f;
  }
  for (const char* f : {"silu(x)", "gelu(x, approximate=true)", "quick_gelu(x)"}) {
    EXPECT_EQ(at(f, infinity), infinity) << f;
    EXPECT_EQ(at(f, std::numeric_limits<double>::max()), std::numeric_limits<double>::max()) << f;
    EXPECT_EQ(at(f, -infinity), 0) << f;
    EXPECT_TRUE(std::signbit(at(f, -infinity))) << f;
  }
  EXPECT_EQ(at("sigmoid(x)", infinity), 1);
  EXPECT_EQ(at("sigmoid(x)", -infinity), 0);
  EXPECT_EQ(at("tanh(x)", -infinity), -1);
  EXPECT_EQ(at("elu(x)", -infinity), -1);
}

// The factors of selu's slope bring back what its power has flushed.
TEST(F64Fast, IsPreciseWhereACertificateRefutesIt) {
  for (Tier tier : {Tier::fast, Tier::rough}) {
    EXPECT_EQ(settled_tier(graph_of("silu(x)"), tier), tier);
    EXPECT_EQ(settled_tier(graph_of("grad(selu(x), x)"), tier), Tier::precise);
  }
  const double x = -708.41807938165664;
  EXPECT_NEAR(at("grad(selu(x), x)", x) / 3.82807691e-308, 1, 1e-7);
}

}  // namespace
}  // namespace actjit::test
