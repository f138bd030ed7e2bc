// The neighbourhoods where functions change their ways.
#pragma once

#include "runtime/kernel.h"
#include "tools/certify/domain.h"

namespace actjit::tools {

// Inputs around zero, the ends of the subnormal numbers and the infinities, around every power of
// two, and around each input where the kernel's results change between the classes zero, subnormal,
// normal, infinite and NaN, or change their sign, as far as every `every`th input shows it.
// Errors: those of the kernel's call.
Result<std::vector<Bits>> border_inputs(const Kernel& kernel, DType input, DType output,
                                        std::uint64_t every);

}  // namespace actjit::tools
