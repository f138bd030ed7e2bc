// Many threads, one engine: one compilation for each key, no race, the same bits however the work
// is shared. Meant to run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <set>
#include <thread>

#include "frontend/language.h"
#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr int threads = 8;

Graph graph_of(int k) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  g.output("y", (x * x + k).id);
  return g;
}

// Runs body(thread) on all threads, begun at one moment.
template <class Body>
void on_all_threads(Body body) {
  std::barrier start(threads);
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      start.arrive_and_wait();
      body(t);
    });
  for (std::thread& t : all) t.join();
}

float run_one(const Kernel& k, float x) {
  float y = 0;
  const TensorView in = TensorView::dense(DType::f32, static_cast<const void*>(&x), {1});
  const TensorView out = TensorView::dense(DType::f32, &y, {1});
  EXPECT_TRUE(succeeded(k(std::array{in}, std::array{out})));
  return y;
}

TEST(Concurrency, EqualRequestsCompileOnce) {
  for (int round = 0; round < 10; ++round) {
    const Engine e = *Engine::create();
    const Graph g = graph_of(round);
    const Spec spec = *make_spec(g);
    std::vector<std::optional<Kernel>> kernels(threads);
    on_all_threads([&](int t) { kernels[static_cast<std::size_t>(t)] = *e.compile(g, spec); });
    std::set<actjit_kernel> entries;
    std::set<const Plan*> plans;  // one for each compilation
    for (const auto& k : kernels) entries.insert(k->entry()), plans.insert(&k->plan());
    EXPECT_EQ(entries.size(), 1u);
    EXPECT_EQ(plans.size(), 1u);
    EXPECT_EQ(e.kernels(), 1u);
  }
}

TEST(Concurrency, DifferentRequestsDoNotDisturbEachOther) {
  const Engine e = *Engine::create();
  on_all_threads([&](int t) {
    for (int i = 0; i < 12; ++i) {
      const Graph g = graph_of(t * 100 + i);
      const Kernel k = *e.compile(g, *make_spec(g));
      EXPECT_EQ(run_one(k, 3), static_cast<float>(9 + t * 100 + i));
    }
  });
  EXPECT_EQ(e.kernels(), 0u);
}

// A few keys, compiled, shared and dropped by everybody at once.
TEST(Concurrency, KernelsComeAndGo) {
  const Engine e = *Engine::create();
  on_all_threads([&](int t) {
    Random random(static_cast<std::uint64_t>(t));
    std::vector<Kernel> held;
    for (int i = 0; i < 60; ++i) {
      const int which = static_cast<int>(random.below(4));
      const Graph g = graph_of(which);
      held.push_back(*e.compile(g, *make_spec(g)));
      EXPECT_EQ(run_one(held.back(), 2), static_cast<float>(4 + which));
      if (random.one_in(2)) held.clear();
    }
  });
  EXPECT_EQ(e.kernels(), 0u);
}

TEST(Concurrency, TheEngineMayGoWhileKernelsRun) {
  std::vector<Kernel> kernels;
  {
    const Engine e = *Engine::create();
    for (int i = 0; i < threads; ++i) {
      const Graph g = graph_of(i);
      kernels.push_back(*e.compile(g, *make_spec(g)));
    }
  }
  on_all_threads([&](int t) {
    EXPECT_EQ(run_one(kernels[static_cast<std::size_t>(t)], 1), static_cast<float>(1 + t));
  });
  // The last handles go on threads of their own.
  on_all_threads([&](int t) {
    const Kernel mine = std::move(kernels[static_cast<std::size_t>(t)]);
    EXPECT_EQ(run_one(mine, 2), static_cast<float>(4 + t));
  });
}

TEST(Concurrency, FailuresReachEverybodyAndAreForgotten) {
  const Engine e = *Engine::create();
  Graph g;
  g.input("x", DType::f32, {"n"});  // no output
  Spec spec = *make_spec(graph_of(0));
  std::atomic<int> failed = 0;
  on_all_threads([&](int) {
    const Result<Kernel> k = e.compile(g, spec);
    failed += !k && k.error().code == ErrorCode::invalid_graph;
  });
  EXPECT_EQ(failed, threads);
  EXPECT_EQ(e.kernels(), 0u);
}

// --- the host's parallel_for ----------------------------------------------------------------

struct Host {
  std::atomic<int> pieces{0};

  static void run(void* context, std::int64_t count, void (*body)(void*, std::int64_t),
                  void* state) {
    auto& self = *static_cast<Host*>(context);
    std::vector<std::thread> all;
    for (std::int64_t i = 0; i < count; ++i)
      all.emplace_back([=, &self] {
        ++self.pieces;
        body(state, i);
      });
    for (std::thread& t : all) t.join();
  }
};

