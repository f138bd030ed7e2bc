// sin(x), x in radians.
#pragma once

#include "ir/math/sincos.h"

namespace actjit::math {

constexpr Value sin_f64(Value x) { return sine_or_cosine(x, false); }

inline constexpr Expansion sin_expansions[] = {
    {DType::f64, 0.9, [](std::span<const Value> x) { return sin_f64(x[0]); }}};

inline constexpr MathFunction sin_function{Op::sin, "", Parity::odd, Monotone::no, sin_expansions};

}  // namespace actjit::math
