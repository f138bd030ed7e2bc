// When stores had better go past the caches. Internal to runtime.
#pragma once

#include <cstdint>
#include <span>

#include "ir/graph.h"

namespace actjit {

// From so many elements on that a call of this graph stores, nothing of the first of them is left
// in the nearer caches when the last ones are stored, and to fetch what is overwritten only costs
// time. docs/architecture.md says what was measured. The largest number there is where the size of
// the caches is not known.
std::int64_t streaming_elements(const Graph& graph);

// An output that begins where an input does was fetched anyway.
bool is_in_place(std::span<void* const> inputs, std::span<void* const> outputs);

}  // namespace actjit
