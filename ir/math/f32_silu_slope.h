// The derivative of silu in f32, left of 0, for tiers that are content with a few ULP: see
// ir/math/f32_sloped.h. With its care it is within 1.3 ULP, beside -1.04.
// Coefficients: tools/coefficients/f32_sloped.sollya.
#pragma once

#include "ir/math/f32_sloped.h"

namespace actjit::math::f32 {

// silu'(-t) e^t = (1 - t + e^-t) / (1 + e^-t)^2 within 0.2 of 2^-24 of it. From 18.5 on it is
// 1 - t, and the result has vanished before t is bounded.
inline constexpr precise::SlopedSegments silu_slope_segments{
    1,
    18.5,
    {{{0x1p-3, 0x1.fbep-2, -0x1.278a3ap-15, -0x1.0f4p-4, -0x1.71ee88p-18, -0x1.1dc246p-2,
       -0x1.230e5cp-4, 0x1.cb7b0ep-6, 0x1.54035cp-7, -0x1.b4b446p-9},
      {0x1.8p-2, 0x1.d8p-2, 0x1.2cbf14p-17, -0x1.bccp-3, 0x1.deaf0ap-17, -0x1.482098p-2,
       -0x1.352338p-5, 0x1.31037ep-5, 0x1.00401cp-8, -0x1.3d6958p-8},
      {0x1.4p-1, 0x1.8b8p-2, -0x1.5034cep-15, -0x1.874p-2, 0x1.932a4cp-17, -0x1.567ac2p-2,
       0x1.b0685ap-12, 0x1.33b4b4p-5, -0x1.a677bap-9, -0x1.1b372p-8},
      {0x1.cp-1, 0x1.146p-2, 0x1.6accd2p-16, -0x1.18p-1, -0x1.5610d4p-14, -0x1.487f64p-2,
       0x1.1c7fp-5, 0x1.eba638p-6, -0x1.0fec3cp-7, -0x1.388b06p-9},
      {0x1.474974p0, 0, -0x1.5cd412p-27, -0x1.908p-1, 0x1.41007cp-15, -0x1.05b026p-2, 0x1.1587a8p-4,
       0x1.5886ep-7, -0x1.3a12fap-7, 0x1.9fdc7ep-11},
      {0x1.cp0, -0x1.ac4p-2, -0x1.acf076p-16, -0x1.f3ap-1, 0x1.48eb7p-15, -0x1.3cfb02p-3,
       0x1.1b6ba4p-4, -0x1.c9af44p-8, -0x1.3607e2p-8, 0x1.0249dap-9},
      {0x1.2p1, -0x1.dfap-1, 0x1.23ca98p-15, -0x1.156p0, 0x1.bbc6a4p-13, -0x1.0cc66cp-4,
       0x1.88e786p-5, -0x1.92381cp-7, -0x1.ac130ap-15, 0x1.0e26dep-10},
      {0x1.6p1, -0x1.7d6p0, 0x1.b2f55ap-13, -0x1.1e8p0, 0x1.d6ca8p-13, -0x1.73cd42p-7,
       0x1.9e4224p-6, -0x1.3f2f4cp-7, 0x1.9f9bc8p-10, 0x1.4919f2p-13},
      {0x1.cp1, -0x1.29ep1, 0x1.e9d38p-17, -0x1.1b6p0, -0x1.7be4f4p-13, 0x1.4011eep-6,
       0x1.4c368cp-8, -0x1.07cefp-8, 0x1.3b53c8p-10, -0x1.806fcap-13},
      {0x1.2p2, -0x1.b4ep1, 0x1.cb8f54p-12, -0x1.106p0, -0x1.390778p-15, 0x1.4703ap-6,
       -0x1.431306p-9, -0x1.fab87cp-12, 0x1.59abbap-12, -0x1.779c08p-14},
      {0x1.6p2, -0x1.1d6p2, -0x1.a90d4p-12, -0x1.084p0, -0x1.093882p-18, 0x1.843f2p-7,
       -0x1.45b64p-9, 0x1.f3fedap-13, 0x1.2d2eaap-15, -0x1.59e29ap-16},
      {0x1.ap2, -0x1.5eep2, 0x1.b9e276p-12, -0x1.03ep0, 0x1.77433p-13, 0x1.858c34p-8,
       -0x1.7f27d2p-10, 0x1.e68184p-13, -0x1.2fa038p-16, -0x1.0a09fap-19},
      {0x1p3, -0x1.bfap2, -0x1.b32bc4p-11, -0x1.012p0, 0x1.41b5e8p-15, 0x1.e27cc2p-10,
       -0x1.065b2p-11, 0x1.9526a6p-14, -0x1.c6e81p-17, 0x1.48131p-20},
      {0x1.4p3, -0x1.2p3, 0x1.c43802p-11, -0x1.004p0, 0x1.ada602p-13, 0x1.64edap-12,
       -0x1.9c22ecp-14, 0x1.5c7f2p-16, -0x1.d1c1a6p-19, 0x1.dd5e36p-22},
      {0x1.8p3, -0x1.6p3, 0x1.285c38p-13, -0x1p0, -0x1.0e96e6p-13, 0x1.e9a03p-15, -0x1.23e1aap-16,
       0x1.018cb4p-18, -0x1.6f8adap-21, 0x1.9cdebep-24},
      {0x1.f8p3, -0x1.d8p3, 0x1.27c2eep-18, -0x1p0, -0x1.15ee76p-18, 0x1.02079cp-19,
       -0x1.2ed67ap-21, 0x1.18266p-23, -0x1.0eb154p-25, 0x1.3feaf2p-28}}}};

constexpr Value silu_slope_on_the_left(Value x, const Terms& terms) {
  constexpr precise::Segments plain = silu_slope_segments.plain();
  const Value t = min(-x, gate_end);
  const auto [scale, power] = exponential({t, Real(-1)}, terms.exp_close, shift);
  const Value bounded = silu_slope_segments.bounded(t);
  const auto [h, value, g] =
      precise::locate(bounded, silu_slope_segments.index(t), plain, silu_slope_segments.offset);
  return (fma(h, g, value) + (bounded - t)) * power * scale * unshift;
}

}  // namespace actjit::math::f32
