// Memory comes back: kernels compiled and dropped leave neither bytes nor mappings behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "ir/value.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

std::int64_t resident_bytes() {
  std::int64_t total = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::int64_t n = 0;
  for (std::string line; std::getline(maps, line);) ++n;
  return n;
}

void compile_and_drop(const Engine& e, int k) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  g.output("y", (x * x + k).id);
  const Kernel kernel = *e.compile(g, *make_spec(g));
  float in = 1;
  float out = 0;
  const TensorView from = TensorView::dense(DType::f32, static_cast<const void*>(&in), {1});
  const TensorView to = TensorView::dense(DType::f32, &out, {1});
  ASSERT_TRUE(succeeded(kernel(std::array{from}, std::array{to})));
  ASSERT_EQ(out, static_cast<float>(1 + k));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int cycles = 200;  // sanitizers keep what is freed; here they look for mistakes
constexpr bool measures = false;
#else
constexpr int cycles = 2000;
constexpr bool measures = true;
#endif

// 10,000 cycles may grow by 20 MiB; ACTJIT_CYCLES=10000 runs that many.
TEST(Memory, CompiledAndDroppedKernelsLeaveNothing) {
  const char* asked = std::getenv("ACTJIT_CYCLES");
  const int n = asked ? std::atoi(asked) : cycles;
  const Engine e = *Engine::create();
  for (int i = 0; i < 100; ++i) compile_and_drop(e, i);
  const std::int64_t bytes_before = resident_bytes();
  const std::int64_t mappings_before = mappings();
  for (int i = 0; i < n; ++i) compile_and_drop(e, i);
  const std::int64_t grown = resident_bytes() - bytes_before;
  const std::int64_t mapped = mappings() - mappings_before;
  std::printf("%d cycles: %ld bytes (%.0f a cycle), %ld mappings more\n", n,
              static_cast<long>(grown), static_cast<double>(grown) / n, static_cast<long>(mapped));
  EXPECT_EQ(e.kernels(), 0u);
  if (!measures) return;
  EXPECT_LT(grown, (std::int64_t{20} << 20) * n / 10000);
  EXPECT_LE(mapped, 2);
}

TEST(Memory, EnginesLeaveNothing) {
  for (int i = 0; i < 5; ++i) compile_and_drop(*Engine::create(), i);
  const std::int64_t bytes_before = resident_bytes();
  const std::int64_t mappings_before = mappings();
  for (int i = 0; i < 100; ++i) compile_and_drop(*Engine::create(), i);
  if (!measures) return;
  EXPECT_LT(resident_bytes() - bytes_before, 4 << 20);
  EXPECT_LE(mappings() - mappings_before, 2);
}

// A kernel more is its code in a page of its own and what it is called with: 12 KiB, of which
// gelu takes 10. Measured from the hundredth on, when LLVM has what it keeps.
TEST(Memory, AKernelMoreIsSmall) {
  constexpr int settled = 100, more = 400;
  const Engine e = *Engine::create();
  std::vector<Kernel> kernels;
  const auto compile = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Graph g;
      const Value x{&g, g.input("x", DType::f32, {"n"})};
      const Value y = x * (1.5 + static_cast<double>(kernels.size()));
      g.output("y", g.apply(Op::gelu, std::array{y.id}));
      kernels.push_back(*e.compile(g, *make_spec(g)));
    }
  };
  compile(settled);
  const std::int64_t bytes_before = resident_bytes();
  const std::int64_t mappings_before = mappings();
  compile(more);
  const std::int64_t grown = resident_bytes() - bytes_before;
  const std::int64_t mapped = mappings() - mappings_before;
  std::printf("%.0f bytes a kernel, %ld mappings more\n", static_cast<double>(grown) / more,
              static_cast<long>(mapped));
  if (!measures) return;
  EXPECT_LT(grown, std::int64_t{12} * 1024 * more);
  EXPECT_LE(mapped, 8);
}

// Code is never writable and executable at once, in no mapping of this process.
TEST(Memory, NothingIsWritableAndExecutable) {
  Graph g;
  g.output("y", (Value{&g, g.input("x", DType::f32, {"n"})} + 1.0).id);
  const Kernel kernel = *engine().compile(g, *make_spec(g));
  const auto entry = reinterpret_cast<std::uintptr_t>(kernel.entry());
  std::ifstream maps("/proc/self/maps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long first = 0;
    unsigned long last = 0;
    char access[5] = {};
    ASSERT_EQ(std::sscanf(line.c_str(), "%lx-%lx %4s", &first, &last, access), 3);
    EXPECT_FALSE(access[1] == 'w' && access[2] == 'x') << line;
    if (entry < first || entry >= last) continue;
    found = true;
    EXPECT_STREQ(access, "r-xp") << line;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace actjit::test
