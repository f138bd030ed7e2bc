// surrogate(x, y) = x: of y there are the derivatives only (ir/derivative.h).
#pragma once

#include "ir/math/function.h"

namespace actjit::math {

inline constexpr Expansion surrogate_expansions[] = {
    {DType::f32, 0.0, [](std::span<const Value> x) { return x[0]; }},
    {DType::f64, 0.0, [](std::span<const Value> x) { return x[0]; }}};

inline constexpr MathFunction surrogate_function{Op::surrogate, "a", Parity::neither, Monotone::no,
                                                 surrogate_expansions};

}  // namespace actjit::math
