// The derivative of each activation, by central differences of its definition in MPFR numbers.
#pragma once

#include <span>
#include <string_view>

#include "tests/support/math_oracle.h"
#include "tests/support/number.h"

namespace actjit::test {

// The least slope of the dtype beside a value of 1, over a step of 2^-200 of the argument.
constexpr long bits_for_slopes(DType dtype) { return dtype == DType::f64 ? 1600 : 640; }

// The derivative of the activation of that canonical name in its first operand, at x, with the
// canonical parameters in the order of the catalogue's row. Not at a knee: there are two. False for
// a name the oracle does not have.
bool activation_slope(std::string_view name, double x, double second, std::span<const double> p,
                      Exact& out);
// The same once more.
bool activation_curvature(std::string_view name, double x, double second, std::span<const double> p,
                          Exact& out);

}  // namespace actjit::test
