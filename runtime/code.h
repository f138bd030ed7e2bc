// What the handles of one kernel share. Internal to runtime.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "codegen/jit.h"
#include "runtime/direct_call.h"
#include "runtime/kernel.h"

namespace actjit {

// Everything that shapes a kernel, compared by value.
struct CacheKey {
  Graph graph;  // compacted, so that equal programs are equal graphs
  Spec spec;
};

struct Kernel::Code {
  // Its own, also when it is gone and another lies in its place.
  const std::uint64_t id = [] {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
  }();
  std::shared_ptr<const CacheKey> key;  // the cache's
  Schedule schedule;                    // without the steps' graphs, which the plans have
  std::vector<Plan> plans;              // one for each of its steps
  CompileTimes times;
  std::optional<DirectCall> direct;
  std::shared_ptr<const LoadedCode> loaded;
  std::function<void()> on_release;  // tells the cache that the last handle is gone

  ~Code() {
    if (on_release) on_release();
  }
};

}  // namespace actjit
