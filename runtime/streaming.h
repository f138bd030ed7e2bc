// When stores had better go past the caches. Internal to runtime.
#pragma once

#include <cstdint>

namespace actjit {

// From so many bytes on that a call stores, nothing of the first of them is left in the nearer
// caches when the last ones are stored, and to fetch what is overwritten only costs time.
// docs/architecture.md says what was measured.
std::int64_t streaming_bytes();

}  // namespace actjit
