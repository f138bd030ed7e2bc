// The shortest way from tensors to code gives what the checked one gives, bit for bit, or leaves
// the call to it and touches nothing.
#include "runtime/direct_call.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

using Dims = std::vector<std::int64_t>;

// Two inputs and outputs of different dtypes and a run-time scalar.
Graph two_of_each(const Shape& shape, double k = 0.5) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, shape)};
  const Value z{&g, g.input("z", DType::f64, shape)};
  const Value s{&g, g.scalar("slope", DType::f32, 2)};
  g.output("y", (x * s + k).id);
  g.output("w", (z * z + k).id);
  return g;
}

Kernel kernel_of(const Graph& g) { return *engine().compile(g, *make_spec(g)); }

std::optional<DirectCall> direct_call_of(const Kernel& k) {
  return DirectCall::make(k.graph(), k.schedule(), std::span(&k.plan(), 1), k.entry());
}

// Memory for the operands of two_of_each(), the same at the beginning of every test, and views of
// it that a test may make crooked.
class Operands {
 public:
  explicit Operands(Dims dims) {
    Random random(7);
    for (std::size_t i = 0; i < 2; ++i) {
      const DType dtype = i == 0 ? DType::f32 : DType::f64;
      const Tensor t = random_tensor(dtype, dims, random);
      to_memory(dtype, t.elements, memory_[i]);
      inputs.push_back(TensorView::dense(dtype, memory_[i], dims));
      outputs.push_back(TensorView::dense(dtype, memory_[2 + i], dims));
    }
  }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  void* memory(std::size_t i) { return memory_[i]; }
  bool equals(const Operands& other) const {
    return std::memcmp(memory_, other.memory_, sizeof memory_) == 0;
  }

  std::vector<TensorView> inputs, outputs;

 private:
  alignas(64) char memory_[4][4096] = {};
};

// By the short way and by bind(), on equal memory.
void expect_equal_ways(const Kernel& kernel, const DirectCall& direct, const Dims& dims,
                       std::span<const double> scalars = {}) {
  SCOPED_TRACE(testing::PrintToString(dims));
  Operands a(dims), b(dims), untouched(dims);
  ASSERT_TRUE(direct.run(a.inputs, a.outputs, scalars, false));
  const Result<BoundCall> bound = kernel.bind(b.inputs, b.outputs, scalars);
  ASSERT_TRUE(succeeded(bound));
  (*bound)();
  EXPECT_TRUE(a.equals(b));
  EXPECT_FALSE(a.equals(untouched));
}

// The call is left to others, and nothing is written.
void expect_declined(const Kernel& kernel, const Dims& dims,
                     const std::function<void(Operands&)>& change) {
  Operands a(dims), untouched(dims);
  change(a);
  EXPECT_FALSE(direct_call_of(kernel)->run(a.inputs, a.outputs, {}, false));
  EXPECT_TRUE(a.equals(untouched));
}

TEST(DirectCall, ShapesOfAnyLength) {
  const Kernel flat = kernel_of(two_of_each({"n"}));
  const std::optional<DirectCall> direct = direct_call_of(flat);
  ASSERT_TRUE(direct);
  for (std::int64_t n : {1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 500})
    expect_equal_ways(flat, *direct, {n});
  expect_equal_ways(flat, *direct, {100}, std::array{-3.25});
}

TEST(DirectCall, ShapesOfAnyRank) {
  const Kernel cube = kernel_of(two_of_each({"a", 3, "b"}));
  const std::optional<DirectCall> direct = direct_call_of(cube);
  ASSERT_TRUE(direct);
  for (const Dims& dims : {Dims{1, 3, 1}, Dims{4, 3, 5}, Dims{1, 3, 65}, Dims{33, 3, 1}})
    expect_equal_ways(cube, *direct, dims);
}

TEST(DirectCall, StridesOfOneElementDoNotCount) {
  const Kernel kernel = kernel_of(two_of_each({"a", "b"}));
  Operands a({1, 9}), b({1, 9});
  for (TensorView* v : {&a.inputs[0], &a.outputs[1]}) v->strides[0] = -5;
  ASSERT_TRUE(direct_call_of(kernel)->run(a.inputs, a.outputs, {}, false));
  ASSERT_TRUE(kernel.bind(b.inputs, b.outputs));
  (*kernel.bind(b.inputs, b.outputs))();
  EXPECT_TRUE(a.equals(b));
}

TEST(DirectCall, OutputsMayLieOnInputs) {
  const Kernel kernel = kernel_of(two_of_each({"n"}));
  Operands a({77}), b({77});
  for (Operands* o : {&a, &b}) o->outputs = o->inputs;
  ASSERT_TRUE(direct_call_of(kernel)->run(a.inputs, a.outputs, {}, false));
  (*kernel.bind(b.inputs, b.outputs))();
  EXPECT_TRUE(a.equals(b));
}

