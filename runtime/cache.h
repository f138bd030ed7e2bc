// The in-memory cache: one kernel for each key while somebody holds it, one compilation for each
// key while it runs, however many threads ask. Internal to runtime.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "runtime/kernel.h"

namespace actjit {

// Everything that shapes a kernel, compared by value.
struct CacheKey {
  Graph graph;  // compacted, so that equal programs are equal graphs
  Spec spec;
  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

struct CacheHash {
  std::size_t operator()(const CacheKey& key) const;
};

class Cache : public std::enable_shared_from_this<Cache> {
 public:
  using Shared = std::shared_ptr<const Kernel::Code>;
  using Make = std::function<Result<std::shared_ptr<Kernel::Code>>(const CacheKey&)>;

  // The kernel of `key`: the living one, the one being made, or what `make` gives.
  Result<Shared> get(CacheKey key, const Make& make);

  std::size_t living() const;

 private:
  struct Slot {
    std::weak_ptr<const Kernel::Code> code;
    std::shared_future<Result<Shared>> pending;  // valid while some thread compiles
  };

  Result<Shared> make_and_publish(const CacheKey& key, const Make& make,
                                  std::promise<Result<Shared>>& promise);
  void forget(const CacheKey& key);

  mutable std::mutex mutex_;
  std::unordered_map<CacheKey, Slot, CacheHash> slots_;
};

}  // namespace actjit
