// What the engine, specs and kernels say to a caller who errs: the code, the operand, what it got
// and what was wanted; and that nothing is written then.
#include <gtest/gtest.h>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph bias_graph() {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 4})};
  const Value b{&g, g.input("b", DType::f32, {4})};
  const Value s{&g, g.scalar("slope", DType::f32, 2)};
  g.output("y", (x * s + b).id);
  return g;
}

template <class T>
void expect_error(const Result<T>& result, ErrorCode code,
                  std::initializer_list<const char*> parts) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code)
      << name(result.error().code) << ": " << result.error().message;
  for (const char* part : parts)
    EXPECT_NE(result.error().message.find(part), std::string::npos)
        << "'" << part << "' is not in: " << result.error().message;
}

class CallErrors : public testing::Test {
 protected:
  TensorView x(std::vector<std::int64_t> dims, DType t = DType::f32) {
    return TensorView::dense(t, memory_, std::move(dims));
  }
  TensorView b() { return TensorView::dense(DType::f32, memory_ + 1024, {4}); }
  TensorView y(std::vector<std::int64_t> dims, DType t = DType::f32) {
    return TensorView::dense(t, memory_ + 2048, std::move(dims));
  }
  void expect(std::vector<TensorView> inputs, std::vector<TensorView> outputs, ErrorCode code,
              std::initializer_list<const char*> parts) {
    expect_error(kernel_(inputs, outputs), code, parts);
    // The spec for such tensors is refused alike.
    expect_error(make_spec(graph_, inputs, outputs), code, parts);
    for (char c : memory_) ASSERT_EQ(c, 0);
  }

  Graph graph_ = bias_graph();
  Kernel kernel_ = *engine().compile(graph_, *make_spec(graph_));
  alignas(64) char memory_[4096] = {};
};

TEST_F(CallErrors, NumberOfOperands) {
  expect({x({3, 4})}, {y({3, 4})}, ErrorCode::missing_input, {"1 inputs given", "has 2"});
  expect({x({3, 4}), b(), b()}, {y({3, 4})}, ErrorCode::missing_input, {"3 inputs given", "has 2"});
  expect({x({3, 4}), b()}, {}, ErrorCode::missing_input, {"0 outputs given", "has 1"});
}

TEST_F(CallErrors, DTypes) {
  expect({x({3, 4}, DType::f64), b()}, {y({3, 4})}, ErrorCode::type_mismatch,
         {"'x'", "is f64", "wanted f32"});
  expect({x({3, 4}), b()}, {y({3, 4}, DType::i32)}, ErrorCode::type_mismatch,
         {"'y'", "is i32", "wanted f32"});
}

TEST_F(CallErrors, Shapes) {
  expect({x({3, 5}), b()}, {y({3, 5})}, ErrorCode::shape_mismatch, {"'x'", "[3,5]", "[n,4]"});
  expect({x({3}), b()}, {y({3})}, ErrorCode::shape_mismatch, {"'x'", "[3]", "[n,4]"});
  expect({x({3, 4}), b()}, {y({2, 4})}, ErrorCode::shape_mismatch, {"'y'", "[2,4]", "[3,4]"});
  expect({x({3, 4}), b()}, {y({12})}, ErrorCode::shape_mismatch, {"'y'", "[12]", "[3,4]"});
  expect({x({-3, 4}), b()}, {y({3, 4})}, ErrorCode::invalid_argument, {"'x'", "[-3,4]"});
  const std::int64_t huge = std::int64_t{1} << 62;
  expect({x({huge, 4}), b()}, {y({huge, 4})}, ErrorCode::invalid_argument, {"'x'"});
}

TEST_F(CallErrors, Memory) {
  TensorView none = x({3, 4});
  none.data = nullptr;
  expect({none, b()}, {y({3, 4})}, ErrorCode::invalid_argument, {"'x'", "no data"});
  TensorView crooked = x({3, 4});
  crooked.data = memory_ + 2;
  expect({crooked, b()}, {y({3, 4})}, ErrorCode::invalid_argument,
         {"'x'", "not aligned", "4 bytes"});
  TensorView unstrided = x({3, 4});
  unstrided.strides.pop_back();
  expect({unstrided, b()}, {y({3, 4})}, ErrorCode::invalid_argument,
         {"'x'", "2 dims", "1 strides"});
  TensorView folded = y({3, 4});
  folded.strides = {0, 1};
  expect({x({3, 4}), b()}, {folded}, ErrorCode::invalid_argument, {"'y'", "[3,4]", "[0,1]"});
}

TEST_F(CallErrors, Overlap) {
  TensorView shifted = x({3, 4});
  shifted.data = memory_ + 4;
  expect({x({3, 4}), b()}, {shifted}, ErrorCode::invalid_argument, {"'y'", "'x'", "overlaps"});
  TensorView turned = x({3, 4});
  turned.strides = {1, 3};
  expect({x({3, 4}), b()}, {turned}, ErrorCode::invalid_argument, {"'y'", "'x'", "overlaps"});
  TensorView on_bias = y({3, 4});
  on_bias.data = memory_ + 1024;
  expect({x({3, 4}), b()}, {on_bias}, ErrorCode::invalid_argument, {"'y'", "'b'", "overlaps"});
}

