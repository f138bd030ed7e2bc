// Balls of pairs that overflowed or vanished (pair_ball.h), which is what most functions do at most
// doubles. One element at a time. What is not here is unknown, and left to the next level.
#pragma once

#include <algorithm>

#include "tools/certify/pair_ball.h"
#include "tools/certify/program.h"

namespace actjit::tools {

class SpecialPairs {
 public:
  using B = PairBall;

  static bool is_nan(B a) { return std::isnan(a.hi) && a.e == 0; }
  static bool is_overflowed(B a) { return std::isinf(a.hi) && a.e > 0 && std::isfinite(a.e); }

  // `fast` is what the branch-free functions gave; right where all is finite.
  static B apply(Do what, B a, B b, B c, B fast) {
    if (what == Do::select) return select(a, b, c);
    const bool known = is_known(a) && (arity(what) < 2 || is_known(b));
    if (!known) return is_relation(what) ? of_unknown(what, a, b) : unknown;
    if (is_nan(a) || (arity(what) == 2 && is_nan(b))) return of_nan(what);
    if (is_plain(a) && (arity(what) < 2 || is_plain(b))) return of_plain(what, a, b, fast);
    if (arity(what) < 2) return of_one(what, a, fast);
    return of_two(what, a, b, fast);
  }

 private:
  static constexpr B unknown = {0, 0, infinite<double>};
  static constexpr B nan = {std::numeric_limits<double>::quiet_NaN(), 0, 0};
  // Overflowed numbers below 2^least are forgotten, and so are exponents beyond `most`.
  static constexpr double least = 400, most = 1e9;

  static bool is_relation(Do what) { return what >= Do::eq && what <= Do::ge; }
  static bool is_plain(B a) { return pair_ball::is_plain(a); }
  static bool is_known(B a) {
    return is_plain(a) || is_nan(a) || is_overflowed(a) || pair_ball::is_vanishing(a);
  }
  static B vanishing_of(double sign) { return {std::copysign(vanishing, sign), 0, vanishing}; }
  static B overflowed(double sign, double exponent) {
    if (!(exponent >= least)) return unknown;
    return {std::copysign(infinite<double>, sign), 0, std::min(exponent, most)};
  }
  static bool has_sign(B a) { return !is_plain(a) || pair_ball::has_sign(a); }
  // At most log2 of the magnitude, of what has a sign; at least that.
  static double least_exponent(B a) {
    if (is_overflowed(a)) return a.e;
    return std::ilogb(std::fabs(a.hi) * (1 - 0x1p-50) - a.e);
  }
  static double largest_exponent(B a) { return std::ilogb(std::fabs(a.hi) + a.e) + 2; }

  // An infinity, which is a constant of the formula, and a number are apart.
  static B of_unknown(Do what, B a, B b) {
    const bool apart = (is_infinite(a) && is_plain(b)) || (is_plain(a) && is_infinite(b));
    switch (what) {
      case Do::eq: return pair_ball::truth(false, apart);
      case Do::ne: return pair_ball::truth(true, apart);
      case Do::lt:
      case Do::le: return pair_ball::truth(a.hi < b.hi, apart);
      default: return pair_ball::truth(a.hi > b.hi, apart);
    }
  }
  // The sign of a NaN is nobody's promise, and hypot(inf, NaN) is a number.
  static B of_nan(Do what) {
    if (is_relation(what)) return pair_ball::truth(what == Do::ne, true);
    return what == Do::copysign || what == Do::hypot ? unknown : nan;
  }
  static bool is_infinite(B a) { return std::isinf(a.hi) && a.e == 0; }

  static B select(B condition, B a, B b) {
    if (condition.e != 0) return unknown;
    return condition.hi != 0 ? a : b;
  }

  // Finite operands: far from zero, or out of range.
  static B of_plain(Do what, B a, B b, B fast) {
    switch (what) {
      case Do::mul:
      case Do::gated:
        if (!has_sign(a) || !has_sign(b) || std::isfinite(fast.hi)) return as_found(fast);
        return overflowed(sign_of(a, b), least_exponent(a) + least_exponent(b));
      case Do::log:
      case Do::log2:
      case Do::log10:
      case Do::sqrt:
      case Do::rsqrt: return is_negative(a) ? nan : as_found(fast);
      case Do::log1p: return is_negative(pair_ball::add(a, {1, 0, 0})) ? nan : as_found(fast);
      case Do::expm1: return power(a.hi - a.e, 1.442, fast);
      case Do::exp: return left(a, exp_vanishes, power(a.hi - a.e, 1.442, fast));
      case Do::exp2: return left(a, exp2_vanishes, power(a.hi - a.e, 1, fast));
      case Do::sigmoid:
      case Do::softplus:
      case Do::mish_gate: return left(a, exp_vanishes, as_found(fast));
      case Do::gelu_gate: return left(a, gelu_gate_vanishes, as_found(fast));
      case Do::erfc: return left(pair_ball::neg(a), -erfc_vanishes, as_found(fast));
      default: return as_found(fast);
    }
  }
  static bool is_negative(B a) { return a.hi < 0 && pair_ball::has_sign(a); }
  static B as_found(B fast) { return is_plain(fast) ? fast : unknown; }
  static double sign_of(B a, B b) { return std::copysign(1.0, a.hi) * std::copysign(1.0, b.hi); }
  static B left(B a, double vanishes, B otherwise) {
    return a.hi + a.e < vanishes ? vanishing_of(1) : otherwise;
  }
  // Of a base with at least that logarithm to base 2.
  static B power(double exponent, double of_base, B fast) {
    const double low = exponent * of_base * (1 - 0x1p-50);
    return low > 1024 ? overflowed(1, low) : as_found(fast);
  }

