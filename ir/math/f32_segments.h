// Functions in segments, each with a polynomial of its own, in f32 and within 1 ULP: half the
// operations of an exponential and a division, for functions that neither vanish nor grow. A
// coefficient of all segments is one permutation of a register. Coefficients:
// tools/coefficients/f32_segments.sollya, errors in units of 2^-23.
#pragma once

#include "ir/math/f32_precise.h"

namespace actjit::math::f32::precise {

// f(t) = min(t, value) + h g(h), h = t - centre: centre, value and the terms of g. `centre` is one
// for which f(centre) = value is nearly a number of f32, and below the whole segment. Near zero t
// itself is added to, that is, value is large.
using Segment = std::array<double, 8>;
inline constexpr std::size_t segment_count = 16;
// They begin where t + offset has no more than two bits behind the first: four for each power of
// two, from offset on. Functions that need fewer leave some empty.
using Segments = std::array<Segment, segment_count>;

// Number `i` of each segment, by the low bits of exponent and mantissa.
constexpr Value number_of_segment(const Segments& segments, double offset, Value index,
                                  std::size_t i) {
  const Bits first = soft::convert(DType::f64, DType::f32, to_bits(offset)) >> 21;
  Coefficients<segment_count> values{};
  for (std::size_t s = 0; s < segment_count; ++s)
    values[(first + s) % segment_count] = segments[s][i];
  return lookup(values, index, DType::f32);
}

// The segment t is in.
struct Located {
  Value h;
  Value value;
  Value g;
};
constexpr Value segment_index(Value t_and_offset) {
  return shr(bitcast(t_and_offset, DType::i32), 21);
}
constexpr Located locate(Value t, Value index, const Segments& segments, double offset) {
  const auto number = [&](std::size_t i) { return number_of_segment(segments, offset, index, i); };
  const Value h = t - number(0);
  std::size_t i = std::tuple_size_v<Segment> - 1;
  Value g = number(i);
  while (--i > 1) g = fma(g, h, number(i));
  return {h, number(1), g};
}
constexpr Located locate(Value t, const Segments& segments, double offset) {
  return locate(t, segment_index(t + offset), segments, offset);
}
constexpr Value in_segments(Value t, const Segments& segments, double offset) {
  const auto [h, value, g] = locate(t, segments, offset);
  return fma(h, g, min(t, value));
}

inline constexpr double add_to_t = 8;

// Within 0.03, up to 9.03.
inline constexpr double tanh_offset = 0.625;
inline constexpr Segments tanh_segments{
    {{0, add_to_t, 0x1.a8960ep-34, -0x1.ddf28ap-25, -0x1.5553f8p-2, -0x1.760546p-13, 0x1.16bbfap-3,
      -0x1.457b6ap-6},
     {0x1.010e0ap-3, 0x1.ff6d44p-4, 0x1.f80496p-1, -0x1.f7772p-4, -0x1.402edap-2, 0x1.400d88p-4,
      0x1.0c944cp-3, -0x1.807aaep-4},
     {0x1.0528f2p-2, 0x1.ff484p-3, 0x1.e016f4p-1, -0x1.df6ae8p-3, -0x1.043238p-2, 0x1.20fe7cp-3,
      0x1.2bd524p-4, -0x1.490bb2p-4},
     {0x1.91e3dcp-2, 0x1.7e73b8p-2, 0x1.b8944ep-1, -0x1.4919e8p-2, -0x1.55b414p-3, 0x1.5c7dd2p-3,
      0x1.90a214p-8, -0x1.9dd9f2p-5},
     {0x1.75e1dap-1, 0x1.3f159p-1, 0x1.3924ap-1, -0x1.864efp-2, 0x1.13e498p-5, 0x1.b21cfp-4,
      -0x1.04d3ccp-4, 0x1.f52abcp-11},
     {0x1.ffe5p-1, 0x1.85e454p-1, 0x1.ae304ep-2, -0x1.47978ap-2, 0x1.a841e8p-4, 0x1.c6cad2p-6,
      -0x1.7a05fep-5, 0x1.352fp-6},
     {0x1.3f998p0, 0x1.b218acp-1, 0x1.1fe856p-2, -0x1.e8339ap-3, 0x1.bbf7f4p-4, -0x1.97c43cp-7,
      -0x1.3f6a4cp-6, 0x1.fa9b2cp-7},
     {0x1.9fe05p0, 0x1.d9bddep-1, 0x1.26a1ap-3, -0x1.109d92p-3, 0x1.341bbep-4, -0x1.9d4f0ep-6,
      0x1.2cc23ep-10, 0x1.151074p-8},
     {0x1.0fcaep1, 0x1.f18d8p-1, 0x1.c7ca32p-5, -0x1.baedb8p-5, 0x1.168262p-5, -0x1.ec0aap-7,
      0x1.244f98p-8, -0x1.160fc2p-11},
     {0x1.4f994cp1, 0x1.fa9f04p-1, 0x1.567016p-6, -0x1.52d6eep-6, 0x1.ba43bcp-7, -0x1.a791p-8,
      0x1.364fa2p-9, -0x1.46f07p-11},
     {0x1.8facccp1, 0x1.fe045ap-1, 0x1.faaa5cp-8, -0x1.f8b4p-8, 0x1.4dd83ep-8, -0x1.48a96ap-9,
      0x1.00befcp-10, -0x1.3e8e8p-12},
     {0x1.efaeap1, 0x1.ff8e92p-1, 0x1.c5881cp-10, -0x1.c5227cp-10, 0x1.2d437ap-10, -0x1.2c539cp-11,
      0x1.f0c074p-13, -0x1.43d3c8p-14},
     {0x1.37bcf8p2, 0x1.fff098p-1, 0x1.ecfb2ap-13, -0x1.ecea7ap-13, 0x1.483148p-13, -0x1.483354p-14,
      0x1.116a1p-15, -0x1.67ffdap-17},
     {0x1.777c8cp2, 0x1.fffde6p-1, 0x1.0cffe8p-15, -0x1.0d06cap-15, 0x1.6672e2p-16, -0x1.65a5acp-17,
      0x1.28c00ep-18, -0x1.95533cp-20},
     {0x1.b7d878p2, 0x1.ffffb8p-1, 0x1.1ffed6p-18, -0x1.1fde2p-18, 0x1.7fdcecp-19, -0x1.847efcp-20,
      0x1.3c0e92p-21, -0x1.4cdd3p-23},
     {0x1.0a2b24p3, 0x1.fffffcp-1, 0x1.000c3ep-22, -0x1.00750cp-22, 0x1.53df9cp-23, -0x1.49ab6cp-24,
      0x1.27e29cp-25, -0x1.f9ab5ep-27}}};

// Within 0.14, up to 3.95.
inline constexpr double erf_offset = 0.5;
inline constexpr Segments erf_segments{
    {{0, add_to_t, 0x1.06eba8p-3, 0x1.2186c6p-23, -0x1.81288p-2, 0x1.6bec5p-15, 0x1.cf86bap-4,
      -0x1.c2545p-8},
     {0, add_to_t, 0x1.06ec1ap-3, -0x1.e61176p-16, -0x1.80bc4p-2, -0x1.8ef6c8p-9, 0x1.011b2ap-3,
      -0x1.d00ffap-6},
     {0x1.cce50ap-3, 0x1.ff6a84p-3, 0x1.12997cp0, -0x1.ee6078p-3, -0x1.4917ccp-2, 0x1.df9a96p-4,
      0x1.583314p-4, -0x1.3a215p-5},
     {0x1.61b70ep-2, 0x1.7fcd88p-2, 0x1.006002p0, -0x1.623b72p-2, -0x1.044906p-2, 0x1.469f04p-3,
      0x1.b1e844p-5, -0x1.8704d2p-5},
     {0x1.e7b5e4p-2, 0x1.ff6546p-2, 0x1.cc7a48p-1, -0x1.b6a0dep-2, -0x1.4f9756p-3, 0x1.75f722p-3,
      0x1.58ec06p-7, -0x1.5874e2p-5},
     {0x1.7f952p-1, 0x1.6bd7d6p-1, 0x1.499556p-1, -0x1.edd5ecp-2, 0x1.ade1e6p-6, 0x1.36a864p-3,
      -0x1.dc95bap-5, -0x1.711ad6p-7},
     {0x1.e62e5ap-1, 0x1.a43224p-1, 0x1.d4fb94p-2, -0x1.bd5324p-2, 0x1.f5c346p-4, 0x1.6883f4p-4,
      -0x1.367e26p-4, 0x1.cbea76p-7},
     {0x1.1fa378p0, 0x1.c69fd4p-1, 0x1.46f2ep-2, -0x1.6f59bep-2, 0x1.4c39fap-3, 0x1.da9542p-6,
      -0x1.060282p-4, 0x1.69ea88p-6},
     {0x1.5fe168p0, 0x1.e56c1ep-1, 0x1.5d5da8p-3, -0x1.e09b66p-3, 0x1.46d864p-3, -0x1.2bc6c6p-5,
      -0x1.2c284cp-6, 0x1.6028b8p-7},
     {0x1.bf907p0, 0x1.f92138p-1, 0x1.b31814p-5, -0x1.7d7678p-4, 0x1.7a34fep-4, -0x1.ba778p-5,
      0x1.1a51b4p-6, -0x1.220478p-9},
     {0x1.1fd618p1, 0x1.ff3f14p-1, 0x1.d645a8p-8, -0x1.06fa16p-6, 0x1.5c97eap-6, -0x1.21dcd8p-6,
      0x1.1d346ep-7, -0x1.ff82cep-10},
     {0x1.5fb46p1, 0x1.fff2a2p-1, 0x1.359e62p-11, -0x1.9ff588p-10, 0x1.4c580cp-9, -0x1.4a38a8p-9,
      0x1.7c331p-10, -0x1.84006ep-12},
     {0x1.a2441ep1, 0x1.ffff8p-1, 0x1.b049b8p-16, -0x1.54b9c8p-14, 0x1.3f970ep-13, -0x1.72b9d4p-13,
      0x1.ed98a6p-14, -0x1.203b9cp-15}}};

// At the bounds they have become 1.
constexpr Value tanh(Value x) {
  return copysign(in_segments(min(abs(x), 9.02), tanh_segments, tanh_offset), x);
}
constexpr Value erf(Value x) {
  return copysign(in_segments(min(abs(x), 3.93), erf_segments, erf_offset), x);
}

}  // namespace actjit::math::f32::precise
