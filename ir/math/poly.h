// Polynomials of a Value, coefficients from the constant term up.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "ir/value.h"

namespace actjit::math {

template <std::size_t n>
using Coefficients = std::array<double, n>;

// Horner's rule: the fewest ops, one long chain of fma.
constexpr Value horner(Value x, std::span<const double> c) {
  Value sum = x.like(c[c.size() - 1]);
  for (std::size_t i = c.size() - 1; i-- > 0;) sum = fma(sum, x, c[i]);
  return sum;
}

// The even and the odd terms as two chains in x^2: one product more, half the latency.
constexpr Value even_odd(Value x, Value x2, std::span<const double> c) {
  const std::size_t n = c.size();
  if (n < 4) return horner(x, c);
  Value even = x.like(c[(n - 1) & ~std::size_t{1}]);
  Value odd = x.like(c[(n - 2) | std::size_t{1}]);
  for (std::size_t i = n - 2; i-- > 0;) {
    Value& chain = i % 2 == 0 ? even : odd;
    chain = fma(chain, x2, c[i]);
  }
  return fma(odd, x, even);
}
constexpr Value even_odd(Value x, std::span<const double> c) { return even_odd(x, x * x, c); }

// The same with the constant term added last: one rounding of the size of the sum, not two.
constexpr Value constant_last(Value x, Value x2, std::span<const double> c) {
  return fma(x, even_odd(x, x2, c.subspan(1)), c[0]);
}
constexpr Value constant_last(Value x, std::span<const double> c) {
  return constant_last(x, x * x, c);
}

}  // namespace actjit::math
