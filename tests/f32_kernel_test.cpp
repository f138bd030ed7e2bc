// What is evaluated in f32 throughout, and that it is what it claims to be: graphs of tier fast,
// 16-bit floats whose certificate says that f32 will do, and expansions for one side.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "frontend/language.h"
#include "ir/interpret.h"
#include "ir/meaning.h"
#include "ir/patch.h"
#include "ir/pipeline.h"
#include "ir/simplify.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph graph_of(const std::string& text, DType dtype) {
  const Binding x{"x", dtype, {"n"}};
  return *build(*parse_program(text), std::span(&x, 1));
}
Graph expanded(const std::string& text, DType dtype, Tier tier) {
  return lower(graph_of(text, dtype), tier)->expanded;
}
std::size_t count(const Graph& g, DType dtype) {
  std::size_t n = 0;
  for (NodeId id = 0; id < g.size(); ++id) n += g[id].dtype == dtype;
  return n;
}
// Without negations, which are part of the fma that follows.
std::size_t primitives(const Graph& g) {
  std::size_t n = 0;
  for (NodeId id = 0; id < g.size(); ++id) n += !is_leaf(g[id].op) && g[id].op != Op::neg;
  return n;
}

const char* const functions[] = {
    "exp(x)",      "exp2(x)",        "expm1(x)",      "sigmoid(x)",
    "tanh(x)",     "silu(x)",        "gelu(x)",       "mish(x)",
    "softplus(x)", "log_sigmoid(x)", "elu(x)",        "selu(x)",
    "celu(x)",     "erf(x)",         "quick_gelu(x)", "gelu(x, approximate=true)"};

TEST(F32Kernels, FastFormulasOfTheCommonFunctionsHaveNoF64) {
  for (const char* f : functions)
    EXPECT_EQ(count(expanded(f, DType::f32, Tier::fast), DType::f64), 0u) << f;
  EXPECT_EQ(count(expanded("silu(x) * tanh(x + 1) / sqrt(x)", DType::f32, Tier::fast), DType::f64),
            0u);
}

// f32 within 1 ULP is taken where a certificate over every input proves it, and nowhere else.
TEST(F32Kernels, PreciseFormulasAreF32WhereThatIsProven) {
  const auto in_f32 = [](const char* text, bool unproven) {
    Certificates trial;
    trial.trial_in_f32 = unproven;
    const Graph g = graph_of(text, DType::f32);
    return count(lower(g, Tier::precise, trial)->expanded, DType::f64) == 0;
  };
  EXPECT_TRUE(in_f32("sigmoid(x + 0.1)", true));
  EXPECT_FALSE(in_f32("sigmoid(x + 0.1)", false));
  // Within 4 ULP only.
  EXPECT_FALSE(in_f32("mish(x)", true));
  EXPECT_TRUE(in_f32("elu(x)", true));
  for (const char* f :
       {"softplus(x)", "softsign(x)", "hard_sigmoid(x)", "hard_sigmoid(x, slope=1/6, offset=0.5)",
        "elu(x)", "erfc(x)", "expm1(x)", "log2(x)", "log1p(x)"})
    EXPECT_TRUE(in_f32(f, false)) << f;
  // A factor that f32 rounds is multiplied with what f32 leaves of it.
  EXPECT_TRUE(in_f32("elu(x, alpha=0.7)", true));
  EXPECT_TRUE(in_f32("log10(x)", true));
  const Graph g = graph_of("sigmoid(x)", DType::f32);
  Certificate c;
  c.max_ulp = 0.95;
  c.inputs = 1000;
  c.checked = 999;
  EXPECT_FALSE(keeps_promise(c, g, Tier::precise));
  EXPECT_TRUE(keeps_promise(c, g, Tier::fast));
  c.checked = 1000;
  EXPECT_TRUE(keeps_promise(c, g, Tier::precise));
  c.misrounded = 1;
  EXPECT_FALSE(keeps_promise(c, g, Tier::exact));
  c.max_ulp = 1.01;
  EXPECT_FALSE(keeps_promise(c, g, Tier::precise));
}

// Their certificates say that every result is correctly rounded all the same.
TEST(F32Kernels, SixteenBitFunctionsNeedNoF64InAnyTier) {
  for (const char* f : functions)
    for (DType t : {DType::f16, DType::bf16})
      for (Tier tier : {Tier::exact, Tier::precise, Tier::fast})
        EXPECT_EQ(count(expanded(f, t, tier), DType::f64), 0u)
            << f << " in " << text(t) << ", " << text(tier);
  // Nobody has checked this one.
  EXPECT_GT(count(expanded("silu(x) + 0.1", DType::bf16, Tier::precise), DType::f64), 0u);
}

// Their terms cancel near the root; together they are one function, which does not.
struct Slope {
  const char* text;
  float beside_root;
  double value;  // there
  double at_two;
};
const Slope slopes[] = {{"grad(gelu(x), x)", -0.751791477f, 2.0491734848740447e-8, 1.0852318},
                        {"grad(silu(x), x)", -1.278464556f, -2.8270396683554367e-9, 1.0907842}};

