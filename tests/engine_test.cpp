// The engine: what shares a kernel and what does not, how long kernels live, and how they are
// called.
#include <gtest/gtest.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph scaled(double k, const char* input = "x", DType dtype = DType::f32) {
  Graph g;
  const Value x{&g, g.input(input, dtype, {"n"})};
  g.output("y", (x * x + k).id);
  return g;
}

Kernel compile(const Engine& e, const Graph& g, Tier tier = Tier::precise,
               std::string_view target = "native") {
  return *e.compile(g, *make_spec(g, tier, target));
}

TEST(EngineCache, EqualRequestsShareOneKernel) {
  const Engine e = *Engine::create();
  const Kernel a = compile(e, scaled(0.5));
  const Kernel b = compile(e, scaled(0.5));
  EXPECT_EQ(a.entry(), b.entry());
  EXPECT_EQ(e.kernels(), 1u);
}

TEST(EngineCache, DeadNodesDoNotTellGraphsApart) {
  const Engine e = *Engine::create();
  Graph g = scaled(0.5);
  g.apply(Op::sqrt, std::array{g.inputs()[0].node});
  const Kernel a = compile(e, scaled(0.5));
  const Kernel b = compile(e, g);
  EXPECT_EQ(a.entry(), b.entry());
}

TEST(EngineCache, EveryPartOfTheKeyCounts) {
  const Engine e = *Engine::create();
  std::vector<Kernel> kernels;
  kernels.push_back(compile(e, scaled(0.0)));
  kernels.push_back(compile(e, scaled(-0.0)));
  kernels.push_back(compile(e, scaled(0.5)));
  kernels.push_back(compile(e, scaled(std::nextafter(0.5, 1.0))));
  kernels.push_back(compile(e, scaled(0.5, "z")));  // names are part of the graph
  kernels.push_back(compile(e, scaled(0.5, "x", DType::f64)));
  kernels.push_back(compile(e, scaled(0.5), Tier::fast));
  Graph low;
  const Value x{&low, low.input("x", DType::f32, {"n"})};
  low.output("y", (x * x + Real(0.5, 0x1p-60)).id);
  kernels.push_back(compile(e, low));
  const Graph g = scaled(0.5);
  Spec strided = *make_spec(g);
  strided.layouts[0].access = {Access::strided, Access::unit};
  kernels.push_back(*e.compile(g, strided));
  Spec nested = *make_spec(g);
  nested.layouts[0].rank = 2;
  kernels.push_back(*e.compile(g, nested));
  for (const Target& t : host_targets())
    if (t != make_spec(g)->target) kernels.push_back(compile(e, g, Tier::precise, t.name));
  for (std::size_t i = 0; i < kernels.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(kernels[i].entry(), kernels[j].entry()) << i << " and " << j;
  EXPECT_EQ(e.kernels(), kernels.size());
}

TEST(EngineCache, ScalarsAreToldApartByTheBitsOfTheirValue) {
  const Engine e = *Engine::create();
  std::vector<Kernel> kernels;
  for (double initial : {0.0, -0.0, 1.0, f64_of(0x7ff8000000000000), f64_of(0x7ff8000000000001)})
    for (int repeat = 0; repeat < 2; ++repeat) {
      Graph g;
      g.output("y", g.scalar("s", DType::f64, initial));
      kernels.push_back(compile(e, g));
      double y = 1;
      const TensorView out = TensorView::dense(DType::f64, &y, {});
      ASSERT_TRUE(succeeded(kernels.back()({}, std::array{out})));
      EXPECT_EQ(to_bits(y), to_bits(initial));
    }
  EXPECT_EQ(e.kernels(), 5u);
}

TEST(EngineLifetime, TheLastHandleReturnsTheKernel) {
  const Engine e = *Engine::create();
  {
    const Kernel a = compile(e, scaled(1.5));
    const Kernel b = a;
    EXPECT_EQ(e.kernels(), 1u);
  }
  EXPECT_EQ(e.kernels(), 0u);
}

TEST(EngineLifetime, HandlesOutliveTheEngine) {
  std::vector<Kernel> kernels;
  {
    const Engine e = *Engine::create();
    const Engine other = e;  // a handle on the same engine
    for (double k : {1.0, 2.0, 3.0}) kernels.push_back(compile(k < 3 ? e : other, scaled(k)));
    EXPECT_EQ(e.kernels(), 3u);
  }
  float x[] = {1, 2, 3};
  float y[3] = {};
  const TensorView in = TensorView::dense(DType::f32, static_cast<const void*>(x), {3});
  const TensorView out = TensorView::dense(DType::f32, y, {3});
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    ASSERT_TRUE(succeeded(kernels[i](std::array{in}, std::array{out})));
    EXPECT_EQ(y[2], 9 + static_cast<float>(i + 1));
  }
  kernels.erase(kernels.begin());
  ASSERT_TRUE(succeeded(kernels[0](std::array{in}, std::array{out})));
  EXPECT_EQ(y[0], 3);
}

