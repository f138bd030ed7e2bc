// What the oracle computes: a graph as its author wrote it, in real numbers, as a list of steps
// that are easy to bound. Composite math functions are written here, once for balls and intervals,
// in forms that do not cancel; they share nothing with the expansions of ir/math/.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "tools/certify/format.h"

namespace actjit::tools {

enum class Do : std::uint8_t {
  input,
  constant,  // hi + lo of a Real, exactly
  pi,
  boolean,  // a constant
  add,
  sub,
  mul,
  gated,  // a * b, but an exact 0 gives 0 even where the other is infinite: the limit
  div,
  neg,
  abs,
  sqrt,
  min,
  max,
  floor,
  ceil,
  trunc,
  round,
  copysign,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  bit_and,
  bit_or,
  bit_xor,
  bit_not,
  select,
  narrow,  // rounded to `format`: a cast that the author wrote
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  pow,
  rsqrt,
  hypot,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  erfc,
  softplus,
  gelu_gate,  // erfc(-a / sqrt(2)) / 2
  mish_gate,  // tanh(softplus(a))
  tanh_shrink
};

using StepId = std::uint32_t;

struct Step {
  Do what = Do::input;
  std::array<StepId, 3> args = {0, 0, 0};
  Real value = {};                 // constant; boolean: hi is 0 or 1
  const Format* format = nullptr;  // narrow
  bool uniform = false;            // the same for every input
};

constexpr int arity(Do what) {
  switch (what) {
    case Do::input:
    case Do::constant:
    case Do::pi:
    case Do::boolean: return 0;
    case Do::add:
    case Do::sub:
    case Do::mul:
    case Do::gated:
    case Do::div:
    case Do::min:
    case Do::max:
    case Do::copysign:
    case Do::eq:
    case Do::ne:
    case Do::lt:
    case Do::le:
    case Do::gt:
    case Do::ge:
    case Do::bit_and:
    case Do::bit_or:
    case Do::bit_xor:
    case Do::pow:
    case Do::hypot: return 2;
    case Do::select: return 3;
    default: return 1;
  }
}

struct RealProgram {
  std::vector<Step> steps;  // operands precede their users
  StepId result = 0;
  const Format* input = nullptr;
  const Format* output = nullptr;
  // The result is x * g(x) with g(x) = 1/2 + c x + ..., c > 0: near zero it lies above x / 2, by
  // less than any error bound that is kept, and x / 2 may be a tie.
  bool half_near_zero = false;
};

// Errors: unsupported for several inputs or outputs, run-time scalars, integers and bits.
Result<RealProgram> make_program(const Graph& graph);

}  // namespace actjit::tools