TEST(F32Kernels, DerivativesOfGatesAreOneFunction) {
  for (const Slope& slope : slopes) {
    const Graph fast = lower(graph_of(slope.text, DType::f32), Tier::fast)->expanded;
    EXPECT_EQ(count(fast, DType::f64), 0u) << slope.text;
    EXPECT_LT(primitives(fast), 60u) << slope.text;
    const Tensor x{DType::f32, {2}, {to_bits(slope.beside_root), to_bits(2.0f)}};
    const std::vector<Tensor> got = interpret_primitives(fast, std::span(&x, 1), {});
    const auto value = [&](std::size_t i) {
      return f64_of(soft::convert(DType::f32, DType::f64, got[0].elements[i]));
    };
    EXPECT_NEAR(value(0) / slope.value, 1, 5e-7) << slope.text;
    EXPECT_NEAR(value(1), slope.at_two, 1e-6) << slope.text;
  }
}

// A reciprocal from bits and one step; beside casts a division takes no time.
TEST(F32Kernels, FastSoftsignDividesOnlyBesideCasts) {
  const auto divides = [](DType t) {
    const Graph g = expanded("softsign(x)", t, Tier::fast);
    for (NodeId id = 0; id < g.size(); ++id)
      if (g[id].op == Op::div) return true;
    return false;
  };
  EXPECT_FALSE(divides(DType::f32));
  EXPECT_TRUE(divides(DType::bf16));
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> inputs{0.0f,      -0.0f,      1.0f,     -3.0f,
                                  0x1p-149f, -0x1p-127f, 0x1p100f, -infinity};
  const std::vector<float> want{0.0f, -0.0f, 0.5f, -0.75f, 0x1p-149f, -0x1p-127f, 1.0f, -1.0f};
  Tensor x{DType::f32, {static_cast<std::int64_t>(inputs.size())}, {}};
  for (float v : inputs) x.elements.push_back(to_bits(v));
  const std::vector<Tensor> got =
      interpret_primitives(expanded("softsign(x)", DType::f32, Tier::fast), std::span(&x, 1), {});
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_EQ(got[0].elements[i], to_bits(want[i])) << inputs[i];
}

TEST(F32Kernels, FastFlushesExponentialsAndNothingElseDoes) {
  const auto flushes = [](Op op, DType t, double bound, bool may_flush) {
    return find_expansion(op, t, bound, may_flush)->flushes;
  };
  EXPECT_TRUE(flushes(Op::exp, DType::f32, 4, true));
  EXPECT_FALSE(flushes(Op::exp, DType::f32, 4, false));
  EXPECT_FALSE(flushes(Op::silu, DType::f32, 4, true));
  EXPECT_FALSE(flushes(Op::exp, DType::f32, 1, true));
}

// The exponential of an elu counts where x is not above 0, and is cheaper there; not so if its
// value is used elsewhere too.
TEST(F32Kernels, WhatIsSelectedOnTheLeftIsExpandedForTheLeft) {
  const auto size = [](const char* text) {
    return primitives(expanded(text, DType::f32, Tier::fast));
  };
  EXPECT_LT(size("where(x > 0, x, expm1(x))"), size("where(x > 1, x, expm1(x))"));
  EXPECT_LT(size("where(x >= 0, x, 2 * expm1(x))"), size("where(x < 0, x, 2 * expm1(x))"));
  EXPECT_EQ(size("where(x > 0, x, expm1(x)) + expm1(x)"),
            size("where(x > 1, x, expm1(x)) + expm1(x)"));
  EXPECT_EQ(size("where(x > 0, x, expm1(-x))"), size("where(x > 1, x, expm1(-x))"));
}

// Before and after simplification alike, so that constant expressions have the kernel's bits.
TEST(F32Kernels, ProductsWithOneChangeNoSide) {
  const Graph g = graph_of("celu(x, alpha=1)", DType::f32);
  const Tensor x{DType::f32, {3}, {to_bits(-0.3f), to_bits(-4.0f), to_bits(2.5f)}};
  const auto got = interpret(g, Tier::fast, std::span(&x, 1), {});
  const auto want = interpret(graph_of("elu(x)", DType::f32), Tier::fast, std::span(&x, 1), {});
  EXPECT_TRUE(same_tensors(*got, *want));
  EXPECT_EQ(primitives(simplify(meaning(g, Tier::fast), Preserves::bits)),
            primitives(expanded("elu(x)", DType::f32, Tier::fast)));
}

// A nudge towards zero has nowhere to go from there: f32 numbers may have been flushed.
TEST(F32Kernels, NudgesLeaveZeroAlone) {
  Graph g;
  const Value x{&g, g.input("x", DType::bf16, {"n"})};
  g.output("y", cast(cast(x, DType::f32) * 0.0, DType::bf16).id);
  const Patch patch{-10, 10, -f32_unit, 0};
  const Graph patched = apply_patches(g, {{patch}, {}});
  const Tensor ones{DType::bf16, {2}, {0x3f80, 0xbf80}};
  const std::vector<Tensor> got = interpret_primitives(patched, std::span(&ones, 1), {});
  EXPECT_EQ(got[0].elements, (std::vector<Bits>{0x0000, 0x8000}));
}

}  // namespace
}  // namespace actjit::test
