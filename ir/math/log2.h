// log2(x).
#pragma once

#include "ir/math/log.h"
#include "ir/math/near_f32_log.h"

namespace actjit::math {

inline constexpr LogBase base_2{{1.0, 0.0}, {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56}};

inline constexpr Expansion log2_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::log(x[0], base_2); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return log_f64(x[0], base_2); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::log(x[0], base_2); }}};

inline constexpr MathFunction log2_function{Op::log2, "", Parity::neither, Monotone::increasing,
                                            log2_expansions};

}  // namespace actjit::math
