// Functions of an exponential in f32 and within 1 ULP: a polynomial for each power of two, in what
// is left of x when its multiple of ln2 is taken away. A coefficient of all octaves is one
// permutation of a register. Coefficients: tools/coefficients/f32_octaves.sollya, errors in units
// of 2^-23.
#pragma once

#include <bit>

#include "ir/math/f32_precise.h"

namespace actjit::math::f32::precise {

// f(k ln2 + r) = scale (value + rest + r g(r)) for |r| <= ln2 / 2: value, rest and the terms of g.
using Octave = std::array<double, 8>;

// Those from k = first on.
template <std::size_t n>
struct Octaves {
  int first;
  std::array<Octave, n> all;

  // Number `i` of each octave, by the low bits of `sum`, which holds k + 127 + shift.
  constexpr Value number(Value sum, std::size_t i) const {
    Coefficients<std::bit_ceil(n)> values{};
    const std::size_t start = static_cast<std::size_t>(first + 127 + shift);
    for (std::size_t o = 0; o < n; ++o) values[(start + o) % values.size()] = all[o][i];
    return lookup(values, bitcast(sum, DType::i32), DType::f32);
  }
};

// e^2r / 2 to 2^-13.6.
inline constexpr Coefficients<5> half_square = {0x1.fffa2p-2, 0x1.ffb932p-1, 0x1.0059fep0,
                                                0x1.5f4da8p-1, 0x1.4e8e7cp-2};

// e^x as scale, 2^shift times as large, and r = head + tail.
struct Exponent {
  Value sum;
  Value head;
  Value tail;
  Value scale;
};
constexpr Exponent exponent(Value x) {
  const Scaled z{x};
  const Value sum = z.sum(magic + shift);
  const Value k = sum - (magic + shift);
  const auto [unit_hi, unit_lo] = z.unit();
  return {sum, fma(k, -unit_hi, x), k * -unit_lo, power_of_two(sum)};
}

// log1p(e) = scale (value + beyond). Below the first octave it is e - e^2 / 2: the second term
// there is of no octave's number, and all octaves lack the one of the first.
struct InOctave {
  Value value;
  Value beyond;
};
template <std::size_t n>
constexpr InOctave in_octave(const Exponent& e, const Octaves<n>& octaves) {
  const double first = shift + octaves.first;
  const Value sum = max(e.sum, magic + first);
  Coefficients<5> square = half_square;
  for (double& c : square) c *= -unshift;
  const Value scale = min(e.scale, f64_of((Bits{1023} + shift + octaves.first) << 52));
  const Value r = e.head + e.tail;
  const Value slope = octaves.number(sum, 2);
  const Value rest = fma(scale, horner(r, square), fma(slope, e.tail, octaves.number(sum, 1)));
  std::size_t i = std::tuple_size_v<Octave> - 1;
  Value g = octaves.number(sum, i);
  while (--i > 2) g = fma(g, r, octaves.number(sum, i));
  return {octaves.number(sum, 0), fma(slope, e.head, fma(g, r * r, rest))};
}

// log1p(2^k e^r) / 2^k + min(2^k, 2^-14) half_square(r) within 0.04.
inline constexpr Octaves<16> softplus_octaves{
    -14,
    {{{0x1p0, -0x1.157554p-33, 0x1p0, 0x1.000004p-1, 0x1.5554c4p-3, 0x1.55528cp-5, 0x1.121ec4p-7,
       0x1.6da76cp-10},
      {0x1.fffcp-1, 0x1.ee9aacp-29, 0x1.fff8p-1, 0x1.fff008p-2, 0x1.553f98p-3, 0x1.5528cp-5,
       0x1.11cb8p-7, 0x1.6c5996p-10},
      {0x1.fff4p-1, 0x1.3dc556p-26, 0x1.ffe802p-1, 0x1.ffd00cp-2, 0x1.5514c4p-3, 0x1.54d3e6p-5,
       0x1.1153dep-7, 0x1.6aa818p-10},
      {0x1.ffe402p-1, 0x1.3d5562p-26, 0x1.ffc808p-1, 0x1.ff901ep-2, 0x1.54bf96p-3, 0x1.5429a8p-5,
       0x1.103eeep-7, 0x1.67cc2p-10},
      {0x1.ffc40ap-1, 0x1.39d622p-26, 0x1.ff882p-1, 0x1.ff1066p-2, 0x1.54157ep-3, 0x1.52d5f4p-5,
       0x1.0e18dap-7, 0x1.6226a8p-10},
      {0x1.ff842ap-1, 0x1.1de21cp-26, 0x1.ff088p-1, 0x1.fe1186p-2, 0x1.52c25ap-3, 0x1.503168p-5,
       0x1.09dbdap-7, 0x1.575332p-10},
      {0x1.ff04aap-1, 0x1.f50bcp-29, 0x1.fe09fep-1, 0x1.fc15fep-2, 0x1.5020dp-3, 0x1.4af7aap-5,
       0x1.0165b6p-7, 0x1.40bd26p-10},
      {0x1.fe06a6p-1, 0x1.4a8cf2p-26, 0x1.fc0ffp-1, 0x1.f827c6p-2, 0x1.4aef22p-3, 0x1.40b752p-5,
       0x1.e211d2p-8, 0x1.165178p-10},
      {0x1.fc0e8cp-1, -0x1.f7ff84p-26, 0x1.f82782p-1, 0x1.f06e1p-2, 0x1.40d028p-3, 0x1.2cff9ep-5,
       0x1.a49baap-8, 0x1.93d3aep-11},
      {0x1.f82dbp-1, 0x1.b7866p-26, 0x1.f0841ep-1, 0x1.e1809ep-2, 0x1.2d983ep-3, 0x1.088bp-5,
       0x1.3760ap-8, 0x1.25d1f6p-12},
      {0x1.f0a70cp-1, -0x1.553ab4p-30, 0x1.e1e9ep-1, 0x1.c59952p-2, 0x1.0ae044p-3, 0x1.942d4ep-6,
       0x1.199878p-9, -0x1.82f338p-12},
      {0x1.e27476p-1, 0x1.adde5cp-26, 0x1.c7247p-1, 0x1.949b16p-2, 0x1.a3b48ep-4, 0x1.b8265ep-7,
       -0x1.018326p-10, -0x1.c71ccep-11},
      {0x1.c9037cp-1, 0x1.b7a688p-27, 0x1.99a198p-1, 0x1.47be1cp-2, 0x1.0650ccp-4, 0x1.1c8d5ap-10,
       -0x1.810a36p-9, -0x1.4c2ec8p-11},
      {0x1.9f363ep-1, 0x1.80730ap-26, 0x1.555d56p-1, 0x1.c73c7ep-3, 0x1.952fcap-6, -0x1.93406ap-8,
       -0x1.08daeap-9, 0x1.546b5cp-13},
      {0x1.62e83p-1, -0x1.c1c61p-29, 0x1.0007fep-1, 0x1.00200ap-3, 0x1.653b72p-15, -0x1.53ff5cp-8,
       -0x1.195ecep-18, 0x1.65a4dcp-12},
      {0x1.1942a8p-1, -0x1.83bf3ep-27, 0x1.556552p-2, 0x1.c79cap-5, -0x1.91bffap-8, -0x1.8f558p-10,
       0x1.089126p-11, 0x1.54f1fp-15}}}};

// log1p(e^x) up to 3/2 ln2, from there on x + log1p(e^-x).
constexpr Value softplus(Value x) {
  const Value right = x > 1.039;
  const Exponent e = exponent(max(select(right, -x, x), far_left));
  const auto [value, beyond] = in_octave(e, softplus_octaves);
  return fma((value + beyond) * e.scale, unshift, select(right, x, 0.0));
}

}  // namespace actjit::math::f32::precise
