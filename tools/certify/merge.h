// Merges the corrections of neighbouring runs into one interval.
#pragma once

#include "runtime/kernel.h"
#include "tools/certify/repair.h"

namespace actjit::tools {

// Two runs with a common correction become one where nothing lies between them that the correction
// would change: there the kernel is right as it is, so its results are what the variants are
// compared with. Errors: those of the kernels' calls.
Result<void> merge_runs(Repair& repair, DType input, const Kernel& as_is, const Kernel& away,
                        const Kernel& towards);

}  // namespace actjit::tools
