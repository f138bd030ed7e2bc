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

// n / d within 0.5 ULP and a little, if the lo parts are below an ULP of the hi parts.
constexpr Value quotient(DoubleDouble n, DoubleDouble d) {
  const Value reciprocal = 1.0 / d.hi;
  const Value q = n.hi * reciprocal;
  const Value rest = fma(-q, d.lo, fma(-q, d.hi, n.hi) + n.lo);
  return fma(rest, reciprocal, q);
}
// 1 / d, the same.
constexpr Value reciprocal(DoubleDouble d) {
  const Value q = 1.0 / d.hi;
  return fma(fma(-q, d.lo, fma(-q, d.hi, 1.0)), q, q);
}

}  // namespace actjit::math
