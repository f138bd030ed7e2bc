// mish(x) = x tanh(softplus(x)) = x n / (n + 2), n = e (e + 2), e = e^x.
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/f32.h"
#include "ir/math/f32_rough.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// e and n are made 2^128 times as large, so that a subnormal result is rounded once, by the last
// product. Only e and the result are rounded; the other errors are carried along.
constexpr Value mish_f64(Value x) {
  const double down = 0x1p-128;
  const Value t = min(max(x, -760.0), 40.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(integer_magic + 128));
  const Value scale = power_of_two(reduced.k_bits);
  const Value e = fma(scale, expm1_reduced(reduced.r), scale);
  const Value e_unscaled = e * down;
  const Value twice = e + e;
  const Value n = fma(e, e_unscaled, twice);
  const Value n_lo = fma(e, e_unscaled, twice - n);
  const Value d = fma(n, down, 2.0);
  const Value d_lo = fma(n_lo, down, fma(n, down, 2.0 - d));
  const auto [top, top_error] = two_product(t, n);
  const Value y = quotient({top, fma(t, n_lo, top_error)}, {d, d_lo}) * down;
  return select(x > 40.0, x, copysign(y, x));
}

inline constexpr Expansion mish_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::mish(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return mish_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::mish(x[0]); },
     .flushes = true},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::mish(x[0], f32::fast); }}};

inline constexpr MathFunction mish_function{Op::mish, "a * tanh(softplus(a))", Parity::neither,
                                            Monotone::no, mish_expansions};

}  // namespace actjit::math
