// Balls that are not finite: true infinities and NaN, numbers that overflowed, and operands outside
// of a function's domain. One element at a time; slow, careful, rarely needed.
#pragma once

#include <algorithm>

#include "tools/certify/ball.h"
#include "tools/certify/program.h"

namespace actjit::tools {

template <class T>
class SpecialBalls {
 public:
  using B = Ball<T>;
  using Traits = BallTraits<T>;

  // `fast` is what the branch-free functions gave.
  static B apply(const Step& step, B a, B b, B c, B fast) {
    const int n = arity(step.what);
    if (step.what == Do::select) return select(a, b, c);
    if (is_unknown(a) || (n > 1 && is_unknown(b))) return is_bool(step.what) ? B{0, 1} : unknown;
    const bool exact = a.e == 0 && (n < 2 || b.e == 0);
    // The sign of a NaN is nobody's promise.
    if (step.what == Do::copysign && is_nan(b)) return is_nan(a) ? a : unknown;
    if (exact) return of_exact(step.what, a.v, n > 1 ? b.v : T{0}, fast);
    if (is_nan(a) || (n > 1 && is_nan(b))) {
      if (is_comparison(step.what)) return {step.what == Do::ne ? T{1} : T{0}, 0};
      // hypot(inf, NaN), pow(1, NaN) and pow(NaN, 0) are numbers.
      const bool number =
          step.what == Do::hypot || (step.what == Do::pow && !is_power_of_nan(a, b));
      return number ? unknown : exactly(nan);
    }
    if (n == 1) return of_one(step, a);
    return of_two(step.what, a, b, fast);
  }

  static bool is_overflowed(B a) { return std::isinf(a.v) && a.e > 0 && std::isfinite(a.e); }
  static bool is_unknown(B a) {
    return a.e != 0 && !is_overflowed(a) && !(std::isfinite(a.v) && std::isfinite(a.e));
  }

 private:
  static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  static constexpr B unknown = {0, infinite<T>};
  // Far below all that is kept: [0, 2 least].
  static constexpr T least = 1 / Traits::least_overflow;
  // What bounds on overflowed numbers lose by their own rounding.
  static constexpr T care = 1 - T(0x1p-40);

  static B exactly(T v) { return {v, 0}; }
  static bool is_nan(B a) { return std::isnan(a.v) && a.e == 0; }
  static bool is_power_of_nan(B a, B b) { return is_nan(a) && (low(b) > 0 || high(b) < 0); }
  static bool is_comparison(Do d) { return d >= Do::eq && d <= Do::ge; }
  static bool is_bool(Do d) { return d >= Do::eq && d <= Do::bit_not; }
  static B overflowed(T sign, T magnitude) {
    if (!(magnitude >= Traits::least_overflow)) return unknown;
    return {std::copysign(infinite<T>, sign), std::min(magnitude, largest<T>)};
  }
  static T low(B a) {
    if (!is_overflowed(a)) return a.e == 0 ? a.v : ball::low_end(a);
    return a.v > 0 ? a.e : -infinite<T>;
  }
  static T high(B a) { return -low({-a.v, a.e}); }
  static T least_magnitude(B a) { return std::max({low(a), -high(a), T{0}}); }
  static T largest_magnitude(B a) { return std::max(high(a), -low(a)); }
  static bool one_side(B a) { return is_overflowed(a) || a.e <= std::fabs(a.v); }

  static B select(B condition, B a, B b) {
    if (condition.e == 0) return condition.v != 0 ? a : b;
    if (!is_finite(a) || !is_finite(b)) return unknown;
    const T from = std::min(low(a), low(b)), to = std::max(high(a), high(b));
    const T middle = from / 2 + to / 2;
    return {middle, (to - middle > middle - from ? to - middle : middle - from) * Traits::slack};
  }

  // Every step at an infinity or a NaN gives what the C library gives: its limit.
  static B of_exact(Do what, T a, T b, B fast) {
    const bool finite = std::isfinite(a) && std::isfinite(b);
    const T v = value(what, a, b);
    if (!finite || std::isnan(v)) return exactly(v);
    if (std::isinf(v)) {
      const bool pole = (what == Do::div && b == 0) || (what == Do::pow && a == 0) ||
                        (what >= Do::log && what <= Do::log1p) || what == Do::rsqrt;
      return pole ? exactly(v) : overflowed(v, Traits::overflow);
    }
    // Finite, but out of range on the way.
    if (what == Do::hypot) return {v, v == 0 ? v : v * T(0x1p-46) + Traits::tiny};
    return fast;
  }