TEST(DirectCall, IsLeftToOthers) {
  const Kernel kernel = kernel_of(two_of_each({"a", 3}));
  const Dims dims{8, 3};
  using Change = std::pair<const char*, std::function<void(Operands&)>>;
  const auto moved = [](TensorView& v, std::ptrdiff_t by) {
    v.data = static_cast<char*>(v.data) + by;
  };
  for (const auto& [what, change] : {
           Change{"an input is missing", [](Operands& o) { o.inputs.pop_back(); }},
           Change{"an output is missing", [](Operands& o) { o.outputs.pop_back(); }},
           Change{"another dtype", [](Operands& o) { o.inputs[0].dtype = DType::i32; }},
           Change{"another extent", [](Operands& o) { o.inputs[1].dims[0] = 7; }},
           Change{"an extent that is not the kernel's",
                  [](Operands& o) {
                    for (auto* views : {&o.inputs, &o.outputs})
                      for (TensorView& v : *views)
                        v = TensorView::dense(v.dtype, v.data, Dims{6, 4});
                  }},
           Change{"another rank", [](Operands& o) { o.outputs[0].dims = {24}; }},
           Change{"no elements",
                  [](Operands& o) {
                    for (auto* views : {&o.inputs, &o.outputs})
                      for (TensorView& v : *views) v.dims[0] = 0;
                  }},
           Change{"rows apart", [](Operands& o) { o.inputs[0].strides[0] = 4; }},
           Change{"repeated rows", [](Operands& o) { o.inputs[1].strides[0] = 0; }},
           Change{"transposed",
                  [](Operands& o) {
                    o.outputs[1].strides = {1, 8};
                  }},
           Change{"no data", [](Operands& o) { o.inputs[0].data = nullptr; }},
           Change{"not aligned", [&](Operands& o) { moved(o.inputs[1], 4); }},
           Change{"an output on a part of an input",
                  [&](Operands& o) {
                    o.outputs[0].data = o.memory(0);
                    moved(o.outputs[0], 8);
                  }},
           Change{"an output on an input of wider elements",
                  [](Operands& o) { o.outputs[0].data = o.memory(1); }},
           Change{"two outputs in one place",
                  [](Operands& o) { o.outputs[1].data = o.outputs[0].data; }},
       }) {
    SCOPED_TRACE(what);
    expect_declined(kernel, dims, change);
  }
}

TEST(DirectCall, ScalarsAreAllOrNone) {
  const Kernel kernel = kernel_of(two_of_each({"n"}));
  Operands a({5});
  EXPECT_FALSE(direct_call_of(kernel)->run(a.inputs, a.outputs, std::array{1.0, 2.0}, false));
}

TEST(DirectCall, KernelsMadeForOtherCallsHaveNone) {
  const auto of = [](const Shape& x, const Shape& b) {
    Graph g;
    g.output("y",
             (Value{&g, g.input("x", DType::f32, x)} + Value{&g, g.input("b", DType::f32, b)}).id);
    return direct_call_of(kernel_of(g));
  };
  EXPECT_TRUE(of({"n", 4}, {"n", 4}));
  EXPECT_FALSE(of({"n", 4}, {4}));
  EXPECT_FALSE(of({"n", 4}, {"n", 1}));
  EXPECT_FALSE(of({"n", "n"}, {"n", "n"}));  // nobody would check that they are equal
  Graph sum;
  Axes over;
  over.add(0);
  const Value x{&sum, sum.input("x", DType::f32, {"n"})};
  sum.output("y", apply(Op::reduce_sum, {x}, attribute_of(over)).id);
  EXPECT_FALSE(direct_call_of(kernel_of(sum)));
}

// A handle takes the short way of the kernel it stands for now, for as long as that lives.
TEST(DirectCall, GoesWithItsKernel) {
  const auto y_of = [](const Kernel& k, std::int64_t n) {
    Operands o({n});
    EXPECT_TRUE(succeeded(k(o.inputs, o.outputs)));
    const std::vector<Bits> bits =
        from_memory(DType::f32, o.memory(2), static_cast<std::size_t>(n));
    return bits;
  };
  const auto checked = [](const Kernel& k, std::int64_t n) {
    Operands o({n});
    (*k.bind(o.inputs, o.outputs))();
    return from_memory(DType::f32, o.memory(2), static_cast<std::size_t>(n));
  };
  std::vector<Kernel> kernels;
  for (double k : {1.0, 2.0, 3.0}) kernels.push_back(kernel_of(two_of_each({"n"}, k)));
  for (std::int64_t n : {31, 3, 200})
    for (const Kernel& k : kernels) EXPECT_EQ(y_of(k, n), checked(k, n));
  EXPECT_NE(y_of(kernels[0], 9), y_of(kernels[1], 9));
  const std::vector<Bits> third = y_of(kernels[2], 9);
  Kernel handle = kernels[0];
  handle = kernels[2];
  kernels.clear();  // the others' memory goes back
  const Kernel another = kernel_of(two_of_each({"n"}, 4.0));
  EXPECT_EQ(y_of(handle, 9), third);
  EXPECT_EQ(y_of(another, 9), checked(another, 9));
}

}  // namespace
}  // namespace actjit::test
