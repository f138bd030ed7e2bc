// e^z f(t) in f32 and within 1 ULP, for a function f in segments that has a root and does not
// vanish elsewhere: a slope, whatever remains of a gate.
//
// e^z is scale (1 + coarse + rest), coarse of few digits, and so are f's value and slope in the
// centre of a segment: value (1 + coarse) + h slope (1 + coarse), h = t - centre, is summed
// exactly, and all else is small beside it. At a root the value is 0 and h is small: there the
// result is a product. Coefficients: tools/coefficients/f32_sloped.sollya.
#pragma once

#include "ir/math/f32_segments.h"

namespace actjit::math::f32::precise {

// e^(f x) = scale (1 + coarse + rest), 2^shift times as large; coarse is a multiple of 2^-4, rest
// is below it. `x_lo`, if given, is what was lost when x was rounded.
struct SplitPower {
  Value scale;
  Value coarse;
  Value rest;
};
constexpr SplitPower split_power(Scaled z, Value x_lo = {},
                                 std::span<const double> q = precise_exp_q) {
  const Value sum = z.sum(magic + shift);
  const Value k = sum - (magic + shift);
  const auto [unit_hi, unit_lo] = z.unit();
  const double f = z.factor.hi;
  const Value head = fma(k, -unit_hi, z.x);
  const Value tail = x_lo.graph ? fma(k, -unit_lo, x_lo) : k * -unit_lo;
  const Value r = head + tail;
  const double grid = 0x1.8p19;
  const Value coarse = fma(head, f, grid) - grid;
  const Value curved = r * r * z.polynomial(r, q, f * f);
  return {power_of_two(sum), coarse, fma(head, f, -coarse) + fma(tail, f, curved)};
}

// f(t) = value + rest + h (slope + g(h)): centre, value, rest, slope and the terms of g. Value and
// slope have 12 digits, whose products with coarse are exact; beside a root the value is 0.
using SlopedSegment = std::array<double, 10>;
// They begin where those of Segments do. The last one reaches up to `end`, from where on f goes on
// with its slope.
struct SlopedSegments {
  double offset;
  double end;
  std::array<SlopedSegment, segment_count> all;

  constexpr bool goes_on() const { return end > 15 * offset; }
  constexpr Value bounded(Value t) const { return goes_on() ? min(t, end) : t; }
  constexpr Value index(Value t) const {
    const Value sum = t + offset;
    return segment_index(goes_on() ? min(sum, 15.99 * offset) : sum);
  }
  // Number `i` of each segment.
  constexpr Value number(Value index, std::size_t i) const {
    const Bits first = soft::convert(DType::f64, DType::f32, to_bits(offset)) >> 21;
    Coefficients<segment_count> values{};
    for (std::size_t s = 0; s < segment_count; ++s) values[(first + s) % segment_count] = all[s][i];
    return lookup(values, index, DType::f32);
  }
  // With less care: for tiers that are content with a few ULP.
  constexpr Segments plain() const {
    Segments out{};
    for (std::size_t s = 0; s < segment_count; ++s) {
      const SlopedSegment& from = all[s];
      out[s] = {from[0], from[1] + from[2], from[3] + from[4], from[5],
                from[6], from[7],           from[8],           from[9]};
    }
    return out;
  }
};

// e^z f(t), t from 0 to `end`.
constexpr Value sloped(const SplitPower& e, Value t, const SlopedSegments& segments) {
  const Value index = segments.index(t);
  const auto number = [&](std::size_t i) { return segments.number(index, i); };
  const Value centre = number(0);
  const Value h = t - centre;
  std::size_t i = std::tuple_size_v<SlopedSegment> - 1;
  Value g = number(i);
  while (--i > 3) g = fma(g, h, number(i));
  const Value value = number(1);
  const Value slope = number(3);
  const Value beyond = fma(h, g, number(2));
  const Value sum = fma(h, slope, value) + beyond;
  const Value small = fma(sum, e.rest, fma(beyond, e.coarse, beyond));

  const Value first = fma(value, e.coarse, value);
  const Value factor = fma(slope, e.coarse, slope);
  const Value large = fma(h, factor, first);
  const Value large_lo = fma(h, factor, first - large);
  return (large + (large_lo + small)) * e.scale * unshift;
}

}  // namespace actjit::math::f32::precise
