// Calls of kernels along axes: scratch memory, which outputs may lie on which inputs, and what a
// caller who errs is told.
#include <gtest/gtest.h>

#include <cstring>

#include "frontend/language.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr std::int64_t rows = 6, length = 100;

Kernel kernel_of(std::string_view text, std::initializer_list<Binding> inputs) {
  const Graph graph = build(parse_program(text).value(), inputs).value();
  return engine().compile(graph, make_spec(graph).value()).value();
}
const Shape matrix{"n", "m"};

struct Matrix {
  alignas(64) float values[rows * length];
  TensorView view(std::vector<std::int64_t> dims = {rows, length}) {
    return TensorView::dense(DType::f32, values, std::move(dims));
  }
};
Matrix ramp() {
  Matrix out;
  for (int i = 0; i < rows * length; ++i) out.values[i] = static_cast<float>(i % 37) / 8;
  return out;
}

template <class T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view message) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code);
  EXPECT_EQ(result.error().message, message);
}

TEST(RowCalls, RunInTheCallersScratchMemory) {
  const Kernel softmax = kernel_of("softmax(x)", {{"x", DType::f32, matrix}});
  Matrix x = ramp(), want{}, got{};
  ASSERT_TRUE(softmax(std::array{x.view()}, std::array{want.view()}));
  const BoundCall call = softmax.bind(std::array{x.view()}, std::array{got.view()}).value();
  // The exponentials of a row, in f64, and no more than a vector beyond.
  const std::size_t needed = call.scratch_bytes();
  EXPECT_GE(needed, length * sizeof(double));
  EXPECT_LE(needed, (length + 32) * sizeof(double));
  EXPECT_EQ(call.scratch_bytes(3), 3 * needed);

  Buffer scratch = Buffer::make(DType::f64, {1024}).value();
  const std::span all(static_cast<std::byte*>(scratch.data()), 8192);
  std::memset(all.data(), 0x5a, all.size());
  ASSERT_TRUE(succeeded(call.run(all.first(needed))));
  EXPECT_EQ(std::memcmp(got.values, want.values, sizeof(want.values)), 0);
  for (std::byte b : all.subspan(needed)) ASSERT_EQ(b, std::byte{0x5a});

  expect_error(call.run(all.first(needed - 1)), ErrorCode::invalid_argument,
               "the scratch memory has " + std::to_string(needed - 1) + " bytes, wanted " +
                   std::to_string(needed) + ", which scratch_bytes(1) asks for");
  expect_error(call.run(all.subspan(8)), ErrorCode::invalid_argument,
               "the scratch memory is not aligned to 64 bytes");
}

TEST(RowCalls, RefuseTooLittleScratchMemoryInTheCallStruct) {
  const Kernel softmax = kernel_of("softmax(x)", {{"x", DType::f32, matrix}});
  Matrix x = ramp(), y{};
  const BoundCall bound = softmax.bind(std::array{x.view()}, std::array{y.view()}).value();
  actjit_call call = bound.call();
  EXPECT_EQ(softmax.entry()(&call), 0);
  y = {};
  call.scratch_bytes = 64;
  EXPECT_EQ(softmax.entry()(&call), 2);
  call.scratch_bytes = bound.scratch_bytes();
  call.struct_size = 16;
  EXPECT_EQ(softmax.entry()(&call), 1);
  for (float v : y.values) EXPECT_EQ(v, 0);
}

TEST(RowCalls, NeedNoScratchMemoryWhereNothingIsKept) {
  const Kernel sums = kernel_of("sum(x, axis=-1)", {{"x", DType::f32, matrix}});
  Matrix x = ramp();
  float y[rows];
  const BoundCall call =
      sums.bind(std::array{x.view()}, std::array{TensorView::dense(DType::f32, y, {rows})}).value();
  EXPECT_EQ(call.scratch_bytes(8), 0u);
  EXPECT_TRUE(succeeded(call.run({})));
}

TEST(RowCalls, InPlaceWhereEachElementIsReadForTheLastTime) {
  const Kernel softmax = kernel_of("softmax(x)", {{"x", DType::f32, matrix}});
  Matrix x = ramp(), want{};
  ASSERT_TRUE(softmax(std::array{x.view()}, std::array{want.view()}));
  ASSERT_TRUE(succeeded(softmax(std::array{x.view()}, std::array{x.view()})));
  EXPECT_EQ(std::memcmp(x.values, want.values, sizeof(want.values)), 0);
}

