#include "tools/common/pool.h"

#include <system_error>

namespace actjit::tools {

namespace {

// Of the indices that are left, where the threads are to end.
constexpr std::int64_t end_of_work = -1;

// 50 to 100 microseconds.
constexpr int usual_looks = 2000;

// Until the value is another one.
template <class T>
void wait_while(const std::atomic<T>& value, T is, int looks) {
  for (int i = 0; i < looks; ++i) {
    if (value.load(std::memory_order_acquire) != is) return;
    __builtin_ia32_pause();
  }
  value.wait(is, std::memory_order_acquire);
}

}  // namespace

Pool::Pool(int threads) {
  // Threads that share a core would look for work in place of those that have some.
  if (threads <= static_cast<int>(std::thread::hardware_concurrency())) looks_ = usual_looks;
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      break;  // the system gives no more; fewer compute the same
    }
  }
}

Pool::~Pool() {
  untaken_ = end_of_work;
  untaken_.notify_all();
  for (std::thread& t : workers_) t.join();
}

ParallelFor Pool::parallel_for() {
  return {this,
          [](void* self, std::int64_t count, Body body, void* state) {
            static_cast<Pool*>(self)->run(count, body, state);
          },
          threads()};
}

void Pool::run(std::int64_t count, Body body, void* state) {
  if (count <= 0) return;
  body_ = body;
  state_ = state;
  count_ = count;
  undone_.store(count, std::memory_order_relaxed);
  untaken_.store(count - 1, std::memory_order_release);
  untaken_.notify_all();
  do_index(0);
  take_indices();
  for (std::int64_t left; (left = undone_.load(std::memory_order_acquire)) > 0;)
    wait_while(undone_, left, looks_);
}

void Pool::work() {
  while (true) {
    wait_while(untaken_, std::int64_t{0}, looks_);
    if (untaken_.load(std::memory_order_relaxed) == end_of_work) return;
    take_indices();
  }
}

// An index that was taken belongs to the call in progress, whatever call was looked for: that call
// cannot end before it is done.
void Pool::take_indices() {
  std::int64_t left = untaken_.load(std::memory_order_acquire);
  while (left > 0) {
    if (!untaken_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel,
                                        std::memory_order_acquire))
      continue;
    do_index(count_ - left);
    left = untaken_.load(std::memory_order_acquire);
  }
}

void Pool::do_index(std::int64_t i) {
  body_(state_, i);
  if (undone_.fetch_sub(1, std::memory_order_acq_rel) == 1) undone_.notify_one();
}

}  // namespace actjit::tools
