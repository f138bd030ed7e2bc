// The derivative of gelu in f32, left of 0: see ir/math/f32_sloped.h.
// Coefficients: tools/coefficients/f32_sloped.sollya.
#pragma once

#include "ir/math/f32_sloped.h"
#include "ir/math/f32_tail.h"

namespace actjit::math::f32 {

// gelu'(-t) e^(t^2 / 2) = erfc(t / sqrt(2)) e^(t^2 / 2) / 2 - t / sqrt(2 pi) within 0.1 of 2^-24 of
// it. Beside the root it is the centre: there h is small, and all digits are right.
inline constexpr precise::SlopedSegments gelu_slope_segments{
    1,
    14.6,
    {{{0x1p-3, 0x1.9dap-2, -0x1.5ec868p-18, -0x1.7b8p-1, 0x1.a7dccep-15, 0x1.a4e15ep-3,
       -0x1.b02a86p-4, 0x1.89de18p-5, -0x1.474062p-6, 0x1.f3de92p-8},
      {0x1.8p-2, 0x1.d7p-3, 0x1.59ad5ep-16, -0x1.4fap-1, -0x1.011302p-16, 0x1.222f24p-3,
       -0x1.15c8d2p-4, 0x1.dc2ff4p-6, -0x1.764a7ep-7, 0x1.11515ap-8},
      {0x1.80ead2p-1, 0, -0x1.dc87p-28, -0x1.252p-1, 0x1.b27fbp-14, 0x1.5b2986p-4, -0x1.2baa96p-5,
       0x1.d5aeaap-7, -0x1.48d6eep-8, 0x1.23c3ep-9},
      {0x1.80ead2p-1, 0, -0x1.dc87p-28, -0x1.252p-1, 0x1.b27f9ep-14, 0x1.5b297ap-4, -0x1.2bab9ep-5,
       0x1.d49f4ep-7, -0x1.4c0fd8p-8, 0x1.6922bp-10},
      {0x1.4p0, -0x1.126p-2, 0x1.c1be14p-16, -0x1.04ep-1, 0x1.6e3fccp-14, 0x1.7b79d4p-5,
       -0x1.1f317ep-6, 0x1.8fed78p-8, -0x1.06107ap-9, 0x1.409686p-11},
      {0x1.cp0, -0x1.06ap-1, 0x1.733b2cp-16, -0x1.e52p-2, 0x1.afbcfcp-16, 0x1.bd45f6p-6,
       -0x1.296138p-7, 0x1.721bf8p-9, -0x1.b4f4fep-11, 0x1.e58928p-13},
      {0x1.2p1, -0x1.7cep-1, -0x1.2cc51p-14, -0x1.cfp-2, -0x1.433544p-16, 0x1.15aa6cp-6,
       -0x1.49b98ep-8, 0x1.70c3e2p-10, -0x1.89fb9p-12, 0x1.8ef1f4p-14},
      {0x1.6p1, -0x1.eecp-1, -0x1.e6103p-15, -0x1.c0ep-2, -0x1.36cc74p-15, 0x1.6c5e3cp-7,
       -0x1.838b4p-9, 0x1.87b80ap-11, -0x1.7c872cp-13, 0x1.5f7d2cp-15},
      {0x1.cp1, -0x1.4a4p0, 0x1.69b1d6p-14, -0x1.b3ep-2, -0x1.230d12p-16, 0x1.a29f1p-8,
       -0x1.7e780ap-10, 0x1.4fa73p-12, -0x1.212014p-14, 0x1.daad74p-17},
      {0x1.2p2, -0x1.b5ep0, 0x1.9e5d8cp-17, -0x1.aa4p-2, -0x1.3fd57p-17, 0x1.bfbaf2p-9,
       -0x1.55b736p-11, 0x1.fa307ap-14, -0x1.717b04p-16, 0x1.03fabap-18},
      {0x1.6p2, -0x1.0fep1, 0x1.8103c4p-13, -0x1.a4ep-2, 0x1.7109eap-17, 0x1.07e3eap-9,
       -0x1.57fcccp-12, 0x1.b63f4ep-15, -0x1.13f674p-17, 0x1.517efep-20},
      {0x1.ap2, -0x1.444p1, 0x1.8a2bd2p-14, -0x1.a1ap-2, 0x1.c705b6p-15, 0x1.4ea508p-10,
       -0x1.7b5deap-13, 0x1.a6702cp-16, -0x1.d21768p-19, 0x1.f74716p-22},
      {0x1p3, -0x1.924p1, 0x1.54a2dep-13, -0x1.9eap-2, 0x1.97343ep-19, 0x1.7625e8p-11,
       -0x1.617b6ep-14, 0x1.49b688p-17, -0x1.36bc4ep-20, 0x1.1c5d44p-23},
      {0x1.4p3, -0x1.f9ap1, 0x1.24c3ep-12, -0x1.9c8p-2, 0x1.e38edep-17, 0x1.8af244p-12,
       -0x1.305012p-15, 0x1.d0e01ap-19, -0x1.65871cp-22, 0x1.0d664cp-25},
      {0x1.8p3, -0x1.304p2, -0x1.90b4eep-12, -0x1.9b4p-2, -0x1.7e59fp-15, 0x1.d0fb66p-13,
       -0x1.2ddce6p-16, 0x1.8577f6p-20, -0x1.f8f3cap-24, 0x1.42a26p-27},
      {0x1.b99999999999ap3, -0x1.5e8p2, -0x1.562ap-14, -0x1.9aap-2, -0x1.0b698cp-18, 0x1.34b1fep-13,
       -0x1.5eb88ep-17, 0x1.8c8294p-21, -0x1.c09eb2p-25, 0x1.fb99d2p-29}}}};

constexpr Value gelu_slope_on_the_left(Value x, const Terms& terms) {
  constexpr precise::Segments plain = gelu_slope_segments.plain();
  const Value t = min(-x, gelu_slope_segments.end);
  const auto [h, value, g] = precise::locate(t, plain, gelu_slope_segments.offset);
  return exponential_of_square(t, -0.5, terms).times(fma(h, g, value)) * unshift;
}

namespace precise {

constexpr Value gelu_slope_on_the_left(Value x) {
  const Value t = min(-x, gelu_slope_segments.end);
  const Value square = t * t;
  const SplitPower power = split_power({square, Real(-0.5)}, fma(t, t, -square));
  return sloped(power, t, gelu_slope_segments);
}

}  // namespace precise
}  // namespace actjit::math::f32
