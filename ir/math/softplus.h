// softplus(x) = log(1 + e^x) = max(x, 0) + log1p(e), e = e^-|x|.
#pragma once

#include "ir/math/exp.h"
#include "ir/math/f32_octaves.h"
#include "ir/math/f32_rough.h"
#include "ir/math/near_f32_log.h"

namespace actjit::math {

// tools/coefficients/log.sollya: 2 atanh(s) / s - 2 = z P(z) within 2^-56.5, z = s^2, for
// 0 <= s <= 1/3.
inline constexpr Coefficients<10> log1p_unit_p = {
    0x1.5555555555555p-1, 0x1.999999999a27cp-2, 0x1.24924923df843p-2, 0x1.c71c726c171afp-3,
    0x1.745cf154e8581p-3, 0x1.3b18a6cd119f3p-3, 0x1.10acf61876aa7p-3, 0x1.eb8a175c590e7p-4,
    0x1.688edd07e1f92p-4, 0x1.4afd63cfd0f0cp-3,
};

// log1p(e) = e + s inner with s = e / (2 + e), inner = z P(z) - e; the large ones are divided by
// `unscale`.
struct Log1pOfExp {
  Value large_s;
  Value inner;
  Value s;

  // log1p(e + lo) - e, 1 / (1 + e) being near 1 - 3 s / 2.
  constexpr Value beyond(Value lo) const { return fma(large_s, inner, lo * fma(s, -1.5, 1.0)); }
};
constexpr Log1pOfExp log1p_of_exp(Value large_e, Value unscale) {
  const Value e = large_e * unscale;
  const Value large_s = large_e / (e + 2.0);
  const Value s = large_s * unscale;
  const Value z = s * s;
  return {large_s, fma(z, even_odd(z, log1p_unit_p), -e), s};
}

// The logarithm is made 2^128 times as large, so that a subnormal result is rounded once, by the
// last fma.
inline constexpr double softplus_magic = integer_magic + 128;
inline constexpr double softplus_unscale = 0x1p-128;

constexpr Value softplus_f64(Value x) {
  const Value t = max(-abs(x), -746.0);
  const Ln2Reduction reduced = reduce_by_ln2(t, x.like(softplus_magic));
  const Value large_e = exp_reduced(reduced) * power_of_two(reduced.k_bits);
  const Log1pOfExp log = log1p_of_exp(large_e, x.like(softplus_unscale));
  return fma(fma(log.large_s, log.inner, large_e), softplus_unscale, max(x, 0.0));
}

inline constexpr Expansion softplus_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::softplus(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return softplus_f64(x[0]); }},
    {.dtype = DType::f32,
     .max_ulp = f32::rough_ulp,
     .expand = [](std::span<const Value> x) { return f32::rough::softplus(x[0]); },
     .flushes = true},
    {DType::f32, f32::fast_ulp,
     [](std::span<const Value> x) { return f32::softplus(x[0], f32::fast); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::softplus(x[0]); }}};

inline constexpr MathFunction softplus_function{Op::softplus, "max(a, 0) + log1p(exp(-abs(a)))",
                                                Parity::neither, Monotone::increasing,
                                                softplus_expansions};

}  // namespace actjit::math
