// The derivative of gelu in f32, for tiers that are content with a few ULP: see ir/math/f32_gelu.h.
// Coefficients: tools/coefficients/f32_gelu_slope.py.
#pragma once

#include "ir/math/f32_segments.h"
#include "ir/math/f32_tail.h"

namespace actjit::math::f32 {

// gelu'(-t) e^(t^2 / 2) = erfc(t / sqrt(2)) e^(t^2 / 2) / 2 - t / sqrt(2 pi) within 1.8 of 2^-24 of
// it, up to 14.6. Beside the root it is the centre: there h is small, and all digits are right.
inline constexpr double gelu_slope_offset = 1;
inline constexpr precise::Segments gelu_slope_segments{
    {{0x1p-3, 0x1.9d9ea2p-2, -0x1.7b796p-1, 0x1.a4e15ep-3, -0x1.b02abcp-4, 0x1.89de68p-5,
      -0x1.47153p-6, 0x1.f362dp-8},
     {0x1.8p-2, 0x1.d70acep-3, -0x1.4fa202p-1, 0x1.222f24p-3, -0x1.15c8fp-4, 0x1.dc3298p-6,
      -0x1.761baep-7, 0x1.0f87dep-8},
     {0x1.80ead2p-1, -0x1.dc87p-28, -0x1.25126cp-1, 0x1.5b2986p-4, -0x1.2baa9ep-5, 0x1.d5ad46p-7,
      -0x1.48e42ep-8, 0x1.239866p-9},
     {0x1.80ead2p-1, -0x1.dc87p-28, -0x1.25126cp-1, 0x1.5b297ap-4, -0x1.2babcap-5, 0x1.d4a5dep-7,
      -0x1.4c454p-8, 0x1.6a5d5p-10},
     {0x1.4p0, -0x1.1258fap-2, -0x1.04d48ep-1, 0x1.7b79d2p-5, -0x1.1f325ep-6, 0x1.8ff0dcp-8,
      -0x1.05b62cp-9, 0x1.3f5a8p-11},
     {0x1.cp0, -0x1.069d1ap-1, -0x1.e5194p-2, 0x1.bd45f6p-6, -0x1.2961d4p-7, 0x1.721d9ap-9,
      -0x1.b4779ep-11, 0x1.e4502ep-13},
     {0x1.2p1, -0x1.7ce966p-1, -0x1.cf050cp-2, 0x1.15aa6cp-6, -0x1.49ba04p-8, 0x1.70c472p-10,
      -0x1.899cd8p-12, 0x1.8e7abap-14},
     {0x1.6p1, -0x1.eec798p-1, -0x1.c0e9b6p-2, 0x1.6c5e3cp-7, -0x1.838ba2p-9, 0x1.87b678p-11,
      -0x1.7c393ap-13, 0x1.60775cp-15},
     {0x1.cp1, -0x1.4a3a5ap0, -0x1.b3e48cp-2, 0x1.a29f06p-8, -0x1.7e7b9p-10, 0x1.4faf92p-12,
      -0x1.206acep-14, 0x1.d79642p-17},
     {0x1.2p2, -0x1.b5df3p0, -0x1.aa428p-2, 0x1.bfbaeep-9, -0x1.55b8e4p-11, 0x1.fa373cp-14,
      -0x1.70ce6p-16, 0x1.02bae6p-18},
     {0x1.6p2, -0x1.0fd9fcp1, -0x1.a4dd1ep-2, 0x1.07e3eap-9, -0x1.57fdcp-12, 0x1.b641cp-15,
      -0x1.139466p-17, 0x1.508eaap-20},
     {0x1.ap2, -0x1.443cecp1, -0x1.a191c8p-2, 0x1.4ea508p-10, -0x1.7b5e8ep-13, 0x1.a672dcp-16,
      -0x1.d1945cp-19, 0x1.f557d8p-22},
     {0x1p3, -0x1.923aaep1, -0x1.9e9f34p-2, 0x1.7625d8p-11, -0x1.61803p-14, 0x1.49c3eep-17,
      -0x1.35c72p-20, 0x1.19e58p-23},
     {0x1.4p3, -0x1.f996dap1, -0x1.9c7c38p-2, 0x1.8af24p-12, -0x1.3051f4p-15, 0x1.d0e83ap-19,
      -0x1.64c51p-22, 0x1.0be4c2p-25},
     {0x1.8p3, -0x1.304642p2, -0x1.9b4bf2p-2, 0x1.d0fb64p-13, -0x1.2dddd8p-16, 0x1.857bb8p-20,
      -0x1.f83086p-24, 0x1.41403cp-27},
     {0x1.b9999ap3, -0x1.5e8156p2, -0x1.9aa10cp-2, 0x1.34b1fcp-13, -0x1.5eb8d4p-17, 0x1.8c87e2p-21,
      -0x1.c04446p-25, 0x1.f5f818p-29}}};

// gelu'(x) = 1 - gelu'(-x).
constexpr Value gelu_slope(Value x, const Terms& terms) {
  const Value t = min(abs(x), 14.6);
  const auto [h, value, g] = precise::locate(t, gelu_slope_segments, gelu_slope_offset);
  const Value left = exponential_of_square(t, -0.5, terms).times(fma(h, g, value)) * unshift;
  return select(x > 0.0, 1.0 - left, left);
}

}  // namespace actjit::math::f32
