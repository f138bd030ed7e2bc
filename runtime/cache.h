// The in-memory cache: one kernel for each key while somebody holds it, one compilation for each
// key while it runs, however many threads ask. Internal to runtime.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "runtime/code.h"

namespace actjit {

// A key where it lies, for looking up.
struct CacheKeyView {
  const Graph& graph;
  const Spec& spec;

  CacheKeyView(const Graph& g, const Spec& s) : graph(g), spec(s) {}
  CacheKeyView(const std::shared_ptr<const CacheKey>& key) : graph(key->graph), spec(key->spec) {}
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
  using Key = std::shared_ptr<const CacheKey>;
  using Make = std::function<Result<std::shared_ptr<Kernel::Code>>(const Key&)>;

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

  Result<Shared> make_and_publish(const Key& key, const Make& make,
                                  std::promise<Result<Shared>>& promise);
  void forget(const Key& key);

  mutable std::mutex mutex_;
  std::unordered_map<Key, Slot, CacheHash, CacheEqual> slots_;
};

}  // namespace actjit
