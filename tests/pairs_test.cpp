// bf16 in pairs (Plan::in_pairs): the order of lanes shows in no bit, not even in sums of f32, and
// masks leave the right elements out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "frontend/language.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph graph_of(const std::string& text, const Shape& shape) {
  const Binding x{"x", DType::bf16, shape};
  const auto program = parse_program(text);
  EXPECT_TRUE(succeeded(program));
  const auto graph = build(*program, std::span(&x, 1));
  EXPECT_TRUE(succeeded(graph));
  return *graph;
}

// Numbers of many sizes: sums in another order are rounded elsewhere.
Tensor uneven(std::vector<std::int64_t> dims, Random& random) {
  Tensor t{DType::bf16, dims, {}};
  for (std::int64_t i = count(dims); i > 0; --i)
    t.elements.push_back(0x3c00 + random.below(0x700) + (random.below(2) << 15));
  return t;
}

void expect_interpreted(const std::string& text, const std::vector<std::int64_t>& dims) {
  SCOPED_TRACE(fmt::format("{} of [{}]", text, fmt::join(dims, ",")));
  Shape shape;
  for (std::int64_t d : dims) shape.push_back(Dim(d));
  const Graph graph = graph_of(text, shape);
  Random random(dims.back());
  const std::vector<Tensor> inputs{uneven(dims, random)};
  const auto want = interpret(graph, Tier::fast, inputs, {});
  ASSERT_TRUE(succeeded(want));
  for (const Target& target : host_targets()) {
    const auto spec = make_spec(graph, Tier::fast, target.name);
    ASSERT_TRUE(succeeded(spec));
    const auto plan = engine().dump(graph, *spec, Stage::plan);
    ASSERT_TRUE(succeeded(plan));
    EXPECT_NE(plan->find("in pairs"), std::string::npos) << *plan;
    const auto got = run_compiled(graph, *spec, inputs, {});
    ASSERT_TRUE(succeeded(got));
    EXPECT_TRUE(same_tensors(*got, *want)) << "on " << target.name;
  }
}

TEST(Pairs, SumsAlongRowsHaveTheirOrder) {
  for (std::int64_t n : {17, 31, 32, 33, 63, 64, 65, 100, 127, 1000})
    for (const char* text :
         {"sum(cast(x, f32), axis=-1)", "a = cast(x, f32)\nsum(a * exp(a), axis=-1)"})
      expect_interpreted(text, {3, n});
}

TEST(Pairs, SumsAcrossRowsHaveTheirColumns) {
  for (std::int64_t columns : {17, 31, 32, 33, 63, 64, 65, 200})
    for (const char* text : {"x - sum(x, axis=0, keepdims=true)", "softmax(x, axis=0)"})
      for (std::int64_t n : {5, 40}) expect_interpreted(text, {n, columns});
}

TEST(Pairs, ElementsStayWhereTheyAre) {
  for (std::int64_t n : {1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000})
    for (const char* text : {"x * 2", "gelu(x)", "where(x > 0, x, x / 3)"})
      expect_interpreted(text, {n});
}

}  // namespace
}  // namespace actjit::test
