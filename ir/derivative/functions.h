// The slopes of math functions, from the operands and the function's own value.
//
// Each is written so that it neither overflows nor becomes NaN where the slope is finite, keeps its
// relative accuracy in the tails and has its limit at infinity. Where an operand is held within a
// range, the slope has reached its limit to the last bit before the range ends. Where the square or
// product an exponential takes is rounded, the rounding is put back by its first-order effect; the
// surrogate beside it is the same function without that, for further derivatives.
#pragma once

#include "ir/value.h"

namespace actjit::derivative {

inline constexpr Real ln_2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
inline constexpr Real two_ln_2{0x1.62e42fefa39efp+0, 0x1.abc9e3b39803fp-55};
inline constexpr Real log2_e{0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
inline constexpr Real log10_e{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
inline constexpr Real two_by_sqrt_pi{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56};
inline constexpr Real one_by_sqrt_2{0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};
// e^-gelu_shift / sqrt(2 pi)
inline constexpr double gelu_shift = 50;
inline constexpr Real shifted_by_sqrt_2_pi{0x1.7416846b4d5d9p-74, 0x1.fcf209f297f8dp-128};

#define ACTJIT_DERIVATIVE_FUNCTION(name) \
  constexpr Value name(Value x) { return apply(Op::name, {x}); }
ACTJIT_DERIVATIVE_FUNCTION(exp)
ACTJIT_DERIVATIVE_FUNCTION(exp2)
ACTJIT_DERIVATIVE_FUNCTION(log)
ACTJIT_DERIVATIVE_FUNCTION(sin)
ACTJIT_DERIVATIVE_FUNCTION(cos)
ACTJIT_DERIVATIVE_FUNCTION(tanh)
ACTJIT_DERIVATIVE_FUNCTION(tanh_shrink)
ACTJIT_DERIVATIVE_FUNCTION(sigmoid)
ACTJIT_DERIVATIVE_FUNCTION(softplus)
ACTJIT_DERIVATIVE_FUNCTION(erfc)
#undef ACTJIT_DERIVATIVE_FUNCTION
constexpr Value pow(Value x, Value y) { return apply(Op::pow, {x, y}); }
constexpr Value hypot(Value x, Value y) { return apply(Op::hypot, {x, y}); }
constexpr Value surrogate(Value x, Value y) { return apply(Op::surrogate, {x, y}); }

constexpr Value held(Value x, double low, double high) { return min(max(x, low), high); }

// Past these no sigmoid differs from 0 or 1, no Gaussian from 0.
inline constexpr double sigmoid_range = 1000;
inline constexpr double gauss_range = 64;

// e^(shift - s x^2) for a power of two s. A shift keeps what is multiplied next from being a
// subnormal number.
constexpr Value gaussian(Value x, double s, double shift = 0) {
  const Value c = held(x, -gauss_range, gauss_range);
  const Value square = c * c;
  const Value rest = fma(c, c, -square) * -s;
  const Value exponent = square * -s;
  if (shift == 0) {
    const Value e = exp(exponent);
    return surrogate(fma(e, rest, e), exp((x * x) * -s));
  }
  // What the sum loses, exactly: it loses something only where the shift is the larger (Dekker).
  const Value moved = exponent + shift;
  const Value lost = exponent - (moved - shift);
  const Value e = exp(moved);
  return surrogate(fma(e, rest + lost, e), exp((x * x) * -s + shift));
}

constexpr Value erf_slope(Value x) { return gaussian(x, 1) * two_by_sqrt_pi; }

// The derivative of the sigmoid: smooth, even, and exact in its tails.
constexpr Value logistic(Value x) { return sigmoid(x) * sigmoid(-x); }

constexpr Value sech_squared(Value x) { return logistic(x * 2.0) * 4.0; }

// On the right, where 2^x overflows before its slope does, by half of it.
constexpr Value exp2_slope(Value x) {
  const Value right = x > 120.0;  // the difference is exact
  return exp2(select(right, x - 1.0, x)) * select(right, x.like(two_ln_2), ln_2);
}

// A slope that vanishes on the far left from below: where all of it underflows, -0.
constexpr Value vanishing_from_below(Value slope, Value x) {
  return select(slope == 0.0, copysign(slope, x), slope);
}

// The slope of value = x s(v), given v'(x): s(v) + value v'(x) s(-v). The value has what rounding
// s(v) to a subnormal number would lose. Past the range the other factor is 0, on its left all is.
constexpr Value gated_slope(Value gate, Value value, Value v, Value rise) {
  const Value slope = fma(min(value * rise, sigmoid_range), sigmoid(-v), gate);
  return select(v < -sigmoid_range, -0.0, vanishing_from_below(slope, v));
}

constexpr Value silu_slope(Value x, Value value) {
  return gated_slope(sigmoid(x), value, x, x.like(1.0));
}

// Phi(x) + x phi(x), of the normal distribution and its density.
constexpr Value gelu_slope(Value x) {
  const Value c = held(x, -gauss_range, gauss_range);
  const Value rise = c * gaussian(x, 0.5, gelu_shift);
  const Value left = erfc(-(x * one_by_sqrt_2)) * 0.5;
  return vanishing_from_below(fma(rise, shifted_by_sqrt_2_pi, left), x);
}

// s(v) of value = x s(v). Left of -1 the value has it to the last bits, however v was rounded.
constexpr Value gate_of(Value x, Value value, Value v) {
  const Value gate = select(v > -1.0, 1.0 - sigmoid(-v), value / x);
  return surrogate(gate, sigmoid(v));
}

// v = 2 sqrt(2 / pi) (x + 0.044715 x^3)
constexpr Value gelu_tanh_slope(Value x, Value value) {
  constexpr Real first{0x1.9884533d43651p+0, -0x1.cbc0d30ebfd15p-54};
  constexpr Real third{0x1.2444f2a4d8b4bp-4, -0x1.6c843a29d1c70p-61};
  constexpr Real third_3{0x1.b6676bf7450f0p-3, 0x1.bba7351828aabp-57};
  const Value c = held(x, -gauss_range, gauss_range);
  const Value square = c * c;
  const Value v = c * fma(square, third, first);
  return gated_slope(gate_of(x, value, v), value, v, fma(square, third_3, first));
}

// With E = e^x, value = x n / d for n = E (E + 2), d = n + 2, and the slope of n / d is
// 4 E (1 + E) / d^2, which is n / d by 4 (1 + E) / ((E + 2) d). Right of 22 the sum is 1, and the
// last product is not yet infinite in f32.
constexpr Value mish_slope(Value x, Value value) {
  const Value e = exp(min(x, 22.0));
  const Value e_and_2 = e + 2.0;
  const Value n = e * e_and_2;
  const Value d = n + 2.0;
  const Value ratio = fma(e, 4.0, 4.0) / (e_and_2 * d);
  const Value slope = fma(min(value, 22.0), ratio, n / d);
  return select(x < -sigmoid_range, -0.0, vanishing_from_below(slope, x));
}

// Right of 10 the sum is 1. Far left tanh(e^x) is e^x, and the value x e^x.
constexpr Value telu_slope(Value x, Value value) {
  const Value c = min(x, 10.0);
  const Value e = exp(c);
  const Value rise = select(x > -30.0, c * e, value);
  const Value slope = fma(rise, sech_squared(e), tanh(e));
  return select(x < -sigmoid_range, -0.0, vanishing_from_below(slope, x));
}

// tanh(x)^2. Near zero tanh(x) = x - value is known to more than its own digits.
constexpr Value tanh_shrink_slope(Value x, Value value) {
  const Value near = abs(x) < 0.5;
  const Value t = select(near, x - value, tanh(x));
  const Value rest = select(near, (x - t) - value, 0.0);
  return surrogate(fma(t, t, t * rest * 2.0), tanh(x) * tanh(x));
}

// s(x y) to the last bits in the tail.
constexpr Value sigmoid_of_product(Value x, Value y) {
  const Value z = x * y;
  const Value gate = sigmoid(z);
  const Value tail = (z < 0.0) & (z > -sigmoid_range);
  const Value rest = select(tail, fma(x, y, -z), 0.0);
  return surrogate(fma(gate, rest, gate), gate);
}

constexpr Value swish_slope(Value x, Value beta, Value value) {
  const Value v = beta * x;
  return gated_slope(gate_of(x, value, v), value, v, beta);
}
constexpr Value swish_slope_in_beta(Value x, Value beta, Value value) {
  return value * sigmoid(-(beta * x)) * x;
}

// (z s(z) - softplus(z)) / b^2 for z = b x: minus the entropy of a coin that falls with s(z), which
// is even in z and does not cancel where z is negative.
constexpr Value scaled_softplus_slope_in_beta(Value x, Value beta) {
  const Value z = -abs(held(beta * x, -sigmoid_range, sigmoid_range));
  return (z * sigmoid(z) - softplus(z)) / beta / beta;
}

// sech^2(x / b). The quotient's rounding counts where the result is small.
constexpr Value softcap_slope(Value x, Value b) {
  const Value z = x / b;
  const Value one = sigmoid(z * 2.0) * 4.0, other = sigmoid(z * -2.0);
  const Value slope = one * other;
  const Value lost = fma(one, other, -slope);
  const Value rest = select(abs(z) < sigmoid_range, fma(-z, b, x) / b, 0.0);
  return surrogate(fma(slope, rest * copysign(z.like(2.0), -z), lost) + slope, sech_squared(z));
}
// tanh(z) - z sech^2(z) for z = x / b, near zero without cancellation.
constexpr Value softcap_slope_in_cap(Value x, Value b) {
  const Value z = held(x / b, -sigmoid_range, sigmoid_range);
  const Value t = tanh(z);
  return select(abs(z) < 1.0, z * (t * t) - tanh_shrink(z), t - z * sech_squared(z));
}

// value / sqrt(x^2 + b), with its limits at infinity and 1 where x and b are 0; where it is not
// small, (1 + x / sqrt(x^2 + b)) / 2, which is closer.
constexpr Value squareplus_root(Value x, Value b) { return hypot(x, sqrt(b)); }
constexpr Value squareplus_slope(Value x, Value b, Value value) {
  const Value root = squareplus_root(x, b);
  const Value share = x / root;
  const Value slope = select(share > -0.5, fma(share, 0.5, 0.5), value / root);
  return select(value == root, 1.0, slope);
}

// y x^(y - 1), 0 for an exponent of 0.
constexpr Value pow_slope(Value x, Value y) {
  const Value slope = y * pow(x, y - 1.0);
  const Graph& g = *y.graph;
  if (g.is_constant(y.id) && g.real(y.id).hi != 0) return slope;
  return select(y == 0.0, 0.0, slope);
}
// x^y log(x), 0 where x is 0 and y not negative.
constexpr Value pow_slope_in_exponent(Value x, Value y, Value value) {
  return select((x == 0.0) & (y >= 0.0), 0.0, value * log(x));
}

}  // namespace actjit::derivative