  // 0 * infinity is 0.
  static T gate(T a, T b) {
    const bool zero = (a == 0 || b == 0) && !std::isnan(a) && !std::isnan(b);
    return zero ? std::copysign(T{0}, std::copysign(T{1}, a) * std::copysign(T{1}, b)) : a * b;
  }

  static T value(Do what, T a, T b) {
    switch (what) {
      case Do::add: return a + b;
      case Do::sub: return a - b;
      case Do::mul: return a * b;
      case Do::gated: return gate(a, b);
      case Do::div: return a / b;
      case Do::neg: return -a;
      case Do::abs: return std::fabs(a);
      case Do::sqrt: return std::sqrt(a);
      case Do::min: return b < a || std::isnan(b) ? b : a;
      case Do::max: return b > a || std::isnan(b) ? b : a;
      case Do::floor:
      case Do::ceil:
      case Do::trunc:
      case Do::round:
      case Do::narrow: return a;
      case Do::copysign: return std::copysign(a, b);
      case Do::eq: return a == b;
      case Do::ne: return a != b;
      case Do::lt: return a < b;
      case Do::le: return a <= b;
      case Do::gt: return a > b;
      case Do::ge: return a >= b;
      case Do::exp: return std::exp(a);
      case Do::exp2: return std::exp2(a);
      case Do::expm1: return std::expm1(a);
      case Do::log: return std::log(a);
      case Do::log2: return std::log2(a);
      case Do::log10: return std::log10(a);
      case Do::log1p: return std::log1p(a);
      case Do::pow: return std::pow(a, b);
      case Do::rsqrt: return 1 / std::sqrt(a);
      case Do::hypot: return std::hypot(a, b);
      case Do::sin: return std::sin(a);
      case Do::cos: return std::cos(a);
      case Do::tanh: return std::tanh(a);
      case Do::sigmoid: return 1 / (1 + std::exp(-a));
      case Do::erf: return std::erf(a);
      case Do::erfc: return std::erfc(a);
      case Do::softplus: return std::isnan(a) || a > 0 ? a : T{0};
      case Do::gelu_gate:
      case Do::mish_gate: return std::isnan(a) ? a : a > 0 ? T{1} : T{0};
      case Do::tanh_shrink: return a;
      default: throw InternalError("no such step on numbers");
    }
  }

  static B of_one(const Step& step, B a) {
    const T below = step.what == Do::log1p ? T{-1} : T{0};
    switch (step.what) {
      case Do::sqrt:
      case Do::rsqrt:
      case Do::log:
      case Do::log2:
      case Do::log10:
      case Do::log1p:
        if (high(a) < below) return exactly(nan);
        if (!is_overflowed(a)) return unknown;
        if (step.what == Do::sqrt) return overflowed(1, std::sqrt(a.e) * care);
        if (step.what == Do::rsqrt) return {1 / std::sqrt(a.e) / care, 1 / std::sqrt(a.e) / care};
        return unknown;
      case Do::exp:
      case Do::exp2:
      case Do::expm1:
        // 2^a and e^a exceed all that T has from here on.
        if (low(a) > std::numeric_limits<T>::max_exponent) return overflowed(1, Traits::overflow);
        break;
      case Do::narrow:
        if (is_overflowed(a) && a.e >= std::ldexp(T{1}, step.format->emax + 1)) return exactly(a.v);
        break;
      default: break;
    }
    return is_overflowed(a) ? of_overflowed(step.what, a) : unknown;
  }

