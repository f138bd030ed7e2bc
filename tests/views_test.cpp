// Joins of joins: each is written through views of views, whose steps depend on the extents.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "codegen/schedule.h"
#include "ir/axes.h"
#include "ir/print.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

NodeId join(Graph& g, NodeId a, NodeId b, std::uint32_t axis, bool interleaved) {
  return g.apply(Op::join, std::array{a, b}, attribute_of(Join{axis, interleaved}));
}

void expect_compiled_is_interpreted(const Graph& g, const std::vector<std::int64_t>& dims) {
  SCOPED_TRACE(fmt::format("[{}]\n{}", fmt::join(dims, ","), print(g)));
  Random random(static_cast<std::uint64_t>(dims[0]));
  const std::vector<Tensor> inputs = {random_tensor(g[g.inputs()[0].node].dtype, dims, random)};
  const auto want = interpret(g, Tier::fast, inputs, {});
  ASSERT_TRUE(succeeded(want));
  for (const Target& t : host_targets()) {
    const auto got = run_compiled(g, *make_spec(g, Tier::fast, t.name), inputs, {});
    ASSERT_TRUE(succeeded(got)) << t.name << "\n" << print(schedule(g), g);
    EXPECT_TRUE(same_tensors(*got, *want)) << t.name << "\n" << print(schedule(g), g);
  }
}

// `how`: which of the three joins are interleaved.
void check(DType dtype, const Shape& shape, const std::vector<std::int64_t>& dims,
           std::uint32_t axis, unsigned how) {
  for (const bool same : {false, true}) {
    Graph g;
    const NodeId x = g.input("x", dtype, shape);
    const NodeId y = same ? x : g.apply(Op::neg, std::array{x});
    const NodeId left = join(g, x, y, axis, how & 1), right = join(g, y, x, axis, how & 2);
    g.output("z", join(g, left, same ? left : right, axis, how & 4));
    expect_compiled_is_interpreted(g, dims);
  }
}

// What is computed in another dtype splits into kernels elsewhere than the graph it was made from.
TEST(Views, JoinsOfJoins) {
  for (const DType dtype : {DType::f32, DType::bf16})
    for (const unsigned how : {0u, 1u, 4u, 7u}) {
      check(dtype, {1}, {1}, 0, how);
      check(dtype, {"m", 2}, {3, 2}, 1, how);
      check(dtype, {5, "m"}, {5, 3}, 0, how);
    }
}

}  // namespace
}  // namespace actjit::test
