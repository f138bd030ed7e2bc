// tanh_shrink(x) = x - tanh(x): x^3 P(x^2) for |x| < 1, else |x| - 1 + 2 / (e^(2|x|) + 1).
#pragma once

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/near_f32.h"

namespace actjit::math {

// tools/coefficients/tanh_shrink.sollya: (x - tanh(x)) / x^3 = P(x^2) within 2^-54 relative.
inline constexpr Coefficients<16> tanh_shrink_p = {
    0x1.5555555555555p-2,  -0x1.111111111106cp-3,  0x1.ba1ba1ba10ccdp-5,  -0x1.664f4880381c1p-6,
    0x1.226e350a76cf9p-7,  -0x1.d6d3c35d5de85p-9,  0x1.7da2aa018e514p-10, -0x1.35511acb4d6a7p-11,
    0x1.f51aeb7d3c076p-13, -0x1.9480168989f8ap-14, 0x1.41c4f715ac62ap-15, -0x1.e903f3b4520d7p-17,
    0x1.4d2be6cbdc46fp-18, -0x1.6f452f803b2bbp-20, 0x1.175f548b44438p-22, -0x1.a94746be97291p-26,
};

// x (x^2 P(x^2)), the roundings of x^2, of the outermost step of P and of their product carried.
constexpr Value tanh_shrink_near_zero(Value x) {
  const auto [x2, x2_lo] = two_product(x, x);
  const auto after_first = std::span(tanh_shrink_p).subspan(1);
  const Value slope = constant_last(x2, after_first);
  const Value p = fma(x2, slope, tanh_shrink_p[0]);
  const Value p_lo = fma(x2, slope, tanh_shrink_p[0] - p);
  const auto [product, error] = two_product(x2, p);
  return fma(x, product, x * fma(x2, p_lo, fma(x2_lo, p, error)));
}

constexpr Value tanh_shrink_f64(Value x) {
  const Value a = abs(x);
  const Value t = min(a, 20.0);
  const Ln2Reduction reduced = reduce_by_ln2(t + t, x.like(integer_magic));
  const Value scale = power_of_two(reduced.k_bits);
  const Value divisor = fma(scale, expm1_reduced(reduced.r), scale + 1.0);
  const Value far = (a - 1.0) + 2.0 / divisor;
  return select(a < 1.0, tanh_shrink_near_zero(x), copysign(far, x));
}

inline constexpr Expansion tanh_shrink_expansions[] = {
    {DType::f64, near_f32_ulp,
     [](std::span<const Value> x) { return near_f32::tanh_shrink(x[0]); }},
    {DType::f64, 2.0, [](std::span<const Value> x) { return tanh_shrink_f64(x[0]); }}};

inline constexpr MathFunction tanh_shrink_function{Op::tanh_shrink, "a - tanh(a)", Parity::odd,
                                                   Monotone::increasing, tanh_shrink_expansions};

}  // namespace actjit::math
