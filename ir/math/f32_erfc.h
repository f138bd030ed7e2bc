// erfc in f32 within 1 ULP: see ir/math/f32_sloped.h.
// Coefficients: tools/coefficients/f32_sloped.sollya.
#pragma once

#include "ir/math/f32_sloped.h"

namespace actjit::math::f32::precise {

// erfc(t) e^(t^2) within 0.1 of 2^-24.
inline constexpr SlopedSegments erfc_segments{
    0.75,
    10.2,
    {{{0x1p-4, 0x1.ddcp-1, 0x1.a6b398p-14, -0x1.03p0, -0x1.435878p-17, 0x1.bd6d22p-1,
       -0x1.46c6d8p-1, 0x1.a8fd36p-2, -0x1.f689fcp-3, 0x1.15d69ep-3},
      {0x1.8p-3, 0x1.a36p-1, 0x1.776fe6p-14, -0x1.a48p-1, 0x1.af88a4p-14, 0x1.549642p-1,
       -0x1.db72fap-2, 0x1.2807fcp-2, -0x1.508b2ep-3, 0x1.550646p-4},
      {0x1.8p-2, 0x1.5f2p-1, 0x1.15bc7ap-14, -0x1.3a6p-1, 0x1.cc0b92p-16, 0x1.d28c0ep-2,
       -0x1.2e81aap-2, 0x1.611a54p-3, -0x1.7c7d3cp-4, 0x1.7a2bap-5},
      {0x1.4p-1, 0x1.1d2p-1, -0x1.294fecp-14, -0x1.bacp-2, 0x1.78b85ep-17, 0x1.257742p-2,
       -0x1.59c258p-3, 0x1.72d3fep-4, -0x1.71d8d4p-5, 0x1.56a062p-6},
      {0x1.cp-1, 0x1.db8p-2, -0x1.70237ep-15, -0x1.436p-2, -0x1.3ec3ccp-15, 0x1.80ef9p-3,
       -0x1.9d578p-4, 0x1.982f2cp-5, -0x1.7971p-6, 0x1.47d918p-7},
      {0x1.2p0, 0x1.954p-2, -0x1.c3ec9ep-15, -0x1.e78p-3, -0x1.66b03ep-16, 0x1.05e726p-3,
       -0x1.0133cep-4, 0x1.d4e1acp-6, -0x1.92be8p-7, 0x1.48e00ep-8},
      {0x1.8p0, 0x1.494p-2, 0x1.b5ff46p-15, -0x1.4f2p-3, 0x1.9d5a2ap-17, 0x1.37ea2cp-4,
       -0x1.0dc06p-5, 0x1.b64dbap-7, -0x1.5602bp-8, 0x1.f6ac34p-10},
      {0x1p1, 0x1.058p-2, 0x1.9c6d4cp-16, -0x1.b58p-4, 0x1.f9387ep-17, 0x1.5672bcp-5,
       -0x1.fa97f2p-7, 0x1.648b32p-8, -0x1.e57912p-10, 0x1.3a8fccp-11},
      {0x1.4p1, 0x1.afcp-3, -0x1.303124p-17, -0x1.308p-4, -0x1.b6169cp-18, 0x1.98958cp-6,
       -0x1.063058p-7, 0x1.43588cp-9, -0x1.83ff4ep-11, 0x1.bf5bb2p-13},
      {0x1.8p1, 0x1.6eap-3, -0x1.f60b76p-17, -0x1.bd6p-5, -0x1.5ca3aap-18, 0x1.043fe2p-6,
       -0x1.258f2ep-8, 0x1.409af6p-10, -0x1.564858p-12, 0x1.614392p-14},
      {0x1.ep1, 0x1.2a2p-3, 0x1.5e3382p-16, -0x1.2aap-5, -0x1.9540b8p-19, 0x1.22f072p-7,
       -0x1.142ae2p-9, 0x1.ffd38ap-12, -0x1.d9a962p-14, 0x1.a5d47ap-16},
      {0x1.3p2, 0x1.dc6p-4, 0x1.d1f3cp-23, -0x1.812p-6, 0x1.6c4776p-19, 0x1.317c18p-8,
       -0x1.dc12dp-11, 0x1.6cb794p-13, -0x1.170b82p-15, 0x1.9f49f4p-18},
      {0x1.7p2, 0x1.8c2p-4, -0x1.7f6c66p-17, -0x1.0bcp-6, -0x1.1b588ep-20, 0x1.653506p-9,
       -0x1.d65eb8p-12, 0x1.31d93p-14, -0x1.8d4cfep-17, 0x1.f9dc4cp-20},
      {0x1.bp2, 0x1.52cp-4, -0x1.fcae7p-18, -0x1.892p-7, 0x1.62e714p-20, 0x1.c39a4ap-10,
       -0x1.00e38ep-12, 0x1.217e62p-15, -0x1.45eddp-18, 0x1.691cf8p-21},
      {0x1.08p3, 0x1.162p-4, -0x1.c10e28p-18, -0x1.09ep-7, 0x1.d2ffd2p-21, 0x1.f8c39cp-11,
       -0x1.dbe1eap-14, 0x1.bdb34ap-17, -0x1.a89d4cp-20, 0x1.8accb6p-23},
      {0x1.3733333333333p3, 0x1.d8cp-5, 0x1.e9279cp-19, -0x1.80ep-8, -0x1.2b7cd4p-21,
       0x1.37caa2p-11, -0x1.f69bacp-15, 0x1.932188p-18, -0x1.430104p-21, 0x1.fc0224p-25}}}};

constexpr Value erfc(Value x) {
  const Value t = min(abs(x), erfc_segments.end);
  const Value square = t * t;
  const SplitPower power = split_power({square, Real(-1)}, fma(t, t, -square), precise_expm1_close);
  const Value tail = sloped(power, t, erfc_segments);
  return select(x < 0.0, 2.0 - tail, tail);
}

}  // namespace actjit::math::f32::precise
