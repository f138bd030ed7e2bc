// cos(x), x in radians.
#pragma once

#include "ir/math/sincos.h"

namespace actjit::math {

constexpr Value cos_f64(Value x) { return sine_or_cosine(x, true); }

inline constexpr Expansion cos_expansions[] = {
    {DType::f64, 0.9, [](std::span<const Value> x) { return cos_f64(x[0]); }}};

inline constexpr MathFunction cos_function{Op::cos, "", Parity::even, Monotone::no, cos_expansions};

}  // namespace actjit::math
