// f32 by way of f64, for functions that stand beside others with kernels in f32: the rest of a
// formula then stays there.
#pragma once

#include "ir/math/function.h"

namespace actjit::math {

// What a cheap f64 expansion is within, once it is rounded.
inline constexpr double through_f64_ulp = 0.51;

constexpr Value through_f64(Value a, Value (*f)(Value)) {
  return cast(f(cast(a, DType::f64)), DType::f32);
}
constexpr Value through_f64(Value a, Value b, Value (*f)(Value, Value)) {
  return cast(f(cast(a, DType::f64), cast(b, DType::f64)), DType::f32);
}

}  // namespace actjit::math
