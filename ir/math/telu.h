// telu(x) = x tanh(e^x).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/near_f32.h"
#include "ir/math/tanh.h"

namespace actjit::math {

// e^x = e + e_lo is made 2^128 times as large, so that on the far left, where tanh(e^x) is e^x, a
// subnormal result is rounded once, by the last product. From 3 on tanh(e^x) is 1.
constexpr Value telu_f64(Value x) {
  const Value t = min(max(x, -760.0), 3.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(integer_magic + 128));
  const Value scale = power_of_two(reduced.k_bits);
  const auto [p, p_lo] = expm1_pair(reduced);
  const Value e = fma(scale, p, scale);
  const Value e_lo = fma(scale, p_lo, fma(scale, p, scale - e));
  const Value far = fma(t, e, t * e_lo) * 0x1p-128;
  const double twice = 0x1p-127;
  const Ln2Reduction inner = reduce_by_ln2(e * twice, e_lo * twice, x.like(integer_magic));
  const Value near = times({t, x.like(0.0)}, tanh_quotient(inner));
  return select(x > 3.0, x, copysign(select(t < -20.0, far, near), x));
}

inline constexpr Expansion telu_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::telu(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return telu_f64(x[0]); }}};

inline constexpr MathFunction telu_function{Op::telu, "a * tanh(exp(a))", Parity::neither,
                                            Monotone::no, telu_expansions};

}  // namespace actjit::math
