// The pipeline, top to bottom: from the graph a frontend built to the primitives a kernel computes.
//
//   graph       as built: activations are formulas, math functions are single ops
//               (derivatives belong here, before anything is widened or expanded)
//   widen       f32 is evaluated in f64 and rounded once at the outputs, unless the tier is content
//               with f32 and every math function has an f32 expansion within it; 16-bit floats
//               are evaluated in the one or the other
//   simplify    algebra, constants folded, f64 narrowed to f32 where no bit depends on it
//   expand      math functions become primitives
//   simplify    once more, over the primitives
#pragma once

#include <vector>

#include "ir/graph.h"
#include "ir/simplify.h"
#include "ir/tier.h"

namespace actjit {

struct Lowered {
  Graph simplified;  // still with math ops
  Graph expanded;    // primitives only: what is interpreted and compiled
  std::vector<Firing> firings;
};

// Errors: invalid_graph; unsupported where no expansion is within the tier's bound.
Result<Lowered> lower(const Graph& graph, Tier tier);

}  // namespace actjit
