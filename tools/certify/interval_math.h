// Functions of intervals (see interval.h).
#pragma once

#include "tools/certify/interval.h"

namespace actjit::tools {

// A function step, of operands of kind `number` (pow and hypot: or nan).
void apply_function(Do what, const Interval& a, const Interval& b, Interval& out);

}  // namespace actjit::tools
