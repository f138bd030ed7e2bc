#include "tools/common/pool.h"

#include <algorithm>
#include <system_error>

namespace actjit::tools {

Pool::Pool(int threads) {
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      break;  // the system gives no more; fewer compute the same
    }
  }
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
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
  {
    const std::lock_guard lock(mutex_);
    body_ = body;
    state_ = state;
    count_ = count;
    next_ = 0;
    busy_ = workers_.size();
    ++call_;
  }
  wake_.notify_all();
  take_indices();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Pool::work() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stop_ || call_ != seen; });
    if (stop_) return;
    seen = call_;
    lock.unlock();
    take_indices();
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

void Pool::take_indices() {
  for (std::int64_t i = next_++; i < count_; i = next_++) body_(state_, i);
}

}  // namespace actjit::tools
