// Operands that are known constants, and arithmetic on their values.
#pragma once

#include "ir/value.h"

namespace actjit::math {

// Whether b is a constant of ordinary size: then numbers of the size of 1 / b or b need no care.
constexpr bool is_ordinary_constant(Value b) {
  if (!b.graph->is_constant(b.id)) return false;
  const double hi = b.graph->real(b.id).hi;
  const double size = hi < 0 ? -hi : hi;
  return size >= 0x1p-20 && size <= 0x1p60;
}
constexpr Real constant_of(Value b) { return b.graph->real(b.id); }
constexpr Real negated(Real r) { return {-r.hi, -r.lo}; }

// 1 / b.
constexpr Real reciprocal(Real b) {
  const double hi = 1 / b.hi;
  const double rest = -__builtin_fma(hi, b.hi, -1.0) - hi * b.lo;
  return {hi, rest * hi};
}

}  // namespace actjit::math
