// The tool's threads: every index once, call after call.
#include "tools/common/pool.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace actjit::tools
