// Certificates: what a check of an expanded graph over its inputs has found, and the corrections
// that make it correctly rounded or, in f64, keep it within the tier's bound.
//
// A certificate is bound to the graph by a hash (ir/certificate_hash.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ir/graph.h"
#include "ir/tier.h"

namespace actjit {

// A correction for the inputs from `first` to `last`, as numbers (-0 is 0).
struct Patch {
  double first = 0;
  double last = 0;
  // Added to the magnitude of the value before it is rounded to the output's dtype, in units in the
  // last place of f64, 2^29 of which are one of f32: enough to leave a tie that the value missed by
  // less than its dtype can tell.
  // 0: the output is `result` instead.
  std::int64_t nudge = 0;
  double result = 0;

  friend constexpr bool operator==(const Patch& a, const Patch& b) {
    return to_bits(a.first) == to_bits(b.first) && to_bits(a.last) == to_bits(b.last) &&
           a.nudge == b.nudge && to_bits(a.result) == to_bits(b.result);
  }
};

// A correction of f64 results where the formula is a difference of nearly equal terms: for inputs
// from `first` to `last` the output is, with t = x - (middle + middle_low),
//   value + value_low + t (slope_low + terms[0] + terms[1] t + terms[2] t^2 + ...)
// Beside a root that no f64 is, the middle is the root and the value 0.
struct Piece {
  static constexpr std::size_t most_terms = 28;

  double first = 0;
  double last = 0;
  double middle = 0, middle_low = 0;
  double value = 0, value_low = 0;
  double slope_low = 0;
  // The last ones may be 0.
  std::array<double, most_terms> terms{};

  // Without those; one term at least.
  constexpr std::span<const double> used_terms() const {
    std::size_t n = terms.size();
    while (n > 1 && terms[n - 1] == 0) --n;
    return std::span(terms).first(n);
  }

  friend constexpr bool operator==(const Piece&, const Piece&) = default;
};

// How the results are ordered, in the order of the inputs.
enum class Direction : std::uint8_t { neither, increasing, decreasing };

struct Certificate {
  std::string_view expression;
  DType input = DType::f32;
  DType output = DType::f32;
  Tier tier = Tier::precise;   // the one it was made for; any other with this graph has it too
  std::uint64_t meaning = 0;   // hash of the expanded graph before simplification and patches
  std::uint64_t expanded = 0;  // hash of the expanded graph before patches
  std::uint64_t patched = 0;   // hash of what was checked
  std::uint64_t checked = 0;   // inputs
  std::uint64_t inputs = 0;    // that there are
  std::uint64_t misrounded = 0;
  double max_ulp = 0;  // in the output's dtype; 0.5 where nothing is misrounded
  double worst = 0;    // the input it was found at
  Direction direction = Direction::neither;
  std::uint64_t disorder = 0;  // neighbours whose results are ordered against the real values
  std::span<const Patch> patches = {};
  std::span<const Piece> pieces = {};

  // Correctly rounded for every input there is.
  constexpr bool is_exact() const { return misrounded == 0 && checked == inputs; }
};

// Only elementwise functions of one variable are certified.
constexpr bool can_be_certified(const Graph& g) {
  if (has_axes(g)) return false;
  return g.inputs().size() == 1 && g.outputs().size() == 1 && g.scalars().empty() &&
         is_float(g[g.inputs()[0].node].dtype) && is_float(g[g.outputs()[0].node].dtype);
}

}  // namespace actjit
