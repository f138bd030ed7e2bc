// Calls that are like one before. Internal to runtime.
//
// To check and bind the tensors of any call takes a microsecond or two, as long as a kernel takes
// for some thousand elements. Most calls have the shapes and strides of the one before and only
// other addresses: each thread remembers what was found for its last few kernels.
#pragma once

#include "runtime/kernel.h"

namespace actjit {

// Runs the kernel of `code` if this thread remembers a call of it with tensors of these shapes and
// strides, of which the same lie in place, and it is not worth splitting or may not be. False:
// nothing was done.
bool run_as_before(const Kernel::Code& code, std::span<const TensorView> inputs,
                   std::span<const TensorView> outputs, std::span<const double> scalars,
                   bool may_split);

// Remembers what `bound` was bound to, unless it is large or has memory between its parts.
void remember(const Kernel::Code& code, std::span<const TensorView> inputs,
              std::span<const TensorView> outputs, const BoundCall& bound);

}  // namespace actjit
