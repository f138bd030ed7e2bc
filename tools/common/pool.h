// Threads for kernels, which have none of their own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/parallel.h"

namespace actjit::tools {

// The caller's thread and `threads - 1` of its own. One call at a time.
class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  ParallelFor parallel_for();
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

 private:
  using Body = void (*)(void* state, std::int64_t index);

  void run(std::int64_t count, Body body, void* state);
  void work();
  void take_indices();

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  // The call in progress; workers see a new one by its number.
  std::uint64_t call_ = 0;
  std::size_t busy_ = 0;
  bool stop_ = false;
  Body body_ = nullptr;
  void* state_ = nullptr;
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_{0};
};

}  // namespace actjit::tools
