// cos(x), x in radians.
#pragma once

#include "ir/math/sincos.h"

namespace actjit::math {

constexpr Value cos_f64(Value x) {
  const Value positive = bitcast(x.like(0.0), DType::i64);
  return sine_of_shifted(abs(x), 1, positive);
}

inline constexpr Expansion cos_expansions[] = {
    {DType::f64, 1.0, [](std::span<const Value> x) { return cos_f64(x[0]); }}};

inline constexpr MathFunction cos_function{Op::cos, "", Parity::even, Monotone::no, cos_expansions};

}  // namespace actjit::math
