// gelu in f32 within 1 ULP, and erfc: see ir/math/f32_segments.h.
#pragma once

#include "ir/math/f32_sloped.h"
#include "ir/math/f32_tail.h"

namespace actjit::math::f32::precise {

// erfc(t / sqrt(2)) e^(t^2 / 2) / 2 within 0.05, up to 14.6. The values have few digits.
inline constexpr double gauss_offset = 1;
inline constexpr Segments gauss_segments{
    {{0x1.e7f098p-4, 0x1.d2cp-2, -0x1.60ea34p-2, 0x1.a8b566p-3, -0x1.b4d4dp-4, 0x1.8ec89ap-5,
      -0x1.49ce2ap-6, 0x1.d26386p-8},
     {0x1.938ddp-2, 0x1.7fcp-2, -0x1.01485ep-2, 0x1.1a5b2ap-3, -0x1.0cdcap-4, 0x1.ca96p-6,
      -0x1.656d1ep-7, 0x1.284248p-8},
     {0x1.46b0dep-1, 0x1.488p-2, -0x1.8dd2b2p-3, 0x1.93297cp-4, -0x1.66ed48p-5, 0x1.208dbep-6,
      -0x1.af438ep-8, 0x1.2f32dap-9},
     {0x1.bd863ep-1, 0x1.1f4p-2, -0x1.3d1fc6p-3, 0x1.2a8caep-4, -0x1.f343e2p-6, 0x1.7c1edp-7,
      -0x1.0ec006p-8, 0x1.1fc0ap-10},
     {0x1.2dfd36p0, 0x1.e9p-3, -0x1.e05ff4p-4, 0x1.9b53eep-5, -0x1.3d05f2p-6, 0x1.c0fa7cp-8,
      -0x1.27833p-9, 0x1.3dfe5ap-11},
     {0x1.d46374p0, 0x1.6f8p-3, -0x1.2147c2p-4, 0x1.9b70e2p-6, -0x1.0d912p-7, 0x1.498362p-9,
      -0x1.77c25ep-11, 0x1.ff3266p-13},
     {0x1.19d8f8p1, 0x1.4p-3, -0x1.c1a8ecp-5, 0x1.21dfc4p-6, -0x1.5c0572p-8, 0x1.8b77acp-10,
      -0x1.ad4c12p-12, 0x1.93ee44p-15},
     {0x1.65fa66p1, 0x1.08p-3, -0x1.3ad0dp-5, 0x1.5f1d0ep-7, -0x1.71bb52p-9, 0x1.6f7e36p-11,
      -0x1.6ee042p-13, 0x1.2319dp-14},
     {0x1.b1e022p1, 0x1.cp-4, -0x1.ce035ap-6, 0x1.c3dec6p-8, -0x1.a5cdecp-10, 0x1.7a391p-12,
      -0x1.489ff6p-14, 0x1.dd722ep-17},
     {0x1.14fbbep2, 0x1.68p-4, -0x1.302504p-6, 0x1.eecfp-9, -0x1.84df58p-11, 0x1.28df2p-13,
      -0x1.bf56bep-16, 0x1.1ff08ap-18},
     {0x1.61c9d6p2, 0x1.1ecp-4, -0x1.876fdap-7, 0x1.045146p-9, -0x1.51ed96p-12, 0x1.acbf92p-15,
      -0x1.0d2ddep-17, 0x1.4f49dp-20},
     {0x1.a02196p2, 0x1.eb8p-5, -0x1.2182bp-7, 0x1.4e5a68p-10, -0x1.7aefb4p-13, 0x1.a5dba4p-16,
      -0x1.d0ea92p-19, 0x1.f56524p-22},
     {0x1.fe93f4p2, 0x1.938p-5, -0x1.88ce74p-8, 0x1.791bdap-11, -0x1.652bp-14, 0x1.4e0e94p-17,
      -0x1.3b88e2p-20, 0x1.1c7d92p-23},
     {0x1.4b15b8p3, 0x1.39p-5, -0x1.db62ap-9, 0x1.65e47ep-12, -0x1.0b30acp-15, 0x1.8b13fcp-19,
      -0x1.1eee34p-22, 0x1.0f4e02p-25},
     {0x1.8bd8dep3, 0x1.068p-5, -0x1.4f39cep-9, 0x1.a974a8p-13, -0x1.0c5c6ap-16, 0x1.504f16p-20,
      -0x1.9dab9cp-24, 0x1.472d52p-27},
     {0x1.bbafep3, 0x1.d5p-6, -0x1.0bdc48p-9, 0x1.3071f8p-13, -0x1.5858e6p-17, 0x1.83c42ep-21,
      -0x1.adc8bep-25, 0x1.ef98c8p-29}}};

// x > 0: x - t e^-(t^2 / 2) m(t), else -t e^-(t^2 / 2) m(t), where t = |x|. m and the power of e
// are sums of a number of few digits, whose product is exact, and a rest: so the result is t times
// an exact number, plus what is small beside it.
constexpr Value gelu(Value x) {
  const Value t = min(abs(x), 14.5);
  const Value square = t * t;
  const auto [scale, coarse, rest] = split_power({square, Real(-0.5)}, fma(t, t, -square));

  const auto [h, value, g] = locate(t, gauss_segments, gauss_offset);
  const Value beyond = h * g;
  const Value small = fma(beyond + value, rest, fma(beyond, coarse, beyond));
  // The sign of zero counts: -0 stays -0.
  const Value gate = select(bitcast(x, DType::i32) < 0, x.like(0.0), 1 / unshift);
  const Value large = fma(-scale, fma(value, coarse, value), gate);
  const Value y = fma(t, large, -(t * scale * small)) * unshift;
  return select(x > 6.0, x, y);
}

}  // namespace actjit::math::f32::precise

namespace actjit::math::f32 {

// For tiers that are content with a few ULP: a fraction would magnify near zero what it is rounded
// by.
constexpr Value erfc(Value x, const Terms& terms) {
  const Value t = min(abs(x), 10.3);
  const auto [h, value, g] =
      precise::locate(t * 0x1.6a09e6p0, precise::gauss_segments, precise::gauss_offset);
  const ExponentialOfSquare e = exponential_of_square(t, -1, terms);
  const Value tail = e.times(fma(h, g, value)) * (2 * unshift);
  return select(x < 0.0, 2.0 - tail, tail);
}

}  // namespace actjit::math::f32
