// Where the largest number of a row stands for its largest element: only where no output shows
// which it was.
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>

#include "ir/expand.h"
#include "ir/simplify.h"
#include "ir/skip_nan.h"
#include "ir/widen.h"
#include "tests/support/formula.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph graph_of(const std::string& text) {
  std::vector<Binding> operands{{"x", DType::f32, {3, 7}}};
  if (text.find('q') != std::string::npos) operands.push_back({"q", DType::f32, {3, 7}});
  const auto program = parse_program(text);
  EXPECT_TRUE(succeeded(program));
  const auto graph = build(*program, operands);
  EXPECT_TRUE(succeeded(graph));
  return *graph;
}

bool has(const Graph& g, Op op) {
  for (NodeId id = 0; id < g.size(); ++id)
    if (g[id].op == op) return true;
  return false;
}

// In f32, before the pass.
Graph simplified(const std::string& text) {
  return simplify(widen(graph_of(text), DType::f32), Preserves::ulp);
}
Graph primitives(const Graph& g) { return simplify(expand(g, Tier::fast), Preserves::bits); }

Tensor with_odd_rows(Random& random) {
  Tensor t = random_tensor(DType::f32, {3, 7}, random);
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (float odd : {nan, inf, -inf, -0.0f, 0.0f, nan})
    if (random.below(2) == 0) t.elements[random.below(21)] = std::bit_cast<std::uint32_t>(odd);
  if (random.below(4) == 0)
    for (std::size_t i = 0; i < 7; ++i) t.elements[i] = std::bit_cast<std::uint32_t>(-inf);
  return t;
}

void expect_same_values(const std::string& text) {
  SCOPED_TRACE(text);
  const Graph before = simplified(text);
  const Graph after = skip_nan(before);
  ASSERT_TRUE(has(after, Op::reduce_max_number));
  EXPECT_FALSE(has(after, Op::reduce_max));
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    std::vector<Tensor> inputs;
    for (std::size_t k = 0; k < before.inputs().size(); ++k)
      inputs.push_back(with_odd_rows(random));
    const auto want = interpret_primitives(primitives(before), inputs, {});
    const auto got = interpret_primitives(primitives(after), inputs, {});
    ASSERT_TRUE(same_tensors(got, want)) << "tensor " << i;
  }
}

TEST(SkipNan, GivesWhatTheLargestElementGives) {
  for (const char* text :
       {"softmax(x)", "log_softmax(x)", "softmin(x)", "softmax(x, where=q > 0)",
        "softmax(x + q) * q", "vjp(softmax(x), x, q)", "vjp(log_softmax(x), x, q)",
        "e = exp(x - amax(x, axis=-1, keepdims=true))\ne / sum(e, axis=-1, keepdims=true)"})
    expect_same_values(text);
}

TEST(SkipNan, LeavesALargestElementThatShows) {
  for (const char* text :
       {"amax(x, axis=-1, keepdims=true)", "x - amax(x, axis=-1, keepdims=true)",
        "logsumexp(x, axis=-1)", "softmax(x, empty_rows=\"zero\")",
        // Another row, another tensor, another axis.
        "x / sum(x - amax(x, axis=0, keepdims=true), axis=-1, keepdims=true)",
        "x / sum(exp(q - amax(x, axis=-1, keepdims=true)), axis=-1, keepdims=true)",
        // What NaN does not go through.
        "where(x > 0, 0, 1) / sum(where(x > amax(x, axis=-1, keepdims=true), x, 1), axis=-1, "
        "keepdims=true)"}) {
    SCOPED_TRACE(text);
    const Graph g = skip_nan(simplified(text));
    EXPECT_TRUE(has(g, Op::reduce_max));
    EXPECT_FALSE(has(g, Op::reduce_max_number));
  }
}

// e^(x - max x) is shorter than e^x, but not where x has been rounded up.
TEST(Share, OfARoundedElementMayBeLarge) {
  const Graph g = graph_of("exp(cast(cast(x, bf16), f32) - amax(x, axis=-1, keepdims=true))");
  Tensor x{DType::f32, {3, 7}, std::vector<Bits>(21, std::bit_cast<std::uint32_t>(100100.0f))};
  for (Tier tier : {Tier::precise, Tier::fast, Tier::rough}) {
    const auto got = interpret(g, tier, std::span(&x, 1), {});
    ASSERT_TRUE(succeeded(got));
    EXPECT_EQ(got->front().elements[0], 0x7f800000u) << text(tier);
  }
}

}  // namespace
}  // namespace actjit::test
