// Identities of arithmetic. Every line holds for NaN, infinities, both zeros and subnormals, unless
// its label says less; tests/rules_test.cpp evaluates both sides and checks the label.
#pragma once

#include <limits>

#include "ir/pattern.h"

namespace actjit::rules {

namespace algebra_detail {
using namespace pattern;

constexpr double infinity = std::numeric_limits<double>::infinity();

// 1 / k is exact and neither it nor k is subnormal, in f32 too.
constexpr bool is_power_of_two(const Match& m) {
  const Real r = m.graph->real(m.nodes[k_variable]);
  const std::uint64_t word = to_bits(r.hi);
  const std::uint64_t exponent = word >> 52 & 0x7ff;
  return r.lo == 0 && (word & 0xfffffffffffff) == 0 && exponent > 1023 - 126 &&
         exponent < 1023 + 126;
}
// Neither k nor 1 / k is subnormal in its dtype, zero or infinite: 1 / k is rounded by half a ULP.
constexpr bool has_normal_reciprocal(const Match& m) {
  const NodeId k = m.nodes[k_variable];
  const double largest = (*m.graph)[k].dtype == DType::f64 ? 0x1p1022 : 0x1p126;
  const double x = m.graph->real(k).hi;
  const double size = x < 0 ? -x : x;
  return size >= 1 / largest && size <= largest;
}
}  // namespace algebra_detail

constexpr auto make_algebra() {
  using namespace algebra_detail;
  using enum Preserves;
  return std::array{
      // A constant operand of a commutative op stands on the right (see simplify.cpp).
      Rule{"add-minus-zero", a + -0.0, a},
      Rule{"sub-zero", a - 0.0, a},
      Rule{"mul-one", a * 1.0, a},
      Rule{"mul-minus-one", a * -1.0, -a},
      Rule{"div-one", a / 1.0, a},
      Rule{"div-power-of-two", a / k, a * reciprocal_k, bits, is_power_of_two},
      Rule{"div-constant", a / k, a * reciprocal_k, ulp, has_normal_reciprocal},
      Rule{"neg-neg", -(-a), a},
      Rule{"add-neg", a + (-b), a - b},
      Rule{"neg-add", (-a) + b, b - a},
      Rule{"sub-neg", a - (-b), a + b},
      Rule{"zero-minus", -0.0 - a, -a},
      Rule{"mul-neg-neg", (-a) * (-b), a * b},
      Rule{"div-neg-neg", (-a) / (-b), a / b},
      Rule{"fma-one", fma(a, 1.0, b), a + b},
      Rule{"fma-minus-zero", fma(a, b, -0.0), a * b},
      Rule{"fma-neg-neg", fma(-a, -b, c), fma(a, b, c)},
      Rule{"abs-abs", abs(abs(a)), abs(a)},
      Rule{"abs-neg", abs(-a), abs(a)},
      Rule{"abs-copysign", abs(copysign(a, b)), abs(a)},
      Rule{"copysign-abs", copysign(abs(a), b), copysign(a, b)},
      Rule{"copysign-neg", copysign(-a, b), copysign(a, b)},
      Rule{"copysign-copysign", copysign(copysign(a, b), c), copysign(a, c)},
      Rule{"copysign-self", copysign(a, a), a},
      Rule{"min-self", min(a, a), a},
      Rule{"max-self", max(a, a), a},
      Rule{"min-infinity", min(a, infinity), a},
      Rule{"max-minus-infinity", max(a, -infinity), a},
      Rule{"min-min", min(min(a, b), b), min(a, b)},
      Rule{"max-max", max(max(a, b), b), max(a, b)},
  };
}
inline constexpr auto algebra = make_algebra();

}  // namespace actjit::rules
