// The slopes of math functions, from the operands and the function's own value.
//
// Each is written so that it neither overflows nor becomes NaN where the slope is finite, keeps its
// relative accuracy in the tails and has its limit at infinity. Where an operand is held within a
// range, the slope has reached its limit to the last bit before the range ends. Where the square or
// product an exponential takes is rounded, the rounding is put back by its first-order effect; the
// surrogate beside it is the same function without that, for further derivatives.
#pragma once

#include <limits>

#include "ir/derivative/contribution.h"
#include "ir/derivative/tanh_gates.h"
#include "ir/value.h"

namespace actjit::derivative {

inline constexpr Real ln_2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
inline constexpr Real two_ln_2{0x1.62e42fefa39efp+0, 0x1.abc9e3b39803fp-55};
inline constexpr Real log2_e{0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
inline constexpr Real log10_e{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
inline constexpr Real two_by_sqrt_pi{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56};

#define ACTJIT_DERIVATIVE_FUNCTION(name) \
  constexpr Value name(Value x) { return apply(Op::name, {x}); }
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

// e^(-s x^2) for a power of two s.
constexpr Value gaussian(Value x, double s) {
  const Value c = held(x, -gauss_range, gauss_range);
  const Value square = c * c;
  const Value rest = fma(c, c, -square) * -s;
  const Value e = exp(square * -s);
  return surrogate(fma(e, rest, e), exp((x * x) * -s));
}

constexpr Value erf_slope(Value x) { return gaussian(x, 1) * two_by_sqrt_pi; }

// The derivative of the sigmoid: smooth, even, and exact in its tails.
constexpr Value logistic(Value x) { return sigmoid(x) * sigmoid(-x); }

// 4 e / (1 + e)^2 for e = e^-2|x|, times 1 + off.
constexpr Value careful_sech_squared(Value x, Value off = {}) {
  const LeftExponential e = left_exponential(max(abs(x) * -2.0, -sigmoid_range));
  const DoubleDouble d = square(two_sum(e.value, x.like(1.0)));
  return times(e, divided({x.like(4.0), x.like(0.0)}, d), off);
}

constexpr Value sech_squared(Value x) {
  return compensated(careful_sech_squared(x), logistic(x * 2.0) * 4.0);
}

// On the right, where 2^x overflows before its slope does, by half of it.
constexpr Value exp2_slope(Value x) {
  const Value right = x > 120.0;  // the difference is exact
  return exp2(select(right, x - 1.0, x)) * select(right, x.like(two_ln_2), ln_2);
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
  const Value off = rest * copysign(z.like(2.0), -z);
  const Value plain = surrogate(fma(slope, off, lost) + slope, sech_squared(z));
  return compensated(careful_sech_squared(z, off), plain);
}

// tanh(z) - z sech^2(z) for z = x / b, near zero without cancellation.
constexpr Value softcap_slope_in_cap(Value x, Value b) {
  const Value z = held(x / b, -sigmoid_range, sigmoid_range);
  const Value t = tanh(z);
  return select(abs(z) < 1.0, z * (t * t) - tanh_shrink(z), t - z * sech_squared(z));
}

// p q for q = 1 / s, s a sum of 1 and something: what the sum and the quotient lose is put back.
constexpr Value times_quotient(Value p, Value q, Value s) {
  Graph& g = *s.graph;
  const Node sum = g[s.id], quotient = g[q.id];
  const bool is_sum = sum.op == Op::add || sum.op == Op::sub;
  if (!is_sum || quotient.op != Op::div || !is_number(g, quotient.args[0], 1)) return p * q;
  const Value a{&g, sum.args[0]}, b{&g, sum.args[1]};
  const DoubleDouble exact = two_sum(a, sum.op == Op::add ? b : -b);
  const Value lost = fma(-q, exact.lo, fma(-q, s, 1.0)) * q;
  const Value rest = select(abs(s) < std::numeric_limits<double>::infinity(), lost, 0.0);
  return compensated(p * fma(rest, 2.0, q), p * q);
}

// (1 + x / sqrt(x^2 + b)) / 2, with its limits at infinity and 1 where x and b are 0. Where that is
// small, value / sqrt(x^2 + b), which is b / (2 (x^2 + b + |x| sqrt(x^2 + b))).
constexpr Value squareplus_root(Value x, Value b) { return hypot(x, sqrt(b)); }
constexpr Value careful_squareplus_tail(Value x, Value b, Value root, Value plain) {
  const Value size = abs(x);
  const DoubleDouble sum_of_squares = sum(two_product(x, x), b);
  const auto [square, square_lo] = two_product(root, root);
  const Value residual = (sum_of_squares.hi - square) + (sum_of_squares.lo - square_lo);
  const DoubleDouble exact_root{root, residual / root * 0.5};
  DoubleDouble d = sum(product(exact_root, size), sum_of_squares.hi);
  d.lo = d.lo + sum_of_squares.lo;
  const DoubleDouble q = divided({b * 0.5, b.like(0.0)}, d);
  return select((size > 0x1p-300) & (size < 0x1p300), q.hi + q.lo, plain);
}
constexpr Value squareplus_slope(Value x, Value b, Value value) {
  const Value root = squareplus_root(x, b);
  const Value share = x / root;
  const Value tail = value / root;
  const Value careful = compensated(careful_squareplus_tail(x, b, root, tail), tail);
  const Value slope = select(share > -0.5, fma(share, 0.5, 0.5), careful);
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
