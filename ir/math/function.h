// What a math function declares: its contract and its expansions into primitive ops.
//
// Each function lives in a header of this folder as `inline constexpr MathFunction NAME_function`,
// NAME being the enumerator of its row in ops.def.
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include "ir/value.h"

namespace actjit::math {

enum class Parity : std::uint8_t { neither, odd, even };
enum class Monotone : std::uint8_t { no, increasing, decreasing };

// One way to compute a function: for operands of `dtype`, the result is within `max_ulp` units in
// the last place of the real value, for every operand (subnormal results included). An expansion
// of f64 with a bound far above 1 serves values that are rounded to f32 afterwards: its bound holds
// for results in f32's range, subnormal ones included; results beyond it round to what f32 has.
struct Expansion {
  DType dtype;
  double max_ulp;
  Value (*expand)(std::span<const Value> operands);
  bool flushes = false;  // subnormal results become the zero of their sign
  bool is_left = false;  // for operands up to 0 and NaN only
};

struct MathFunction {
  Op op;
  // Composites: the same function in simpler ones, in the text language, operands a and b. It is
  // what the function means; the expansion is how it keeps its contract. Empty for basic functions.
  std::string_view formula;
  Parity parity;
  Monotone monotone;
  // Cheapest first. One for f64 within 2 ULP is required (see ir/expand.h for how they are chosen).
  std::span<const Expansion> expansions;
};

}  // namespace actjit::math
