#include "runtime/streaming.h"

#include <unistd.h>

#include <limits>

namespace actjit {

namespace {

// The last level is shared by cores, or by machines that know nothing of each other, so that its
// size says little. That of the second is the core's own.
constexpr std::int64_t second_levels = 16;

}  // namespace

std::int64_t streaming_bytes() {
  static const std::int64_t bytes = [] {
    const std::int64_t level = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return level > 0 ? second_levels * level : std::numeric_limits<std::int64_t>::max();
  }();
  return bytes;
}

}  // namespace actjit
