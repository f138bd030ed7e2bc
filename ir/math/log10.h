// log10(x).
#pragma once

#include "ir/math/log.h"
#include "ir/math/near_f32_log.h"

namespace actjit::math {

inline constexpr LogBase base_10{{0x1.34413509f7800p-2, 0x1.fef311f12b358p-46},
                                 {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}};

inline constexpr Expansion log10_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::log(x[0], base_10); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return log_f64(x[0], base_10); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::log(x[0], base_10); }}};

inline constexpr MathFunction log10_function{Op::log10, "", Parity::neither, Monotone::increasing,
                                             log10_expansions};

}  // namespace actjit::math