TEST(EngineKernel, SaysWhatItIs) {
  const Engine e = *Engine::create();
  const Graph g = scaled(0.25);
  const Spec spec = *make_spec(g, Tier::fast);
  const Kernel k = *e.compile(g, spec);
  EXPECT_TRUE(k.graph() == g);
  EXPECT_TRUE(k.spec() == spec);
  EXPECT_GT(k.times().total(), 0);
  EXPECT_EQ(k.plan().target, spec.target);
}

TEST(EngineKernel, RefusesACallStructOfAnotherVersion) {
  const Engine e = *Engine::create();
  const Kernel k = compile(e, scaled(0.25));
  actjit_call call{};
  call.struct_size = sizeof(actjit_call) - 1;
  EXPECT_EQ(k.entry()(&call), 1);
}

// An empty range does nothing, without any array and with dims of zero, by which no index can be
// divided.
TEST(EngineKernel, AnEmptyRangeTouchesNothing) {
  const Engine e = *Engine::create();
  const Graph g = scaled(0.25);
  Spec spec = *make_spec(g);
  spec.layouts[0].rank = 3;
  const Kernel k = *e.compile(g, spec);
  void* const data[] = {nullptr, nullptr};
  const std::int64_t dims[] = {0, 0, 0};
  const std::int64_t strides[] = {0, 0, 1, 0, 0, 1};
  actjit_call call{sizeof(actjit_call), data, dims, strides, nullptr, 0, 0, nullptr, 0, 0};
  EXPECT_EQ(k.entry()(&call), 0);
  call = {sizeof(actjit_call), nullptr, nullptr, nullptr, nullptr, 7, 7, nullptr, 0, 0};
  EXPECT_EQ(k.entry()(&call), 0);
}

// A call bound once runs as often as wanted, sees what its tensors hold then, and keeps the kernel.
TEST(EngineKernel, BoundCallsRunAgain) {
  float x[5] = {};
  float y[5] = {};
  const TensorView in = TensorView::dense(DType::f32, static_cast<const void*>(x), {5});
  const TensorView out = TensorView::dense(DType::f32, y, {5});
  std::optional<BoundCall> bound;
  {
    const Engine e = *Engine::create();
    Graph g;
    const Value v{&g, g.input("x", DType::f32, {"n"})};
    g.output("y", (v * Value{&g, g.scalar("s", DType::f32, 3)}).id);
    const Kernel k = compile(e, g);
    const double two[] = {2};
    bound = *k.bind(std::array{in}, std::array{out}, two);
  }
  const BoundCall moved = *std::move(bound);
  EXPECT_EQ(moved.items(), 5);
  for (float value : {1.0f, 5.0f}) {
    std::fill(std::begin(x), std::end(x), value);
    moved();
    EXPECT_EQ(y[0], 2 * value);
    EXPECT_EQ(y[4], 2 * value);
  }
}

TEST(EngineKernel, BoundCallsOfNothing) {
  const Kernel k = compile(engine(), scaled(0.25));
  const TensorView none = TensorView::dense(DType::f32, static_cast<void*>(nullptr), {0});
  const Result<BoundCall> bound = k.bind(std::array{none}, std::array{none});
  ASSERT_TRUE(succeeded(bound));
  EXPECT_EQ(bound->items(), 0);
  (*bound)();
  const actjit_call call = bound->call();
  EXPECT_EQ(k.entry()(&call), 0);
}

// Neither the control bits of the caller nor the upper halves of its registers are touched.
TEST(EngineKernel, LeavesTheProcessorAsItWas) {
#if defined(__SSE__)
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  g.output("y", (floor(x) / 3.0 + cast(cast(x, DType::i32), DType::f32)).id);
  float values[40] = {1e30f, -1e-40f, 0.5f};
  float results[40] = {};
  const TensorView in = TensorView::dense(DType::f32, static_cast<const void*>(values), {40});
  const TensorView out = TensorView::dense(DType::f32, results, {40});
  constexpr unsigned flags = 0x3f;  // what has happened so far; the rest is control
  const unsigned before = _mm_getcsr();
  for (const Target& t : host_targets()) {
    const Kernel k = compile(engine(), g, Tier::precise, t.name);
    ASSERT_TRUE(succeeded(k(std::array{in}, std::array{out})));
    EXPECT_EQ(_mm_getcsr() & ~flags, before & ~flags);
    EXPECT_NE(engine().dump(g, k.spec(), Stage::assembly)->find("vzeroupper"), std::string::npos);
  }
#endif
}

}  // namespace
}  // namespace actjit::test
