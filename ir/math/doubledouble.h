// Sums and products without loss: hi is the rounded result, hi + lo the exact one.
//
// T. J. Dekker, "A floating-point technique for extending the available precision", 1971;
// D. E. Knuth, The Art of Computer Programming 2, 4.2.2.
#pragma once

#include "ir/value.h"

namespace actjit::math {

struct DoubleDouble {
  Value hi;
  Value lo;
};

// a + b for |a| >= |b| or a = 0.
constexpr DoubleDouble fast_two_sum(Value a, Value b) {
  const Value hi = a + b;
  return {hi, b - (hi - a)};
}

constexpr DoubleDouble two_sum(Value a, Value b) {
  const Value hi = a + b;
  const Value b_part = hi - a;
  const Value a_part = hi - b_part;
  return {hi, (a - a_part) + (b - b_part)};
}

constexpr DoubleDouble two_product(Value a, Value b) {
  const Value hi = a * b;
  return {hi, fma(a, b, -hi)};
}

// hi + lo for a Real constant.
constexpr DoubleDouble constant_pair(Value model, Real c) {
  return {model.like(c.hi), model.like(c.lo)};
}

}  // namespace actjit::math
