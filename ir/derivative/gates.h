// The slopes of x s(v), s the sigmoid or another gate, each in two forms: as it is written, and
// with what rounding loses put back, for f64.
//
// All are evaluated on the left, where the slope vanishes like an exponential; right of 0 it is 1
// less that of -x.
#pragma once

#include "ir/derivative/careful.h"
#include "ir/math/gelu_tanh.h"

namespace actjit::derivative {

// Past these no sigmoid differs from 0 or 1, no Gaussian from 0.
inline constexpr double sigmoid_range = 1000;
inline constexpr double gauss_range = 64;

// A slope that vanishes on the far left from below: where all of it underflows, -0.
constexpr Value vanishing_from_below(Value slope, Value x) {
  return select(slope == 0.0, copysign(slope, x), slope);
}

// The slope at x from that at -|x|, given as it is written and with its rounding errors put back.
// Where `vanishes` holds it is -0.
constexpr Value mirrored(Value careful, Value plain, Value vanishes, Value is_right) {
  const auto both = [&](Value left) { return select(is_right, 1.0 - left, left); };
  return compensated(both(vanishing_from_below(careful, careful.like(-1.0))),
                     both(select(vanishes, -0.0, plain)));
}

// For an odd v(x) <= 0 and w = x v'(x): E (1 + w + E) / (1 + E)^2, E = e^v.
constexpr Value left_gate(Value v, Value w) {
  const Value e = exp(v);
  const Value d = e + 1.0;
  return e * ((w + 1.0) + e) / (d * d);
}
constexpr Value careful_left_gate(DoubleDouble v, DoubleDouble w) {
  const LeftExponential e = left_exponential(v.hi);
  const DoubleDouble n = sum(sum(w, w.hi.like(1.0)), e.value);
  const DoubleDouble d = square(two_sum(e.value, w.hi.like(1.0)));
  return times(e, divided(n, d), v.lo);
}

constexpr Value silu_slope(Value x) {
  const Value v = max(-abs(x), -sigmoid_range);
  const DoubleDouble exact{v, v.like(0.0)};
  return mirrored(careful_left_gate(exact, exact), left_gate(v, v), v == -sigmoid_range, x > 0.0);
}

// What f64 leaves of a constant.
constexpr double rest_of(Value b) {
  return b.graph->is_constant(b.id) ? b.graph->real(b.id).lo : 0;
}

// v = w = b x.
constexpr Value swish_slope(Value x, Value b) {
  const Value z = b * x;
  const Value v = max(-abs(z), -sigmoid_range);
  const Value rest = fma(x, rest_of(b), fma(b, x, -z));
  const DoubleDouble exact{v, select(v > -sigmoid_range, select(z > 0.0, -rest, rest), 0.0)};
  return mirrored(careful_left_gate(exact, exact), left_gate(v, v), v == -sigmoid_range, z > 0.0);
}

// v = 2 sqrt(2 / pi) (x + 0.044715 x^3), w the same with three times the cubic part: 3 v less two
// times the linear part.
constexpr Value gelu_tanh_slope(Value x) {
  constexpr Real first{0x1.9884533d43651p+0, -0x1.cbc0d30ebfd15p-54};
  constexpr Real third{0x1.2444f2a4d8b4bp-4, -0x1.6c843a29d1c70p-61};
  constexpr Real third_3{0x1.b6676bf7450f0p-3, 0x1.bba7351828aabp-57};
  const Value t = min(abs(x), 22.0);
  const Value square = t * t;
  const Value plain = left_gate(-t * fma(square, third, first), -t * fma(square, third_3, first));

  const auto [v, v_lo] = math::gelu_tanh_argument(t);
  const auto [line, line_lo] = two_product(t, t.like(-2 * first.hi));
  const DoubleDouble thrice = product({v, v_lo}, t.like(3.0));
  const auto [w, w_lo] = sum(thrice, line);
  const Value w_rest = w_lo + fma(t, -2 * first.lo, line_lo);
  return mirrored(careful_left_gate({-v, -v_lo}, {-w, -w_rest}), plain, t == 22.0, x > 0.0);
}

// Phi(x) + x phi(x), of the normal distribution and its density.
constexpr Value gelu_slope(Value x) {
  constexpr Real by_sqrt_2{0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};
  constexpr Real by_sqrt_2_pi{0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56};
  constexpr double by_sqrt_pi = 0x1.20dd750429b6dp-1;
  const Value t = max(-abs(x), -gauss_range);
  const Value z = -(t * by_sqrt_2);
  const Value share = apply(Op::erfc, {z}) * 0.5;
  const Value half = t * -0.5;
  const Value s = half * t;
  const Value s_lo = fma(half, t, -s);

  const Value rounded = exp(s);
  const Value density = apply(Op::surrogate, {fma(rounded, s_lo, rounded), rounded});
  const Value plain = fma(density * t, by_sqrt_2_pi, share);

  const LeftExponential e = left_exponential(s);
  const auto [rise, rise_lo] = two_product(t, t.like(by_sqrt_2_pi.hi));
  const DoubleDouble factor = product({rise, fma(t, by_sqrt_2_pi.lo, rise_lo)}, e.unscale);
  // erfc(z + z_lo) / 2 is erfc(z) / 2 - z_lo e^-z^2 / sqrt(pi).
  const Value z_lo = fma(t, -by_sqrt_2.hi, -z) + t * -by_sqrt_2.lo;
  const Value rest = fma(factor.hi, s_lo, factor.lo) - z_lo * e.unscale * by_sqrt_pi;
  const Value careful = fma(e.value, factor.hi, fma(e.value, rest, share));
  return mirrored(careful, vanishing_from_below(plain, t), t == -gauss_range, x > 0.0);
}

}  // namespace actjit::derivative
