// The linking layer on its own: hand-made objects in, callable code out, memory back.
#include "codegen/jit.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "codegen/target.h"
#include "tests/support/tiny_object.h"

namespace actjit {
namespace {

using test::returning;
using test::tiny_object;
using Code = std::shared_ptr<const LoadedCode>;

int call(const Code& code) { return reinterpret_cast<int (*)()>(code->address())(); }

std::unique_ptr<Jit> new_jit() {
  auto jit = Jit::create();
  EXPECT_TRUE(jit);
  return std::move(*jit);
}

std::string load_error(const std::string& object, const std::string& symbol = "kernel") {
  auto code = new_jit()->load(object, symbol);
  EXPECT_FALSE(code);
  return code ? "" : code.error().message;
}

// What /proc says about this process: mappings, and memory in use.
std::size_t mappings() {
  std::ifstream file("/proc/self/maps");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

std::size_t resident_kib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

class JitTest : public testing::Test {
 protected:
  void SetUp() override {
#if !defined(__x86_64__)
    GTEST_SKIP() << "the hand-made objects are for x86-64";
#endif
  }
};

TEST_F(JitTest, RunsWhatItLoads) {
  auto jit = new_jit();
  auto code = jit->load(returning(42), "kernel");
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(call(*code), 42);
}

TEST_F(JitTest, ObjectsMayShareASymbol) {
  auto jit = new_jit();
  std::vector<Code> all;
  for (unsigned char i = 0; i < 100; ++i) {
    auto code = jit->load(returning(i), "kernel");
    ASSERT_TRUE(code) << code.error().message;
    all.push_back(*code);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(call(all[static_cast<std::size_t>(i)]), i);
}

TEST_F(JitTest, CodeOutlivesItsJit) {
  auto jit = new_jit();
  auto first = *jit->load(returning(1), "kernel");
  auto second = *jit->load(returning(2), "kernel");
  jit.reset();
  EXPECT_EQ(call(first), 1);
  first.reset();
  EXPECT_EQ(call(second), 2);
}

TEST_F(JitTest, RefusesSymbolsFromOutside) {
  const std::string object = tiny_object("\xc3", {{"kernel"}, {"expf", false}, {"memcpy", false}});
  EXPECT_EQ(load_error(object), "an object needs symbols from outside: expf, memcpy");
}

TEST_F(JitTest, RefusesAMissingSymbol) {
  EXPECT_NE(load_error(returning(1, "other")).find("kernel"), std::string::npos);
}

TEST_F(JitTest, RefusesWhatIsNoObject) {
  EXPECT_FALSE(load_error("").empty());
  EXPECT_FALSE(load_error("not an object at all").empty());
  const std::string object = returning(1);
  for (const std::size_t size : {std::size_t{16}, std::size_t{64}, object.size() - 1}) {
    EXPECT_FALSE(load_error(object.substr(0, size)).empty()) << size;
  }
}

TEST_F(JitTest, AFailureLeavesTheSessionUsable) {
  auto jit = new_jit();
  EXPECT_FALSE(jit->load(returning(1), "missing"));
  EXPECT_FALSE(jit->load("junk", "kernel"));
  auto code = jit->load(returning(7), "kernel");
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(call(*code), 7);
}

TEST_F(JitTest, DroppingReturnsTheMemory) {
  auto jit = new_jit();
  const auto cycle = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto code = jit->load(returning(static_cast<unsigned char>(i)), "kernel");
      ASSERT_TRUE(code) << code.error().message;
      ASSERT_EQ(call(*code), i % 256);
    }
  };
  cycle(500);
  const std::size_t mapped = mappings();
  [[maybe_unused]] const std::size_t resident = resident_kib();
  cycle(10'000);
  EXPECT_LE(mappings(), mapped + 2);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(resident_kib(), resident + 4 * 1024);  // the sanitizers keep what is freed
#endif
}

TEST_F(JitTest, LoadsAndDropsOnManyThreads) {
  auto jit = new_jit();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&jit, t] {
      Code kept;
      for (int i = 0; i < 200; ++i) {
        const auto value = static_cast<unsigned char>(t * 60 + i % 60);
        auto code = jit->load(returning(value), "kernel");
        ASSERT_TRUE(code) << code.error().message;
        EXPECT_EQ(call(*code), value);
        if (i % 3 == 0) kept = *code;
        EXPECT_FALSE(jit->load("junk", "kernel"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(JitTest, MemoryIsNeverWritableAndExecutable) {
  auto jit = new_jit();
  auto code = *jit->load(returning(1), "kernel");
  std::ifstream file("/proc/self/maps");
  for (std::string line; std::getline(file, line);) {
    EXPECT_EQ(line.find("rwx"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace actjit
