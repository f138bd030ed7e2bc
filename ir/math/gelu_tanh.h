// gelu_tanh(x) = x / 2 (1 + tanh(u)) = x / (1 + e^-v) = max(x, 0) - |x| / (1 + e^|v|), with
// v = 2 u = x (c + d x^2).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/f64_fast.h"
#include "ir/math/gate.h"
#include "ir/math/gelu_tanh_cubic.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// c = 2 sqrt(2 / pi), its hi a multiple of 2^-46.
inline constexpr Real gelu_tanh_c{0x1.9884533d43640p+0, 0x1.08d0fcb3c500cp-48};

// An error of v is a relative error of e^-v, and v goes up to 758: v is needed to 2^-64.
constexpr DoubleDouble gelu_tanh_argument(Value x) {
  const auto [x2, x2_lo] = two_product(x, x);
  const auto [dx2, dx2_error] = two_product(x2, x.like(gelu_tanh_d.hi));
  const Value dx2_lo = fma(x2_lo, gelu_tanh_d.hi, fma(x2, gelu_tanh_d.lo, dx2_error));
  // Exact although dx2 may be the larger one: sum < 64 and c are multiples of the same 2^-46.
  const auto [sum, sum_error] = fast_two_sum(x.like(gelu_tanh_c.hi), dx2);
  const Value sum_lo = sum_error + (dx2_lo + gelu_tanh_c.lo);
  const auto [v, v_error] = two_product(x, sum);
  return {v, fma(x, sum_lo, v_error)};
}

constexpr Value gelu_tanh_f64(Value x) {
  const Value t = min(abs(x), 22.0);
  const auto [v, v_lo] = gelu_tanh_argument(t);
  return gated(x, t, reduce_by_ln2(max(v, smallest_gate), v_lo, x.like(gate_magic)));
}

inline constexpr Expansion gelu_tanh_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::gelu_tanh(x[0]); }},
    {DType::f64, f64::close_ulp,
     [](std::span<const Value> x) { return f64::fast::gelu_tanh(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return gelu_tanh_f64(x[0]); }},
    {DType::f32, f32::rough_ulp,
     [](std::span<const Value> x) { return f32::rough::gelu_tanh(x[0]); }},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::gelu_tanh(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::gelu_tanh(x[0]); }}};

inline constexpr MathFunction gelu_tanh_function{
    Op::gelu_tanh, "a / 2 * (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a ** 3)))", Parity::neither,
    Monotone::no, gelu_tanh_expansions};

}  // namespace actjit::math