// Elements of an output that lie on each other by strides other than 0.
TEST_F(CallErrors, OutputsThatOverlapThemselves) {
  TensorView folded = y({3, 4});
  folded.strides = {1, 1};
  expect({x({3, 4}), b()}, {folded}, ErrorCode::invalid_argument,
         {"'y'", "[3,4]", "[1,1]", "lie on each other"});
  // Strides that nest do not, in any order and of any sign.
  folded.strides = {-1, 3};
  folded.data = memory_ + 2048;
  EXPECT_TRUE(succeeded(make_spec(graph_, std::array{x({3, 4}), b()}, std::array{folded})));
}

TEST_F(CallErrors, ScalarsAndLayout) {
  const std::array inputs{x({3, 4}), b()};
  const std::array outputs{y({3, 4})};
  const double two[] = {1, 2};
  expect_error(kernel_(inputs, outputs, two), ErrorCode::missing_input,
               {"2 run-time scalars given", "has 1"});
  TensorView strided = x({3, 4});
  strided.strides = {8, 2};
  const auto result = kernel_(std::array{strided, b()}, outputs);
  expect_error(result, ErrorCode::unsupported, {"made for", "strided", "make_spec"});
}

TEST(CallErrorsOfTwoOutputs, PartlyEmptyAndShared) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 1})};
  const Value z{&g, g.input("z", DType::f32, {"m"})};
  g.output("small", (x + 1.0).id);
  g.output("large", (x * z).id);
  const Kernel k = *engine().compile(g, *make_spec(g));
  float memory[64] = {};
  const auto view = [&](std::size_t at, std::vector<std::int64_t> dims) {
    return TensorView::dense(DType::f32, memory + at, std::move(dims));
  };
  expect_error(
      k(std::array{view(0, {3, 1}), view(8, {0})}, std::array{view(16, {3, 1}), view(24, {3, 0})}),
      ErrorCode::unsupported, {"'small'", "3 elements", "empty"});
  expect_error(
      k(std::array{view(0, {3, 1}), view(8, {2})}, std::array{view(0, {3, 1}), view(24, {3, 2})}),
      ErrorCode::invalid_argument, {"'small'", "[3,1]", "'x'"});
  expect_error(
      k(std::array{view(0, {3, 1}), view(8, {2})}, std::array{view(16, {3, 1}), view(17, {3, 2})}),
      ErrorCode::invalid_argument, {"'small'", "'large'", "overlap"});
  EXPECT_TRUE(succeeded(k(std::array{view(0, {0, 1}), view(8, {2})},
                          std::array{view(16, {0, 1}), view(24, {0, 2})})));
}

TEST(SpecErrors, TargetsAndOutputs) {
  const Graph g = bias_graph();
  expect_error(make_spec(g, Tier::precise, "z80"), ErrorCode::unknown_name,
               {"'z80'", "native", "x86-64-v3"});
}

// Outputs that do not broadcast against each other are computed by kernels of their own.
TEST(SpecErrors, OutputsOfDifferentShapes) {
  Graph apart;
  apart.output("a", apart.input("x", DType::f32, {"n"}));
  apart.output("b", apart.input("z", DType::f32, {"m"}));
  EXPECT_EQ(make_spec(apart)->layouts.size(), 2u);
}

TEST(SpecErrors, TooManyLoops) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, Shape(10, Dim(std::int64_t{2})))};
  Shape every_other(10, Dim(std::int64_t{2}));
  for (std::size_t i = 0; i < 10; i += 2) every_other[i] = Dim(std::int64_t{1});
  const Value z{&g, g.input("z", DType::f32, every_other)};
  g.output("y", (x + z).id);
  expect_error(make_spec(g), ErrorCode::limit, {"10 nested loops", "at most 8"});
}

TEST(CompileErrors, GraphTierTargetLayout) {
  const Graph g = bias_graph();
  Spec spec = *make_spec(g);
  expect_error(engine().compile(Graph{}, spec), ErrorCode::invalid_graph, {"no output"});
  spec.tier = Tier::exact;
  expect_error(engine().compile(g, spec), ErrorCode::unsupported, {"'exact'", "'precise'"});
  spec = *make_spec(g);
  spec.layouts[0].access.pop_back();
  expect_error(engine().compile(g, spec), ErrorCode::unsupported, {"2 operands", "has 3"});
  spec = *make_spec(g);
  spec.layouts[0].rank = max_loops + 1;
  expect_error(engine().compile(g, spec), ErrorCode::unsupported, {"9 loops", "1 to 8"});
  spec = *make_spec(g);
  spec.layouts[0].access.back() = Access::zero;
  expect_error(engine().compile(g, spec), ErrorCode::unsupported, {"'y'", "stride 0"});
  spec = *make_spec(g);
  spec.target.name = "x86-64-v9";
  expect_error(engine().compile(g, spec), ErrorCode::unsupported_target, {"x86-64-v9"});
}

TEST(Buffers, SizesAreBounded) {
  expect_error(Buffer::make(DType::f32, {-1}), ErrorCode::invalid_argument, {"[-1]"});
  const std::int64_t huge = std::int64_t{1} << 62;
  expect_error(Buffer::make(DType::f32, {huge, 4}), ErrorCode::limit, {"too many elements"});
  expect_error(Buffer::make(DType::f64, {huge}), ErrorCode::limit, {"too many elements"});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they end the process instead
  expect_error(Buffer::make(DType::f64, {huge / 16}), ErrorCode::limit, {"no memory"});
#endif
  EXPECT_EQ(Buffer::make(DType::f64, {huge, 0, huge})->elements(), 0);
  const Buffer b = *Buffer::make(DType::f64, {3});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 64, 0u);
}

}  // namespace
}  // namespace actjit::test
