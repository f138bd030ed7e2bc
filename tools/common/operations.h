// The operations that a call executes, and the cycles they need at least (codegen/operations.h).
#pragma once

#include <functional>

#include "codegen/operations.h"
#include "tools/common/single_step.h"

namespace actjit::tools {

// Of one call of `work`, on this thread; where there is `less`, what is more than in a call of
// that. Errors: those of executed_instructions().
Result<Operations> count_operations(const std::function<void()>& work,
                                    const std::function<void()>& less = {},
                                    std::uint64_t max_steps = usual_max_steps);

// "1.00 operations, 1.00 loads, 1.00 stores", and the rest where there is some.
std::string show(const Operations& operations);

}  // namespace actjit::tools
