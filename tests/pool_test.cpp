// The tool's threads: every index once, call after call.
#include "tools/common/pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace actjit::tools {
namespace {

TEST(Pool, RunsEveryIndexOnce) {
  for (int threads : {1, 2, 5}) {
    Pool pool(threads);
    const ParallelFor parallel = pool.parallel_for();
    EXPECT_EQ(parallel.threads, threads);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 1000}) {
      std::vector<int> runs(static_cast<std::size_t>(count), 0);
      parallel.run(
          parallel.context, count,
          [](void* state, std::int64_t i) {
            ++(*static_cast<std::vector<int>*>(state))[static_cast<std::size_t>(i)];
          },
          &runs);
      for (const int n : runs) EXPECT_EQ(n, 1);
    }
  }
}

// What the caller left in its cache in one call is what it reads in the next.
TEST(Pool, FirstIndexIsTheCallers) {
  Pool pool(2);
  const ParallelFor parallel = pool.parallel_for();
  for (int call = 0; call < 1000; ++call) {
    std::vector<std::thread::id> ran(2);
    parallel.run(
        parallel.context, 2,
        [](void* state, std::int64_t i) {
          (*static_cast<std::vector<std::thread::id>*>(state))[static_cast<std::size_t>(i)] =
              std::this_thread::get_id();
        },
        &ran);
    ASSERT_EQ(ran[0], std::this_thread::get_id());
  }
}

}  // namespace
}  // namespace actjit::tools