// A sum over columns, then one over rows: both kernels read x.
TEST(RowCalls, NotOnAnInputThatALaterKernelReads) {
  const Kernel kernel =
      kernel_of("p = softmax(x, axis=1); p, sum(exp(x), axis=0)", {{"x", DType::f32, matrix}});
  EXPECT_EQ(kernel.steps(), 2u);
  Matrix x = ramp();
  const Matrix before = x;
  float sums[length];
  expect_error(kernel(std::array{x.view()},
                      std::array{x.view(), TensorView::dense(DType::f32, sums, {length})}),
               ErrorCode::invalid_argument,
               "the output 'p' cannot lie on the input 'x', which is read again when parts of it "
               "are written already");
  EXPECT_EQ(std::memcmp(x.values, before.values, sizeof(before.values)), 0);
}

// A symbol that stands for 1 is as good as the 1 that the output has.
TEST(RowCalls, InPlaceWhereASymbolStandsForOne) {
  const Kernel sums = kernel_of("sum(x + x, axis=0, keepdims=true)", {{"x", DType::f32, matrix}});
  Matrix x = ramp();
  const Matrix before = x;
  ASSERT_TRUE(succeeded(sums(std::array{x.view({1, length})}, std::array{x.view({1, length})})));
  for (int i = 0; i < length; ++i) EXPECT_EQ(x.values[i], 2 * before.values[i]);
}

// What simplification makes elementwise is elementwise, whatever layout was asked for.
TEST(RowCalls, SurviveThatReductionsVanish) {
  Matrix x = ramp(), y{};
  const Binding input{"x", DType::f32, {"n", "m"}};
  const char* text = "where(amax(x, axis=0) <= amax(x, axis=0), x, x)";
  const Graph graph = build(parse_program(text).value(), std::array{input}).value();
  const std::array inputs{x.view()}, outputs{y.view()};
  const Result<Kernel> kernel = engine().compile(graph, make_spec(graph, inputs, outputs).value());
  ASSERT_TRUE(succeeded(kernel));
  ASSERT_TRUE(succeeded((*kernel)(inputs, outputs)));
  EXPECT_EQ(std::memcmp(x.values, y.values, sizeof(x.values)), 0);
}

// A gate reads two halves of one tensor and writes a tensor of half its size.
TEST(RowCalls, NotOnAPartOfAnInput) {
  const Kernel glu = kernel_of("swiglu(x)", {{"x", DType::f32, {"n", length}}});
  Matrix x = ramp();
  TensorView half = x.view({rows, length / 2});
  half.strides = {length, 1};
  expect_error(glu(std::array{x.view()}, std::array{half}), ErrorCode::invalid_argument,
               "the output 'y' overlaps the input 'x' without lying exactly on it; only in place "
               "or apart will do");
}

TEST(RowCalls, SayWhichTensorHasTheWrongShape) {
  const Kernel softmax =
      kernel_of("softmax(x + b)", {{"x", DType::f32, matrix}, {"b", DType::f32, {"m"}}});
  Matrix x = ramp(), b = ramp(), y{};
  expect_error(softmax(std::array{x.view(), b.view({99})}, std::array{y.view()}),
               ErrorCode::shape_mismatch,
               "'b' has the shape [99], wanted [m], where m is 100 already");
  expect_error(softmax(std::array{x.view(), b.view({100})}, std::array{y.view({6, 1})}),
               ErrorCode::shape_mismatch, "the output 'y' has the shape [6,1], wanted [6,100]");
  const Kernel sums = kernel_of("sum(x, axis=0)", {{"x", DType::f32, matrix}});
  expect_error(sums(std::array{x.view()}, std::array{y.view({6})}), ErrorCode::shape_mismatch,
               "the output 'y' has the shape [6], wanted [100]");
}

// A kernel of rows that lie dense does not take columns; the error names both.
TEST(RowCalls, SayWhatTheKernelWasMadeFor) {
  const Kernel softmax = kernel_of("softmax(x)", {{"x", DType::f32, matrix}});
  Matrix x = ramp(), y{};
  TensorView every_other = x.view({rows, length / 2});
  every_other.strides = {length, 2};
  const Result<void> done =
      softmax(std::array{every_other}, std::array{y.view({rows, length / 2})});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unsupported);
  for (const char* part :
       {"made for 1 loop of rows", "these tensors need", "make_spec(graph, inputs, outputs)"})
    EXPECT_NE(done.error().message.find(part), std::string::npos) << done.error().message;
}

}  // namespace
}  // namespace actjit::test
