// compensated(x, y) = y, for x that is y in real numbers: y with what its roundings lose put back.
//
// x is computed where the last bits of f64 count. Where the value is rounded to less, and in f32,
// what would be put back is far below the last bit, and y is computed. Its derivatives and its
// oracle are those of y, so that a certificate proves x too.
#pragma once

#include "ir/math/function.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

inline constexpr Expansion compensated_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return x[1]; }},
    {DType::f64, 0.0, [](std::span<const Value> x) { return x[0]; }},
    {DType::f32, 0.0, [](std::span<const Value> x) { return x[1]; }}};

inline constexpr MathFunction compensated_function{Op::compensated, "b", Parity::neither,
                                                   Monotone::no, compensated_expansions};

}  // namespace actjit::math
