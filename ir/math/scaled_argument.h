// Arguments b a of exponentials in f(a, b): their size as hi + lo, and powers of two beyond f64's
// range, for functions that multiply or divide such an exponential by a or b.
#pragma once

#include <limits>

#include "ir/math/doubledouble.h"
#include "ir/math/exp.h"
#include "ir/math/real_constant.h"

namespace actjit::math {

// t b for t and b of ordinary size.
constexpr DoubleDouble product(Value t, Real b) {
  const auto [hi, lo] = two_product(t, t.like(b.hi));
  return {hi, b.lo == 0 ? lo : fma(t, b.lo, lo)};
}

// |a b|, `limit` at most: 0 where an infinity meets a zero, NaN where either is NaN.
constexpr DoubleDouble product_size(Value a, Value b, Value limit) {
  const Value vanishes = (a == 0.0) | (b == 0.0);
  const auto finite = [&](Value v) { return select(vanishes, min(v, 1.0), v); };
  const Value x = finite(abs(a));
  const Value y = finite(abs(b));
  const Value hi = x * y;
  const Value bounded = min(hi, limit);
  return {bounded, select(bounded == hi, fma(x, y, -hi), 0.0)};
}

// 2^k as first * second, for k in the low bits of an integer, -2044 <= k <= 2046.
struct SplitPower {
  Value first;
  Value second;
};
constexpr SplitPower split_power_of_two(Value k) {
  const Value half = shr(k, 1);
  return {power_of_two(half), power_of_two(k - half)};
}

// 2^k for k <= 0, or something below 2^-99.
constexpr Value power_or_little(Value k) {
  return power_of_two(bitcast(max(k, -100.0) + integer_magic, DType::i64));
}

}  // namespace actjit::math
