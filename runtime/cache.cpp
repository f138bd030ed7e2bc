#include "runtime/cache.h"

#include <string_view>

namespace actjit {

std::size_t CacheHash::operator()(const CacheKeyView& key) const {
  std::uint64_t h = key.graph.hash();
  const auto mix = [&h](std::uint64_t word) { h = (h ^ word) * 0xff51afd7ed558ccd, h ^= h >> 32; };
  mix(static_cast<std::uint64_t>(key.spec.tier));
  mix(std::hash<std::string_view>{}(key.spec.target.name));
  for (const Layout& layout : key.spec.layouts) {
    mix(static_cast<std::uint64_t>(layout.rank));
    mix(static_cast<std::uint64_t>(layout.reduced) << 1 | (layout.across_rows ? 1 : 0));
    for (Access a : layout.access) mix(static_cast<std::uint64_t>(a));
  }
  return h;
}

Cache::Shared Cache::find(const Graph& graph, const Spec& spec) const {
  const std::lock_guard lock(mutex_);
  const auto slot = slots_.find(CacheKeyView(graph, spec));
  return slot == slots_.end() ? nullptr : slot->second.code.lock();
}

Result<Cache::Shared> Cache::get(CacheKey wanted, const Make& make) {
  const Key key = std::make_shared<const CacheKey>(std::move(wanted));
  std::promise<Result<Shared>> promise;
  std::shared_future<Result<Shared>> pending;
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[key];
    if (Shared code = slot.code.lock()) return code;
    if (slot.pending.valid())
      pending = slot.pending;
    else
      slot.pending = promise.get_future().share();
  }
  if (pending.valid()) return pending.get();
  return make_and_publish(key, make, promise);
}

Result<Cache::Shared> Cache::make_and_publish(const Key& key, const Make& make,
                                              std::promise<Result<Shared>>& promise) {
  Result<Shared> result = [&]() -> Result<Shared> {
    try {
      Result<std::shared_ptr<Kernel::Code>> made = make(key);
      if (!made) return made.error();
      // The cache may go before the last handle does.
      (*made)->on_release = [self = weak_from_this(), key] {
        if (const std::shared_ptr<Cache> cache = self.lock()) cache->forget(key);
      };
      return Shared(std::move(*made));
    } catch (const std::exception& e) {
      // Whoever waits must hear of it.
      return make_error(ErrorCode::internal, e.what());
    }
  }();
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(key);
    slot->second.pending = {};
    if (result)
      slot->second.code = *result;
    else
      slots_.erase(slot);
  }
  promise.set_value(result);
  return result;
}

void Cache::forget(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto slot = slots_.find(key);
  // The key may be compiled or alive again already.
  if (slot != slots_.end() && !slot->second.pending.valid() && slot->second.code.expired())
    slots_.erase(slot);
}

std::size_t Cache::living() const {
  const std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (const auto& [key, slot] : slots_) n += !slot.code.expired();
  return n;
}

}  // namespace actjit
