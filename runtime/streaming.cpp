#include "runtime/streaming.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

namespace actjit {

namespace {

// The last level is shared by cores, or by machines that know nothing of each other, so that its
// size says little. That of the second is the core's own.
constexpr std::int64_t second_levels = 16;

}  // namespace

std::int64_t streaming_elements(const Graph& graph) {
  static const std::int64_t level = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (level <= 0) return std::numeric_limits<std::int64_t>::max();
  std::int64_t stored = 0;  // for each element
  for (const Output& o : graph.outputs()) stored += bytes(graph[o.node].dtype);
  return second_levels * level / stored;
}

bool is_in_place(std::span<void* const> inputs, std::span<void* const> outputs) {
  return std::ranges::any_of(
      outputs, [&](void* output) { return std::ranges::find(inputs, output) != inputs.end(); });
}

}  // namespace actjit