  static B of_overflowed(Do what, B a) {
    const bool positive = a.v > 0;
    const B vanishing{least, least};
    const B one{1, least};
    switch (what) {
      case Do::neg: return {-a.v, a.e};
      case Do::abs: return {std::fabs(a.v), a.e};
      case Do::floor:
      case Do::ceil:
      case Do::trunc:
      case Do::round: return a;
      case Do::tanh_shrink: return overflowed(a.v, a.e / 2);
      case Do::exp:
      case Do::exp2: return vanishing;
      case Do::expm1: return {-1, least};
      case Do::tanh:
      case Do::erf: return {positive ? T{1} : T{-1}, least};
      case Do::erfc: return positive ? vanishing : B{2, least};
      case Do::sigmoid:
      case Do::gelu_gate:
      case Do::mish_gate: return positive ? one : vanishing;
      case Do::softplus: return positive ? a : vanishing;
      case Do::sin:
      case Do::cos: return {0, 1};
      default: return unknown;
    }
  }

  static B of_two(Do what, B a, B b, B fast) {
    switch (what) {
      case Do::add: return sum(a, b);
      case Do::sub: return sum(a, {-b.v, b.e});
      case Do::mul:
      case Do::gated: return product(a, b);
      case Do::div: return quotient(a, b);
      case Do::min:
        if (high(b) < low(a)) return b;
        return high(a) <= low(b) ? a : unknown;
      case Do::max:
        if (low(b) > high(a)) return b;
        return low(a) >= high(b) ? a : unknown;
      case Do::copysign: return one_side(b) ? B{std::copysign(a.v, b.v), a.e} : unknown;
      case Do::eq: return comparison(a, b, 0, 0);
      case Do::ne: return comparison(a, b, 1, 1);
      case Do::lt:
      case Do::le: return comparison(a, b, 1, 0);
      case Do::gt:
      case Do::ge: return comparison(a, b, 0, 1);
      case Do::hypot:
        if ((a.e == 0 && std::isinf(a.v)) || (b.e == 0 && std::isinf(b.v)))
          return exactly(infinite<T>);
        if (is_overflowed(a) || is_overflowed(b))
          return overflowed(1, std::max(least_magnitude(a), least_magnitude(b)));
        return unknown;
      case Do::pow:
        // A negative base has no powers between two integers.
        return high(a) < 0 && !is_infinite(a) && std::floor(high(b)) < low(b) ? exactly(nan)
                                                                              : unknown;
      default: return fast;
    }
  }

  static B comparison(B a, B b, T below, T above) {
    if (high(a) < low(b)) return exactly(below);
    return low(a) > high(b) ? exactly(above) : B{0, 1};
  }
  static bool is_infinite(B a) { return a.e == 0 && std::isinf(a.v); }

  static B sum(B a, B b) {
    if (is_infinite(a)) return a;
    if (is_infinite(b)) return b;
    const T from = low(a) + low(b), to = high(a) + high(b);
    if (from > 0) return overflowed(1, from * care);
    return to < 0 ? overflowed(-1, -to * care) : unknown;
  }
  static B product(B a, B b) {
    const T sign = std::copysign(T{1}, a.v) * std::copysign(T{1}, b.v);
    if (is_exact_zero(a) || is_exact_zero(b))
      return is_infinite(a) || is_infinite(b) ? unknown : exactly(std::copysign(T{0}, sign));
    const T least_product = least_magnitude(a) * least_magnitude(b) * care;
    if (is_infinite(a) || is_infinite(b))
      return least_magnitude(a) > 0 && least_magnitude(b) > 0
                 ? exactly(std::copysign(infinite<T>, sign))
                 : unknown;
    return overflowed(sign, least_product);
  }
  static B quotient(B a, B b) {
    const T sign = std::copysign(T{1}, a.v) * std::copysign(T{1}, b.v);
    if (is_infinite(b)) return one_side(a) ? exactly(std::copysign(T{0}, sign)) : unknown;
    if (!one_side(b) || !(least_magnitude(b) > 0)) return unknown;
    if (is_infinite(a)) return exactly(std::copysign(infinite<T>, sign));
    if (!is_overflowed(b))
      return overflowed(sign, least_magnitude(a) / largest_magnitude(b) * care);
    if (is_exact_zero(a)) return exactly(std::copysign(T{0}, sign));
    if (is_overflowed(a)) return unknown;
    const T most = largest_magnitude(a) / b.e / care + Traits::tiny;
    return one_side(a) ? B{std::copysign(most, sign), most} : B{0, most};
  }
};

}  // namespace actjit::tools
