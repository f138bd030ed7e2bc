// log1p(x) = log(1 + x) = log(u) + c / u, where u + c = 1 + x exactly.
#pragma once

#include "ir/math/log.h"
#include "ir/math/near_f32_log.h"
#include "ir/math/through_f64.h"

namespace actjit::math {

constexpr Value log1p_f64(Value x) {
  const auto [u, c] = fast_two_sum(max(x, 1.0), min(x, 1.0));
  const auto [k, m, word] = split_normal(u, x.like(exponent_bias), low_bits);
  Log1p log = log1p_reduced(m - 1.0);
  // 1 / u = 2^-k / m, and 1 / m = 1 - 2 s within 2^-4; 2^(1 - k) instead, for k = 1024.
  const std::int64_t exponent_bits = 0x7ff0000000000000;
  const Value scale = bitcast(exponent_bits - (word & exponent_bits), DType::f64);
  log.tail = fma(c * scale, 0.5 - log.s, log.tail);
  const Value y = log_sum(k, log, natural);
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Value at_minus_one_or_below = select(x == -1.0, x.like(-infinity), nan);
  const Value finite = select(x < infinity, copysign(y, x), x);
  return select(x > -1.0, finite, at_minus_one_or_below);
}

inline constexpr Expansion log1p_expansions[] = {
    {DType::f64, near_f32_ulp, [](std::span<const Value> x) { return near_f32::log1p(x[0]); }},
    {DType::f64, 1.0, [](std::span<const Value> x) { return log1p_f64(x[0]); }},
    {DType::f32, f32::precise_ulp,
     [](std::span<const Value> x) { return f32::precise::log1p(x[0]); }},
    {DType::f32, through_f64_ulp,
     [](std::span<const Value> x) { return through_f64(x[0], near_f32::log1p); }}};

inline constexpr MathFunction log1p_function{Op::log1p, "", Parity::neither, Monotone::increasing,
                                             log1p_expansions};

}  // namespace actjit::math
