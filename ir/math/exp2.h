// 2^x = 2^k 2^r, |r| <= 1/2.
#pragma once

#include "ir/math/exp.h"
#include "ir/math/f32_precise.h"
#include "ir/math/f32_rough.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// tools/coefficients/exp.sollya: 2^r = 1 + r ln2_hi + r^2 q(r) within 2^-56.4 for |r| <= 1/2.
inline constexpr Coefficients<10> exp2_q = {
    0x1.ebfbdff82c598p-3,  0x1.c6b08d704a1d3p-5,  0x1.3b2ab6fba1ec4p-7,  0x1.5d87fe787493ap-10,
    0x1.4309130944095p-13, 0x1.ffcbfd479e5bap-17, 0x1.62bfd4df40b7ep-20, 0x1.b52335e6fe7d5p-24,
    0x1.e60595a88c4ap-28,  0x1.ec6b62822310bp-32,
};

constexpr Value exp2_f64(Value x) {
  const Value t = min(max(x, -1076.0), 1024.0);
  const auto [magic, unscale] = exp_scaling(t);
  const Value sum = t + magic;
  const Value r = t - (sum - magic);
  const Value r2 = r * r;
  const Value head = fma(r, ln2_hi, 1.0);
  const Value rest = fma(r, ln2_hi, 1.0 - head);
  const Value y = head + fma(r2, constant_last(r, r2, exp2_q), rest);
  return y * power_of_two(bitcast(sum, DType::i64)) * unscale;
}

inline constexpr Expansion exp2_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::exp2(x[0]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return exp2_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::exp2(x[0]); },
     .flushes = true},
    {.dtype = DType::f32,
     .max_ulp = f32::fast_ulp,
     .expand = [](std::span<const Value> x) { return f32::exp2_or_zero(x[0], f32::fast); },
     .flushes = true},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::exp2(x[0]); }}};

inline constexpr MathFunction exp2_function{Op::exp2, "", Parity::neither, Monotone::increasing,
                                            exp2_expansions};

}  // namespace actjit::math