  // Of an operand that vanished or overflowed.
  static B of_one(Do what, B a, B fast) {
    if (what == Do::neg) return pair_ball::neg(a);
    if (what == Do::abs) return {std::fabs(a.hi), 0, a.e};
    if (!is_overflowed(a)) return not_less(fast);
    const bool right = a.hi > 0;
    const B one{1, 0, 0x1p-300};
    switch (what) {
      case Do::exp:
      case Do::exp2: return right ? overflowed(1, most) : vanishing_of(1);
      case Do::expm1: return right ? overflowed(1, most) : B{-1, 0, 0x1p-300};
      case Do::tanh:
      case Do::erf: return right ? one : pair_ball::neg(one);
      case Do::sigmoid:
      case Do::mish_gate:
      case Do::gelu_gate: return right ? one : vanishing_of(1);
      case Do::softplus: return right ? a : vanishing_of(1);
      case Do::erfc: return right ? vanishing_of(1) : B{2, 0, 0x1p-300};
      case Do::tanh_shrink: return overflowed(a.hi, a.e - 1);
      default: return unknown;
    }
  }
  // What vanished is a ball like any other; but its error alone must not make it seem vanished.
  static B not_less(B fast) {
    if (!(std::isfinite(fast.hi) && std::isfinite(fast.e))) return unknown;
    return {fast.hi, fast.lo, fast.e > 0 ? fast.e + pair_ball::Traits::tiny : 0};
  }

  static B of_two(Do what, B a, B b, B fast) {
    switch (what) {
      case Do::add: return sum(a, b, fast);
      case Do::sub: return sum(a, pair_ball::neg(b), fast);
      case Do::mul:
      case Do::gated: return product(a, b, fast);
      case Do::div: return quotient(a, b, fast);
      case Do::lt:
      case Do::le: return order(a, b, true, fast);
      case Do::gt:
      case Do::ge: return order(a, b, false, fast);
      case Do::copysign: return has_sign(b) ? with_sign(a, b.hi) : unknown;
      default: return is_overflowed(a) || is_overflowed(b) ? unknown : not_less(fast);
    }
  }
  static B with_sign(B a, double sign) {
    return std::signbit(a.hi) == std::signbit(sign) ? a : pair_ball::neg(a);
  }

  static B sum(B a, B b, B fast) {
    if (!is_overflowed(a) && !is_overflowed(b)) return not_less(fast);
    if (!is_overflowed(a)) std::swap(a, b);
    if (is_overflowed(b))
      return std::signbit(a.hi) == std::signbit(b.hi) ? overflowed(a.hi, std::min(a.e, b.e))
                                                      : unknown;
    return largest_exponent(b) <= a.e - 1 ? overflowed(a.hi, a.e - 1) : unknown;
  }
  static B product(B a, B b, B fast) {
    if (pair_ball::is_exact_zero(a) || pair_ball::is_exact_zero(b))
      return {sign_of(a, b) < 0 ? -0.0 : 0.0, 0, 0};
    if (!has_sign(a) || !has_sign(b))
      return is_overflowed(a) || is_overflowed(b) ? unknown : not_less(fast);
    const bool less = pair_ball::is_vanishing(a) || pair_ball::is_vanishing(b);
    const bool more = is_overflowed(a) || is_overflowed(b);
    if (less) return more ? unknown : vanishing_of(sign_of(a, b));
    return overflowed(sign_of(a, b), least_exponent(a) + least_exponent(b));
  }
  static B quotient(B a, B b, B fast) {
    if (!is_overflowed(a) && !is_overflowed(b) && !pair_ball::is_vanishing(b)) {
      // What vanished, by a number that is not tiny.
      if (pair_ball::has_sign(b) && std::fabs(b.hi) > 1) return vanishing_of(sign_of(a, b));
      return not_less(fast);
    }
    if (!is_overflowed(a) || !is_plain(b) || !pair_ball::has_sign(b)) return unknown;
    return overflowed(sign_of(a, b), a.e - largest_exponent(b));
  }
  static B order(B a, B b, bool less, B fast) {
    if (!is_overflowed(a) && !is_overflowed(b)) return fast;
    if (is_overflowed(a) && is_overflowed(b) && std::signbit(a.hi) == std::signbit(b.hi))
      return pair_ball::truth(false, false);
    const bool first_is_less = is_overflowed(a) ? a.hi < 0 : b.hi > 0;
    const double bound = is_overflowed(a) ? a.e : b.e;
    const B other = is_overflowed(a) ? b : a;
    const bool apart = is_overflowed(other) || largest_exponent(other) < bound;
    return pair_ball::truth(first_is_less == less, apart);
  }
};

}  // namespace actjit::tools
