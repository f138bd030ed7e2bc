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

// The same where it lies, for looking up.
struct CacheKeyView {
  const Graph& graph;
  const Spec& spec;

  CacheKeyView(const Graph& g, const Spec& s) : graph(g), spec(s) {}
  CacheKeyView(const CacheKey& key) : graph(key.graph), spec(key.spec) {}
};

struct CacheHash {
  using is_transparent = void;
  std::size_t operator()(const CacheKeyView& key) const;
};
struct CacheEqual {
  using is_transparent = void;
  bool operator()(const CacheKeyView& a, const CacheKeyView& b) const {
    return a.graph == b.graph && a.spec == b.spec;
  }
};

class Cache : public std::enable_shared_from_this<Cache> {
 public:
  using Shared = std::shared_ptr<const Kernel::Code>;
  using Make = std::function<Result<std::shared_ptr<Kernel::Code>>(const CacheKey&)>;

  // The living kernel of a graph that is as the key's would be, and this spec; null if there is
  // none. Copies nothing.
  Shared find(const Graph& graph, const Spec& spec) const;

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
  std::unordered_map<CacheKey, Slot, CacheHash, CacheEqual> slots_;
};

}  // namespace actjit
