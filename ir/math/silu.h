// silu(x) = x / (1 + e^-x) = max(x, 0) - |x| / (1 + e^|x|).
#pragma once

#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f64_fast.h"
#include "ir/math/gate.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

constexpr Value silu_f64(Value x) {
  const Value t = min(abs(x), 760.0);
  return gated(x, t, reduce_by_ln2(max(t, smallest_gate), x.like(gate_magic)));
}

inline constexpr Expansion silu_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::silu(x[0]); }},
    {DType::f64, f64::close_ulp, [](std::span<const Value> x) { return f64::fast::silu(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return silu_f64(x[0]); }},
    {DType::f32, f32::rough_ulp, [](std::span<const Value> x) { return f32::rough::silu(x[0]); }},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::silu(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::silu(x[0]); }}};

inline constexpr MathFunction silu_function{Op::silu, "a * sigmoid(a)", Parity::neither,
                                            Monotone::no, silu_expansions};

}  // namespace actjit::math
