// f16 and bf16: every function at all 2^16 inputs, and what kernels make of mixed dtypes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "ir/pipeline.h"
#include "ir/print.h"
#include "tests/support/functions.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

std::vector<Bits> run(const Program& program, DType t, const std::vector<Bits>& x,
                      const Target& target) {
  const std::vector<Binding> bindings{{program.inputs()[0], t, {"n"}}};
  const Graph g = *build(program, bindings);
  const Tensor in{t, {static_cast<std::int64_t>(x.size())}, x};
  return (*run_compiled(g, *make_spec(g, Tier::precise, target.name), {&in, 1}, {}))[0].elements;
}

class SmallFloats : public testing::TestWithParam<DType> {};

// The kernel for f64 is within 2 ULP of f64; what precedes the one rounding is within 2^-29.
TEST_P(SmallFloats, AreTheF64FunctionRoundedOnce) {
  const DType t = GetParam();
  std::vector<Bits> x, wide;
  for (Bits b = 0; b < 0x10000; ++b) {
    x.push_back(b);
    wide.push_back(eval::cast(t, DType::f64, b));
  }
  for (const auto& [name, program] : functions_of_one_input()) {
    const std::vector<Bits> exact = run(program, DType::f64, wide, host_targets()[0]);
    std::size_t misrounded = 0;
    for (const Target& target : host_targets()) {
      const std::vector<Bits> got = run(program, t, x, target);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double want = f64_of(exact[i]);
        if (same(t, got[i], eval::real(t, want))) continue;
        ++misrounded;
        const bool near = same(t, got[i], eval::real(t, want * (1 - 0x1p-29))) ||
                          same(t, got[i], eval::real(t, want * (1 + 0x1p-29)));
        ASSERT_TRUE(near) << name << " of " << describe(t, x[i]) << " on " << target.name << ": "
                          << describe(t, got[i]) << ", in f64 " << want;
      }
    }
    RecordProperty(name, static_cast<int>(misrounded));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SmallFloats, testing::Values(DType::f16, DType::bf16),
                         [](const auto& p) { return std::string(text(p.param)); });

// What lower() leaves of 16-bit floats is read, cast, selected and stored.
TEST(SmallFloat, NothingIsComputedInThem) {
  for (const auto& [name, program] : functions_of_one_input())
    for (DType t : {DType::f16, DType::bf16})
      for (Tier tier : {Tier::precise, Tier::fast}) {
        const std::vector<Binding> bindings{{program.inputs()[0], t, {"n"}}};
        const Result<Lowered> lowered = lower(*build(program, bindings), tier);
        ASSERT_TRUE(succeeded(lowered)) << name;
        const Graph& g = lowered->expanded;
        for (NodeId id = 0; id < g.size(); ++id)
          for (NodeId arg : g[id].operands())
            if (g[id].op != Op::cast && g[id].op != Op::select) {
              EXPECT_FALSE(is_storage_only(g[arg].dtype)) << name << print(g);
            }
      }
}

TEST(SmallFloat, ThereAreNoBitcasts) {
  for (DType t : {DType::f16, DType::bf16})
    for (DType to : all_dtypes) {
      const Inferred type = infer_dtype(Op::bitcast, std::array{t}, to);
      ASSERT_NE(type.problem, nullptr);
      EXPECT_NE(std::string(type.problem).find("no 16-bit integers"), std::string::npos);
    }
}

TEST(SmallFloat, MixedOperandsAreToldOfF32) {
  const auto message = [](DType a, DType b) {
    const std::vector<Binding> bindings{{"x", a, {"n"}}, {"y", b, {"n"}}};
    return build(*parse_program("x + y"), bindings).error().message;
  };
  EXPECT_EQ(message(DType::f16, DType::bf16),
            "'+' has operands of f16 and bf16; write cast(x, f32) and cast(y, f32)");
  EXPECT_EQ(message(DType::f32, DType::bf16),
            "'+' has operands of f32 and bf16; write cast(y, f32)");
}

// Integers of 64 bits that two roundings would take elsewhere.
TEST(SmallFloat, IntegersAreRoundedOnce) {
  Graph g;
  const NodeId x = g.input("x", DType::i64, {"n"});
  g.output("y", g.apply(Op::cast, std::array{x}, {0, 0}, DType::bf16));
  std::vector<Bits> integers;
  for (int shift = 8; shift < 62; ++shift)
    for (std::int64_t off : {-1, 0, 1}) {
      const std::int64_t tie = (std::int64_t{3} << shift) / 2 + (std::int64_t{1} << shift >> 8);
      integers.push_back(static_cast<Bits>(tie + off));
      integers.push_back(static_cast<Bits>(-tie + off));
    }
  const Tensor in{DType::i64, {static_cast<std::int64_t>(integers.size())}, integers};
  for (const Target& target : host_targets()) {
    const auto out = run_compiled(g, *make_spec(g, Tier::precise, target.name), {&in, 1}, {});
    ASSERT_TRUE(succeeded(out));
    for (std::size_t i = 0; i < integers.size(); ++i)
      ASSERT_EQ((*out)[0].elements[i], eval::cast(DType::i64, DType::bf16, integers[i]))
          << static_cast<std::int64_t>(integers[i]);
  }
}

}  // namespace
}  // namespace actjit::test
