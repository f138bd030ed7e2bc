// The mathematical functions of the op table in any number type, written so that nothing cancels or
// overflows on the way.
#pragma once

#include "ir/error.h"
#include "ir/op.h"
#include "tools/common/number.h"

namespace actjit::tools {

template <class T>
struct ReferenceMath {
  using N = Numbers<T>;
  static T n(double x) { return N::from(x); }

  static T sigmoid(T x) {
    const T e = N::exp(-N::abs(x));
    return N::sign(x) ? e / (n(1) + e) : n(1) / (n(1) + e);
  }
  static T softplus(T x) {
    const T above = x > n(0) || N::is_nan(x) ? x : n(0);
    return above + N::log1p(N::exp(-N::abs(x)));
  }
  // Far out the other factor is an exact 0, and infinity times 0 is not what the limit is.
  static T gated(T x, T gate) { return gate == n(0) ? N::copysign(n(0), x) : x * gate; }

  // erfc multiplies a relative error of its argument u by 2u^2: what -x / sqrt(2) loses by rounding
  // is put back through the derivative.
  static T gelu(T x) {
    const T r = N::sqrt(n(0.5));
    const T r_low = N::fma(-r, r, n(0.5)) / (r + r);
    const T u = -x * r;
    if (!(N::abs(u) < n(200))) return gated(x, N::erfc(u) / n(2));
    const T u_low = N::fma(-x, r, -u) - x * r_low;
    const T slope = n(-2) / N::sqrt(N::pi()) * N::exp(-u * u);
    return gated(x, (N::erfc(u) + slope * u_low) / n(2));
  }
  // (1 + tanh(u)) / 2 is sigmoid(2u), which keeps its digits in the tail.
  static T gelu_tanh(T x) {
    const T cubic = N::from(Real{0.044715, 0x1.441355475a31ap-59});
    const T u = N::sqrt(n(2) / N::pi()) * x * (n(1) + cubic * x * x);
    return gated(x, sigmoid(u + u));
  }
  // tanh(log(1 + e^x)) = (w^2 - 1) / (w^2 + 1) with w = 1 + e^x: e (e + 2) / (e (e + 2) + 2).
  static T mish(T x) {
    if (x > n(64)) return x;
    const T e = N::exp(x);
    const T p = e * (e + n(2));
    return gated(x, p / (p + n(2)));
  }
  static T tanh_shrink(T x) {
    if (!(N::abs(x) < n(0.5))) return x - N::tanh(x);
    // Lambert: tanh(x) = x / (1 + f), f = s/(3 + s/(5 + ...)), s = x^2.
    const T s = x * x;
    T f = n(41);
    for (int k = 39; k >= 3; k -= 2) f = n(k) + s / f;
    f = s / f;
    return x * (f / (n(1) + f));
  }

  // b a as the rounded product and what it lost, which exponentials magnify. 0 times infinity
  // counts as 0.
  struct Product {
    T hi, lo;
    Product(T a, T b) : hi(a * b), lo(N::fma(a, b, -hi)) {
      const bool vanishes = (a == n(0) || b == n(0)) && !N::is_nan(a) && !N::is_nan(b);
      if (vanishes) hi = n(0);
      if (vanishes || N::is_nan(lo)) lo = n(0);
    }
  };
  static T swish(T a, T b) {
    const Product z(b, a);
    const T s = sigmoid(z.hi);
    return gated(a, s + s * sigmoid(-z.hi) * z.lo);
  }
  static T scaled_softplus(T a, T b) {
    const Product z(b, a);
    if (z.hi > n(200)) return a;
    return (softplus(z.hi) + sigmoid(z.hi) * z.lo) / b;
  }
  static T telu(T x) { return gated(x, N::tanh(N::exp(x))); }
  // Where a / b is tiny, the tanh of it is it.
  static T softcap(T a, T b) {
    return N::abs(a) <= N::abs(b) * n(0x1p-40) ? a : b * N::tanh(a / b);
  }
  static T squareplus(T a, T b) {
    const T root = N::sqrt(a * a + b);
    const bool left = a < n(0) && b > n(0) && !N::is_infinite(b);
    if (b < n(0)) return N::sqrt(b);
    return left ? b / (root - a) / n(2) : b > n(0) ? (a + root) / n(2) : a > n(0) ? a : n(0);
  }

  static T apply(Op op, T a, T b) {
    switch (op) {
      case Op::exp: return N::exp(a);
      case Op::exp2: return N::exp2(a);
      case Op::expm1: return N::expm1(a);
      case Op::log: return N::log(a);
      case Op::log2: return N::log2(a);
      case Op::log10: return N::log10(a);
      case Op::log1p: return N::log1p(a);
      case Op::pow: return N::pow(a, b);
      case Op::rsqrt: return n(1) / N::sqrt(a);
      case Op::hypot: return N::hypot(a, b);
      case Op::sin: return N::sin(a);
      case Op::cos: return N::cos(a);
      case Op::tanh: return N::tanh(a);
      case Op::sigmoid: return sigmoid(a);
      case Op::erf: return N::erf(a);
      case Op::erfc: return N::erfc(a);
      case Op::softplus: return softplus(a);
      case Op::silu: return gated(a, sigmoid(a));
      case Op::gelu: return gelu(a);
      case Op::gelu_tanh: return gelu_tanh(a);
      case Op::mish: return mish(a);
      case Op::tanh_shrink: return tanh_shrink(a);
      case Op::swish: return swish(a, b);
      case Op::scaled_softplus: return scaled_softplus(a, b);
      case Op::telu: return telu(a);
      case Op::softcap: return softcap(a, b);
      case Op::squareplus: return squareplus(a, b);
      case Op::surrogate: return a;
      case Op::compensated: return b;
      default: throw InternalError("not a mathematical function");
    }
  }
};

}  // namespace actjit::tools