TEST(Parallel, ThreadsChangeNoBit) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", "m"})};
  const Value b{&g, g.input("b", DType::f32, {"m"})};
  const Value c{&g, g.input("c", DType::f32, {"n", 1})};
  g.output("y", (x * b + c / x).id);
  const Kernel k = *engine().compile(g, *make_spec(g));
  Random random(1);
  for (const auto& [n, m] : {std::pair<std::int64_t, std::int64_t>{1, 1},
                             {300, 131},
                             {7, 9001},
                             {40000, 3},
                             {1, 70000},
                             {70000, 1}}) {
    const std::vector<Tensor> inputs{random_tensor(DType::f32, {n, m}, random),
                                     random_tensor(DType::f32, {m}, random),
                                     random_tensor(DType::f32, {n, 1}, random)};
    std::vector<Buffer> buffers;
    std::vector<TensorView> in;
    for (const Tensor& t : inputs) {
      buffers.push_back(*Buffer::make(t.dtype, t.dims));
      to_memory(t.dtype, t.elements, buffers.back().data());
      in.push_back(buffers.back().view());
    }
    std::vector<Bits> first;
    for (std::int64_t parts : {1, 2, 3, 5, 16, 1000}) {
      Host host;
      const ParallelFor parallel{&host, Host::run, parts};
      const Buffer y = *Buffer::make(DType::f32, {n, m});
      ASSERT_TRUE(succeeded(k(in, std::array{y.view()}, {}, &parallel)));
      const auto got = from_memory(DType::f32, y.data(), static_cast<std::size_t>(n * m));
      if (first.empty()) first = got;
      EXPECT_EQ(got, first) << parts << " parts of " << n << " x " << m;
      EXPECT_LE(host.pieces, parts);
    }
  }
}

// However a call finds its way to the code: straight, as one before, or bound anew.
TEST(Parallel, SplitsWhatIsWorthIt) {
  for (const std::string_view text : {"exp(x)", "softmax(x)"}) {
    const Binding x{"x", DType::f32, Shape{"n", "m"}};
    const Graph g = *build(*parse_program(text), std::span(&x, 1));
    const Kernel k = *engine().compile(g, *make_spec(g));
    for (const auto& [n, pieces] : {std::pair<std::int64_t, std::int64_t>{4, 0}, {4000, 2}}) {
      Random random(1);
      const Tensor input = random_tensor(DType::f32, {n, 100}, random);
      Buffer in = *Buffer::make(DType::f32, input.dims);
      to_memory(DType::f32, input.elements, in.data());
      std::vector<Bits> first;
      for (const bool alone : {true, false, true, false}) {
        const Buffer out = *Buffer::make(DType::f32, input.dims);
        Host host;
        const ParallelFor parallel{&host, Host::run, 2};
        ASSERT_TRUE(succeeded(
            k(std::array{in.view()}, std::array{out.view()}, {}, alone ? nullptr : &parallel)));
        EXPECT_EQ(host.pieces, alone ? 0 : pieces) << text << " of " << n << " rows";
        const auto got = from_memory(DType::f32, out.data(), static_cast<std::size_t>(n * 100));
        if (first.empty()) first = got;
        EXPECT_EQ(got, first) << text << " of " << n << " rows";
      }
    }
  }
}

// Threads that write into one cache line take it from each other at every store.
TEST(Parallel, ColumnsOfACacheLineStayTogether) {
  const Result<Program> text = parse_program("softmax(x, axis=0)");
  ASSERT_TRUE(succeeded(text));
  for (const auto& [columns, pieces] : {std::pair<std::int64_t, std::int64_t>{2, 1},
                                        {48, 1},
                                        {64, 1},
                                        {65, 2},
                                        {128, 2},
                                        {1000, 2}}) {
    Random random(1);
    const Binding x{"x", DType::f32, Shape{4096, columns}};
    const Graph g = *build(*text, std::span(&x, 1));
    const Tensor input = random_tensor(DType::f32, {4096, columns}, random);
    Buffer in = *Buffer::make(DType::f32, input.dims), out = *Buffer::make(DType::f32, input.dims);
    to_memory(DType::f32, input.elements, in.data());
    const std::array inputs{in.view()}, outputs{out.view()};
    const Kernel k = *engine().compile(g, *make_spec(g, inputs, outputs));
    Host host;
    const ParallelFor parallel{&host, Host::run, 2};
    ASSERT_TRUE(succeeded(k(inputs, outputs, {}, &parallel)));
    EXPECT_EQ(std::max<std::int64_t>(host.pieces, 1), pieces) << columns << " columns";
  }
}

}  // namespace
}  // namespace actjit::test
