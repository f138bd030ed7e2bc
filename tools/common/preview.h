// Tensors as text, the way NumPy shows them: the edges of what is long.
#pragma once

#include <string>

#include "runtime/tensor.h"

namespace actjit::tools {

std::string preview(const Buffer& tensor);

}  // namespace actjit::tools
