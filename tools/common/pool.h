// Threads for kernels, which have none of their own.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "runtime/parallel.h"

namespace actjit::tools {

// The caller's thread and `threads - 1` of its own. One call at a time.
//
// To wake a thread takes as long as a kernel does for a hundred thousand elements. So a thread
// without work looks for some for a while before it sleeps, and the caller waits for pieces that
// have been taken, never for a thread: what nobody has taken it does itself. The first index is
// always the caller's: of two threads each finds in its cache what it left there in the last call.
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
  void do_index(std::int64_t i);

  std::vector<std::thread> workers_;
  int looks_ = 0;  // before a thread sleeps
  // The call in progress. Whoever takes an index may read them until the index is done.
  Body body_ = nullptr;
  void* state_ = nullptr;
  std::int64_t count_ = 0;
  // On lines of their own: one is looked at while the other changes.
  alignas(64) std::atomic<std::int64_t> untaken_{0};
  alignas(64) std::atomic<std::int64_t> undone_{0};
};

}  // namespace actjit::tools
