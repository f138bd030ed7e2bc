// What the handles of one kernel share. Internal to runtime.
#pragma once

#include <functional>
#include <vector>

#include "codegen/jit.h"
#include "runtime/kernel.h"

namespace actjit {

struct Kernel::Code {
  Graph graph;
  Spec spec;
  Schedule schedule;
  std::vector<Plan> plans;  // one for each of its steps
  CompileTimes times;
  std::vector<char> object;
  std::shared_ptr<const LoadedCode> loaded;
  std::function<void()> on_release;  // tells the cache that the last handle is gone

  ~Code() {
    if (on_release) on_release();
  }
};

}  // namespace actjit
