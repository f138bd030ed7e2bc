// The slopes of x tanh(softplus(x)) and x tanh(e^x), each as it is written, and with what rounding
// loses put back, for f64.
#pragma once

#include "ir/derivative/gates.h"

namespace actjit::derivative {

// Polynomials of E = e^-|x|: mish'(x) is N / D^2, left of 0 times E.
//   N = 4 (x + 1) + (4 x + 6) E + 4 E^2 + E^3 and D = 2 + 2 E + E^2, left of 0;
// right of it both have their coefficients in the other order.
struct MishSlope {
  Value right;
  Value x;
  Value outer;  // 4 (x + 1)
  Value inner;  // 4 x + 6
  Value e;

  constexpr Value pick(Value on_the_right, Value else_) const {
    return select(right, on_the_right, else_);
  }
  constexpr Value one() const { return x.like(1.0); }
  constexpr Value four() const { return x.like(4.0); }

  constexpr Value plain() const {
    const Value n =
        fma(e, fma(e, fma(e, pick(outer, one()), pick(inner, four())), pick(four(), inner)),
            pick(one(), outer));
    const Value d = fma(e, fma(e, pick(x.like(2.0), one()), 2.0), pick(one(), x.like(2.0)));
    return pick(one(), e) * n / (d * d);
  }
  constexpr Value careful(const LeftExponential& scaled) const {
    const Value far = fma(e, pick(outer, one()), pick(inner, four()));
    const DoubleDouble near = sum(two_product(e, far), pick(four(), inner));
    const auto [x_and_1, x_and_1_lo] = two_sum(x, one());
    DoubleDouble n = sum(product(near, e), pick(one(), x_and_1 * 4.0));
    n.lo = n.lo + pick(x.like(0.0), x_and_1_lo * 4.0);

    const Value d_first = pick(one(), x.like(2.0));
    const DoubleDouble slope = sum(two_product(e, pick(x.like(2.0), one())), x.like(2.0));
    const DoubleDouble d = sum(product(slope, e), d_first);
    const DoubleDouble q = divided(n, square(d));
    return pick(q.hi + q.lo, times(scaled, q));
  }
};

constexpr Value mish_slope(Value x) {
  const Value right = x > 0.0;
  const Value t = max(-abs(x), -sigmoid_range);
  const Value held = select(right, -t, t);
  const LeftExponential scaled = left_exponential(t);
  const Value outer = fma(held, 4.0, 4.0), inner = fma(held, 4.0, 6.0);
  const MishSlope plain{right, held, outer, inner, exp(t)};
  const MishSlope careful{right, held, outer, inner, scaled.value};
  return compensated(vanishing_from_below(careful.careful(scaled), held),
                     select(held == -sigmoid_range, -0.0, plain.plain()));
}

// With w = e^(-2 e^x) and m = 1 - w the hyperbolic tangent of e^x is m / (2 - m), and the slope
// (m (2 - m) + 4 x e^x w) / (2 - m)^2. Far left m is 2 e^x and the slope e^x (1 + x); right of 10
// it is 1.
constexpr Value telu_slope(Value x) {
  const Value t = max(min(x, 10.0), -sigmoid_range);
  const Value e = exp(t);
  const Value m = -apply(Op::expm1, {e * -2.0});
  const Value w = exp(e * -2.0);
  const Value d = 2.0 - m;
  const Value plain = fma(m, d, t * 4.0 * e * w) / (d * d);

  const DoubleDouble divisor{d, (2.0 - d) - m};
  const DoubleDouble first = product(divisor, m);
  const DoubleDouble second = product(two_product(t * 4.0, e), w);
  DoubleDouble n = sum(second, first.hi);
  n.lo = n.lo + first.lo;
  const DoubleDouble q = divided(n, square(divisor));
  const Value far = times(left_exponential(min(t, -40.0)), two_sum(t, t.like(1.0)));
  const Value careful = select(t < -40.0, far, q.hi + q.lo);
  return compensated(vanishing_from_below(careful, x),
                     select(t == -sigmoid_range, -0.0, vanishing_from_below(plain, x)));
}

}  // namespace actjit::derivative
