// gelu_tanh is x sigmoid(d x (x^2 + k)), d = 0.044715 2 sqrt(2 / pi), k = 1 / 0.044715.
#pragma once

#include "ir/math/real_constant.h"
#include "ir/value.h"

namespace actjit::math {

inline constexpr Real gelu_tanh_d{0x1.2444f2a4d8b4bp-4, -0x1.6c843a29d1c70p-61};

// x (x^2 + k) as hi + lo, for a k_hi of so few bits that its difference to the sum is exact.
struct Cubic {
  Value hi;
  Value lo;
};
constexpr Cubic cubic(Value x, double k_hi, double k_lo) {
  const Value sum = fma(x, x, k_hi);
  const Value sum_lo = fma(x, x, k_hi - sum) + k_lo;
  const Value product = x * sum;
  return {product, fma(x, sum_lo, fma(x, sum, -product))};
}

}  // namespace actjit::math
