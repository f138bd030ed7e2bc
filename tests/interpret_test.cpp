// The interpreter of whole tensors: broadcasting, scalars, its errors; and that it is usable in
// constant expressions. The fuzz test compares it with the oracle on random graphs.
#include <gtest/gtest.h>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Tensor floats(std::vector<std::int64_t> dims, std::initializer_list<float> values) {
  Tensor t{DType::f32, std::move(dims), {}};
  for (float x : values) t.elements.push_back(to_bits(x));
  return t;
}

TEST(Interpret, BroadcastsAsNumPyDoes) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 1})};
  const Value y{&g, g.input("y", DType::f32, {3})};
  g.output("z", (x * 10.0 + y).id);
  const auto z =
      interpret(g, Tier::fast, std::array{floats({2, 1}, {1, 2}), floats({3}, {1, 2, 3})}, {});
  ASSERT_TRUE(succeeded(z));
  EXPECT_TRUE(same_tensors(*z, std::array{floats({2, 3}, {11, 12, 13, 21, 22, 23})}));
}

TEST(Interpret, OutputsMayBeInputsScalarsAndConstants) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {2});
  g.output("a", x);
  g.output("b", x);
  g.output("c", g.scalar("s", DType::f32, 1));
  g.output("d", g.constant(DType::f32, 0.1));
  const double s[] = {0.1};
  const auto out = interpret(g, Tier::fast, std::array{floats({2}, {5, 6})}, s);
  ASSERT_TRUE(succeeded(out));
  EXPECT_TRUE(same_tensors(*out, std::array{floats({2}, {5, 6}), floats({2}, {5, 6}),
                                            floats({}, {0.1f}), floats({}, {0.1f})}));
}

TEST(Interpret, EmptyTensorsGiveEmptyTensors) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 3})};
  g.output("y", (x + 1.0).id);
  const auto out = interpret(g, Tier::precise, std::array{floats({0, 3}, {})}, {});
  ASSERT_TRUE(succeeded(out));
  EXPECT_TRUE(same_tensors(*out, std::array{floats({0, 3}, {})}));
}

// Tier precise rounds once, at the output; tier fast at every op.
TEST(Interpret, TiersRoundWhereTheySay) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {})};
  g.output("y", ((x + 1.0) - 1.0).id);
  const std::array x_value{floats({}, {0x1p-30f})};
  EXPECT_TRUE(same_tensors(*interpret(g, Tier::precise, x_value, {}), x_value));
  EXPECT_TRUE(same_tensors(*interpret(g, Tier::fast, x_value, {}), std::array{floats({}, {0})}));
  // A constant is rounded once, to what the formula is evaluated in.
  Graph h;
  h.output("y", (Value{&h, h.input("x", DType::f32, {})} * 0.1).id);
  const std::array three{floats({}, {3})};
  EXPECT_TRUE(same_tensors(*interpret(h, Tier::precise, three, {}),
                           std::array{floats({}, {static_cast<float>(3 * 0.1)})}));
  EXPECT_TRUE(
      same_tensors(*interpret(h, Tier::fast, three, {}), std::array{floats({}, {3 * 0.1f})}));
}

TEST(Interpret, Errors) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  const Value y{&g, g.input("y", DType::f32, {"n"})};
  g.scalar("s", DType::f32, 1);
  g.output("z", (x + y).id);
  const double s[] = {1};
  const auto code = [&](std::vector<Tensor> inputs, std::span<const double> scalars) {
    const auto result = interpret(g, Tier::precise, inputs, scalars);
    return result ? std::string("none") : std::string(name(result.error().code));
  };
  const Tensor two = floats({2}, {1, 2});
  EXPECT_EQ(code({two, two}, s), "none");
  EXPECT_EQ(code({two}, s), "missing input");
  EXPECT_EQ(code({two, two}, {}), "missing input");
  EXPECT_EQ(code({two, floats({3}, {1, 2, 3})}, s), "shape mismatch");
  EXPECT_EQ(code({two, floats({2, 1}, {1, 2})}, s), "shape mismatch");
  EXPECT_EQ(code({two, {DType::f64, {2}, {0, 0}}}, s), "type mismatch");
  EXPECT_EQ(name(interpret(g, Tier::exact, std::array{two, two}, s).error().code), "unsupported");
}

constexpr float at_compile_time(float x) {
  Graph g;
  const Value v{&g, g.input("x", DType::f32, {})};
  g.output("y", select(v < 0.0, -v, fma(v, v, 1.0)).id);
  const Bits in[] = {to_bits(x)};
  return f32_of(interpret_element(g, in, {})[0]);
}
static_assert(at_compile_time(-3.0f) == 3.0f);
static_assert(at_compile_time(3.0f) == 10.0f);

}  // namespace
}  // namespace actjit::test
