// The oracle: what a graph's value is, correctly rounded, decided independently of our expansions.
//
// A graph means real numbers: its input is exact, constants are hi + lo of their Real, and only a
// cast to a narrower dtype that the author wrote rounds. Two levels decide, both rigorous:
//   1. ball arithmetic on blocks of inputs: in double with the C library's functions
//      (tools/certify/ball.h); of f64 graphs in pairs of doubles with functions of their own
//      (tools/certify/pair_ball.h), and where those do not reach in long double;
//   2. for the few inputs whose ball does not round to one value, interval arithmetic on MPFR with
//      128 to 8192 bits (tools/certify/interval.h). What stays undecided is reported, not guessed.
//
// A result that rounds to zero has the sign of the real value; where that is 0 itself, the sign
// that IEEE arithmetic gives the formula. At an infinite input the functions take their limits:
// silu(-inf) = -0. NaN in, NaN out, as in IEEE arithmetic.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace actjit::tools {

struct RealProgram;
struct OracleScratch;

// What the oracle found for a list of inputs.
struct Truth {
  std::vector<Bits> nearest;  // correctly rounded in the output dtype; NaN is the quiet one
  // The real value is value + rest, to within 2^-14 ULP of the output dtype; of f64, and where
  // level 1 decided, 2^-5 ULP. An infinity where it is beyond double; `rest` is 0 below f64.
  std::vector<double> value, rest;
  std::int64_t decided_by_mpfr = 0;
  std::int64_t undecided = 0;  // their `nearest` is one of the candidates
  // Of the oracle, kept from call to call: use the same Truth again.
  std::shared_ptr<OracleScratch> scratch;
};

class Oracle {
 public:
  // Errors: unsupported for several inputs or outputs, run-time scalars, integers and bits.
  static Result<Oracle> create(const Graph& graph);

  // One element for each input. From several threads at once, each with its own Truth.
  void evaluate(std::span<const Bits> inputs, Truth& out) const;

 private:
  explicit Oracle(std::shared_ptr<const RealProgram> program) : program_(std::move(program)) {}
  std::shared_ptr<const RealProgram> program_;
};

// How far `got` is from the real value + rest, in units in the last place of `dtype` at that value;
// the spacing of the subnormals below the normal numbers. 0 where both are the same infinity or
// NaN, also where the value rounds to that infinity; infinity where only one of the two is NaN or
// infinite. A largest number got for a value beyond it, or the other way round, counts from the
// bound 2^(emax + 1) that the value rounds to.
double ulp_error(DType dtype, Bits got, double value, double rest);

}  // namespace actjit::tools
