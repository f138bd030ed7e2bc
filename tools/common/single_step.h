// The instructions that a piece of work executes, found by stepping through it with the processor's
// trap flag: whatever made the code, and whichever way it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ir/error.h"

namespace actjit::tools {

struct Executed {
  const std::byte* at = nullptr;
  std::uint64_t times = 0;
};

inline constexpr std::uint64_t usual_max_steps = 2'000'000;

// Steps through one call of `work`, some microseconds each, and only through those of the calling
// thread. One call at a time in a process. Errors: limit where there are more than `max_steps`;
// unsupported where the machine does not step.
Result<std::vector<Executed>> executed_instructions(const std::function<void()>& work,
                                                    std::uint64_t max_steps = usual_max_steps);

}  // namespace actjit::tools
