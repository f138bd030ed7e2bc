// Functions of balls around pairs: values from pair_math.h, errors by the bounds of ball_math.h.
#pragma once

#include "tools/certify/ball_math.h"
#include "tools/certify/pair_ball.h"
#include "tools/certify/pair_math.h"

namespace actjit::tools {

// Where the tables are; captured by value in the loops over blocks.
struct PairTables {
  const PowerTable* power;
  const LogarithmTable* logarithm;
  const double* erfcx;
  const double* erf;
  const double* sine;
};

namespace pair_ball {

using Limits = Range<double>;

// `e` was computed for the first double of x: where it is as large as x, the second is part of it.
ACTJIT_INLINE PairBall around(Pair x, double e) {
  const bool large = e >= std::fabs(x.hi);
  return {x.hi, large ? 0.0 : x.lo, large ? e * Traits::slack : e};
}
// Of functions that vanish far left: there they are unknown, until pair_special.h mends them.
ACTJIT_INLINE PairBall around(Pair x, double e, PairBall a, double vanishes) {
  const bool far = a.hi + a.e < vanishes;
  return around(x, far ? infinite<double> : e);
}
// See ball::odd.
ACTJIT_INLINE PairBall odd(PairBall a, Pair x, double e) {
  const bool zero = is_exact_zero(a);
  const double more = (std::fabs(a.hi) < Traits::small) & !zero ? Traits::tiny : 0.0;
  return one_sided({zero ? a.hi : x.hi, zero ? 0.0 : x.lo}, zero ? 0.0 : e + more, a.hi,
                   (a.e == 0) | has_sign(a));
}

ACTJIT_INLINE PairBall exp(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(a.pair(), Limits::exp_low, Limits::exp_high);
  const Pair x = pair::exponential(*t.power, c).value();
  const double e =
      ball::exponential(a.rough(), x.hi, exp_error, Limits::exp_low, Limits::exp_high).e;
  return around(x, e, a, exp_vanishes);
}
ACTJIT_INLINE PairBall exp2(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(a.pair(), Limits::exp2_low, Limits::exp2_high);
  const Pair x = pair::exponential_of_2(*t.power, c).value();
  const double e =
      ball::exponential(a.rough(), x.hi, exp_error, Limits::exp2_low, Limits::exp2_high).e;
  return around(x, e, a, exp2_vanishes);
}
ACTJIT_INLINE PairBall expm1(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(a.pair(), -100, Limits::exp_high);
  const Pair x = pair::exponential(*t.power, c).less_one();
  return odd(a, x, ball::expm1(a.rough(), x.hi, expm1_error).e);
}

// `from` is the distance to the pole, `scale` turns the logarithm into that of another base.
ACTJIT_INLINE double logarithm_error(double from, double ae, double x, double slope) {
  const bool in_range = (from >= 0x1p-1000) & (from <= 0x1p1020);
  return in_range ? ball::logarithm(from * (1 - 0x1p-50), ae, x, log_error, slope).e
                  : infinite<double>;
}
ACTJIT_INLINE PairBall log(const PairTables& t, PairBall a) {
  const Pair x = pair::logarithm(*t.logarithm, a.pair()).value();
  return around(x, logarithm_error(a.hi, a.e, x.hi, 1));
}
ACTJIT_INLINE PairBall log_to_base(const PairTables& t, PairBall a, Pair scale) {
  const Pair x = pair::mul(pair::logarithm(*t.logarithm, a.pair()).value(), scale);
  return around(x, logarithm_error(a.hi, a.e, x.hi, scale.hi * 1.01));
}
ACTJIT_INLINE PairBall log1p(const PairTables& t, PairBall a) {
  const Pair x = pair::log1p(*t.logarithm, a.pair());
  return odd(a, x, logarithm_error(pair::add(a.pair(), 1.0).hi, a.e, x.hi, 1));
}

// e^-|a|, clamped.
ACTJIT_INLINE Pair decaying(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(pair::neg(pair::abs(a.pair())), Limits::exp_low, 0);
  return pair::exponential(*t.power, c).value();
}
ACTJIT_INLINE PairBall sigmoid(const PairTables& t, PairBall a) {
  const Pair d = decaying(t, a);
  const bool left = a.hi < 0;
  const Pair x = pair::div({left ? d.hi : 1.0, left ? d.lo : 0.0}, pair::add(d, 1.0));
  return around(x, ball::sigmoid(a.rough(), d.hi, exp_error).e, a, exp_vanishes);
}
ACTJIT_INLINE PairBall softplus(const PairTables& t, PairBall a) {
  const Pair l = pair::log1p(*t.logarithm, decaying(t, a));
  const bool right = a.hi > 0;
  const Pair x = pair::add({right ? a.hi : 0.0, right ? a.lo : 0.0}, l);
  return around(x, ball::softplus(a.rough(), l.hi, log_error).e, a, exp_vanishes);
}
ACTJIT_INLINE PairBall mish_gate(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(a.pair(), Limits::exp_low, Limits::gate_high);
  const Pair g = pair::exponential(*t.power, c).value();
  const Pair n = pair::mul(g, pair::add(g, 2.0));
  const double e = ball::mish_gate(a.rough(), g.hi, exp_error).e;
  return around(pair::div(n, pair::add(n, 2.0)), e, a, exp_vanishes);
}

inline constexpr double tanh_error = expm1_error;  // an error of expm1 counts less than once
// From 45 on the hyperbolic tangent is 1 to within 2^-128.
ACTJIT_INLINE Pair tanh_of(const PairTables& t, Pair a) {
  const Pair c = pair::clamped(pair::scaled(pair::abs(a), 2), 0, 90);
  const Pair y = pair::exponential(*t.power, c).less_one();
  const Pair x = pair::div(y, pair::add(y, 2.0));
  return a.hi < 0 ? pair::neg(x) : x;
}
ACTJIT_INLINE PairBall tanh(const PairTables& t, PairBall a) {
  const Pair x = tanh_of(t, a.pair());
  return odd(a, x, ball::sigmoidal(a.rough(), x.hi, tanh_error, 1.0).e);
}

// x - tanh(x) near 0 is x^3 / 3 - 2/15 x^5 + ...; see ball::tanh_shrink_series.
struct ShrinkSeries {
  Pair a3 = pair::div({1, 0}, {3, 0}), a5 = pair::div({-2, 0}, {15, 0}),
       a7 = pair::div({17, 0}, {315, 0});

