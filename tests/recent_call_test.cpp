// Calls through a handle, of which each thread remembers the last: whatever comes after whatever,
// they give what a call bound afresh gives.
#include <gtest/gtest.h>

#include <cstring>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

using Dims = std::vector<std::int64_t>;

// The sum of each row, and x s + b with b broadcast along rows: two outputs of two shapes.
Graph rows_and_bias(double k) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", "m"})};
  const Value b{&g, g.input("b", DType::f32, {"m"})};
  const Value s{&g, g.scalar("s", DType::f32, k)};
  g.output("y", (x * s + b).id);
  g.output("r", g.apply(Op::reduce_sum, std::array{x.id}, attribute_of(Axes{2})));
  return g;
}

// For tensors that lie any way.
Kernel kernel_of(const Graph& g) {
  Spec spec = *make_spec(g, Tier::fast);
  const Schedule steps = schedule(g);
  for (std::size_t i = 0; i < steps.steps.size(); ++i) {
    const Step& s = steps.steps[i];
    spec.layouts[i] = any_layout(s.reads.size() + s.writes.size(), s.reduced.count());
  }
  return *engine().compile(g, spec);
}

constexpr std::size_t room = 4096;  // bytes for each operand

// Memory of x, b, y and r, the same each time.
struct Memory {
  alignas(64) std::byte bytes[4][room] = {};

  Memory() {
    Random random(3);
    for (std::size_t i = 0; i < 2; ++i)
      to_memory(DType::f32, random_tensor(DType::f32, {room / 4}, random).elements, bytes[i]);
  }
};

// A call as a random number says: of small shapes, so that most are seen again.
struct How {
  Dims dims;
  std::int64_t pad;   // elements behind each row of x
  std::size_t shift;  // bytes in front of b
  bool in_place;      // y on x
  bool overlapping;   // r inside of x, which no call allows
  bool has_scalar;

  explicit How(Random& random)
      : dims{1 + static_cast<std::int64_t>(random.below(2)) * 6,
             5 + static_cast<std::int64_t>(random.below(2)) * 12},
        pad(static_cast<std::int64_t>(random.below(2)) * 3),
        shift(random.below(3) * 4 + (random.one_in(16) ? 2 : 0)),
        in_place(random.one_in(4)),
        overlapping(random.one_in(16)),
        has_scalar(random.one_in(2)) {}

  Result<void> call(const Kernel& kernel, Memory& m, bool afresh) const {
    const auto view = [](std::byte* at, Dims d) {
      return TensorView::dense(DType::f32, static_cast<void*>(at), std::move(d));
    };
    TensorView x = view(m.bytes[0], dims);
    x.strides[0] += pad;
    TensorView y = in_place ? x : view(m.bytes[2], dims);
    const std::vector<TensorView> inputs{x, view(m.bytes[1] + shift, {dims[1]})};
    const std::vector<TensorView> outputs{
        y, view(overlapping ? m.bytes[0] + 8 : m.bytes[3], {dims[0], 1})};
    const std::vector<double> scalars(has_scalar ? 1 : 0, -1.5);
    if (!afresh) return kernel(inputs, outputs, scalars);
    const Result<BoundCall> bound = kernel.bind(inputs, outputs, scalars);
    if (!bound) return bound.error();
    (*bound)();
    return {};
  }
};

TEST(RecentCall, GivesWhatAFreshOneGives) {
  std::vector<Kernel> kernels;
  for (const double k : {0.5, 2.0, 3.0}) kernels.push_back(kernel_of(rows_and_bias(k)));
  Random random(11);
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    const Kernel& kernel = kernels[random.below(kernels.size())];
    const How how(random);
    Memory got, want;
    const Result<void> a = how.call(kernel, got, false), b = how.call(kernel, want, true);
    ASSERT_EQ(bool(a), bool(b)) << i;
    if (!a) {
      EXPECT_EQ(a.error().to_string(), b.error().to_string());
    }
    refused += !a;
    ASSERT_EQ(std::memcmp(&got, &want, sizeof got), 0) << i;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 2000);
}

// A kernel that is gone leaves nothing behind that another could take for its own.
TEST(RecentCall, IsForgottenWithItsKernel) {
  Random random(5);
  const How how(random);
  for (int i = 0; i < 24; ++i) {
    const Kernel kernel = kernel_of(rows_and_bias(i));
    Memory got, want;
    for (int twice = 0; twice < 2; ++twice) ASSERT_TRUE(how.call(kernel, got, false));
    for (int twice = 0; twice < 2; ++twice) ASSERT_TRUE(how.call(kernel, want, true));
    ASSERT_EQ(std::memcmp(&got, &want, sizeof got), 0) << i;
  }
}

}  // namespace
}  // namespace actjit::test