  ACTJIT_INLINE Pair operator()(Pair x) const {
    const Pair square = pair::mul(x, x);
    const double s = square.hi;
    double p = 18888466084.0 / 194896477400625;
    p = std::fma(p, -s, 443861162.0 / 1856156927625);
    p = std::fma(p, -s, 6404582.0 / 10854718875);
    p = std::fma(p, -s, 929569.0 / 638512875);
    p = std::fma(p, -s, 21844.0 / 6081075);
    p = std::fma(p, -s, 1382.0 / 155925);
    p = std::fma(p, -s, 62.0 / 2835);
    Pair q = pair::add(pair::mul(square, -p), a7);
    q = pair::add(pair::mul(q, square), a5);
    q = pair::add(pair::mul(q, square), a3);
    return pair::mul(pair::mul(q, square), x);
  }
};
ACTJIT_INLINE PairBall tanh_shrink(const PairTables& t, const ShrinkSeries& series, PairBall a) {
  const Pair y = tanh_of(t, a.pair());
  const bool near = std::fabs(a.hi) + a.e < 0.125;
  const Pair by_series = series(a.pair()), far = pair::sub(a.pair(), y);
  const Pair x{near ? by_series.hi : far.hi, near ? by_series.lo : far.lo};
  const double end = (std::fabs(a.hi) + a.e) * Traits::slack;
  const double e = near ? std::fabs(x.hi) * tanh_error + a.e * end * end
                        : (std::fabs(y.hi) + std::fabs(x.hi)) * tanh_error + a.e;
  const bool tiny = std::fabs(x.hi) < Traits::small;
  const PairBall r = around(x, (e + (tiny ? Traits::tiny : 0.0)) * Traits::slack);
  return is_exact_zero(a) ? a : r;
}

ACTJIT_INLINE PairBall erf(const PairTables& t, PairBall a) {
  const Pair x = pair::taylor(t.erf, 0, pair::clamped(pair::abs(a.pair()), 0, last_erf));
  return odd(a, a.hi < 0 ? pair::neg(x) : x, ball::sigmoidal(a.rough(), x.hi, erf_error, 1.13).e);
}
ACTJIT_INLINE PairBall erfc(const PairTables& t, PairBall a) {
  const Pair c = pair::clamped(pair::abs(a.pair()), 0, Limits::erfc_high);
  const Pair right = pair::erfc(*t.power, t.erfcx, c);
  const Pair left = pair::add(pair::neg(right), 2.0);
  const Pair x = a.hi < 0 ? left : right;
  return around(x, ball::erfc(a.rough(), x.hi, erfc_error).e, neg(a), -erfc_vanishes);
}
ACTJIT_INLINE PairBall gelu_gate(const PairTables& t, PairBall a) {
  constexpr Pair root_half{0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};
  const Pair u = pair::mul(pair::abs(a.pair()), root_half);
  const Pair c = pair::clamped(u, 0, Limits::erfc_high);
  const Pair left = pair::scaled(pair::erfc(*t.power, t.erfcx, c), 0.5);
  const Pair right = pair::add(pair::neg(left), 1.0);
  const Pair x = a.hi < 0 ? left : right;
  const double growing = (std::fabs(a.hi) + a.e + 1.1) * a.e;
  const double e =
      ball::saturated(a.hi, a.e, x.hi, erfc_error, x.hi * (erfc_error + ball::growth(growing)));
  const double wide = ball::above_zero(a.rough(), -1.4142 * Limits::erfc_high, x.hi, e).e;
  return around(x, wide, a, gelu_gate_vanishes);
}

// quarters = 0: the sine, 1: the cosine.
ACTJIT_INLINE PairBall sine(const PairTables& t, PairBall a, std::uint64_t quarters) {
  const bool in_range = std::fabs(a.hi) <= 0x1p15;
  const Pair x = pair::sine(t.sine, {in_range ? a.hi : 0.0, in_range ? a.lo : 0.0}, quarters);
  const double offset = std::fabs(a.hi) < 0.5 ? 0.0 : pair::sine_offset;
  const double e = (std::fabs(x.hi) * sine_error + a.e + offset) * Traits::slack;
  return around(x, in_range ? e : infinite<double>);
}
ACTJIT_INLINE PairBall sin(const PairTables& t, PairBall a) {
  const PairBall r = sine(t, a, 0);
  const bool tiny = std::fabs(a.hi) < Traits::small;
  return is_exact_zero(a) ? a : make(r.pair(), tiny ? r.e + Traits::tiny : r.e);
}

ACTJIT_INLINE PairBall rsqrt(PairBall a) {
  const Pair x = pair::div({1, 0}, pair::sqrt(a.pair()));
  const double least = a.hi * (1 - 0x1p-50) - a.e;
  const bool in_range = (least >= 0x1p-900) & (a.hi < 0x1p1000);
  const double e = x.hi * (4 * pair_error + a.e / least) * Traits::slack;
  return make(x, in_range ? e : infinite<double>);
}
// Scaled by a power of two, so that squares neither overflow nor vanish beside the larger one.
ACTJIT_INLINE PairBall hypot(PairBall a, PairBall b) {
  const double most = std::fabs(a.hi) > std::fabs(b.hi) ? std::fabs(a.hi) : std::fabs(b.hi);
  const double up = most > 0x1p500 ? 0x1p-600 : most < 0x1p-400 ? 0x1p900 : 1.0;
  const double back = most > 0x1p500 ? 0x1p600 : most < 0x1p-400 ? 0x1p-900 : 1.0;
  const Pair x = pair::scaled(a.pair(), up), y = pair::scaled(b.pair(), up);
  const Pair h = pair::sqrt(pair::add(pair::mul(x, x), pair::mul(y, y)));
  const double size = h.hi * back;
  const double tiny = most < Traits::small ? Traits::tiny : 0.0;
  const double e = (size * 4 * pair_error + a.e + b.e + tiny) * Traits::slack;
  return make(pair::scaled(h, back), most > 0 ? e : infinite<double>);
}

}  // namespace pair_ball

}  // namespace actjit::tools
