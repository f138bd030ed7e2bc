// The pipeline, top to bottom: from the graph a frontend built to the primitives a kernel computes.
//
//   graph       as built: activations are formulas, math functions are single ops
//               (and derivatives, ir/derivative.h, before anything is widened or expanded)
//   widen       f32 is evaluated in f64 and rounded once at the outputs, unless every math function
//               has an f32 expansion within the tier, and a certificate says that f32 does; in
//               tiers fast and rough, unless one says otherwise. 16-bit floats are evaluated in the
//               one or the other, in f32 where a certificate says that it does, in tiers that
//               promise correct rounding
//   simplify    algebra, constants folded, f64 narrowed to f32 where no bit depends on it
//   skip_nan    the largest of a row need not be NaN where its sum is
//   expand      math functions become primitives
//   simplify    once more, over the primitives
//   patch       the corrections of the expanded graph's certificate, in tiers that promise correct
//               rounding, and of f64 in all
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ir/certificate.h"
#include "ir/graph.h"
#include "ir/patch.h"
#include "ir/simplify.h"
#include "ir/tier.h"

namespace actjit {

struct Lowered {
  Graph simplified;  // still with math ops
  Graph expanded;    // primitives only: what is interpreted and compiled
  std::vector<Firing> firings;
  std::uint64_t unpatched = 0;  // hash of the expanded graph before patches
};

// Where certificates come from.
struct Certificates {
  // Beside the project's own.
  std::vector<Certificate> more;
  // These corrections instead of any certificate's, whether or not they are right: for making one.
  std::optional<Corrections> trial;
  // Evaluated in f32 where has_f32_form() holds (ir/meaning.h), whether or not that does.
  bool trial_in_f32 = false;
  // What the views in `more` look at.
  std::vector<std::shared_ptr<const void>> owners;
};

// Errors: invalid_graph; unsupported where no expansion is within the tier's bound, or where tier
// `exact` is asked for and the graph has no certificate.
Result<Lowered> lower(const Graph& graph, Tier asked, const Certificates& certificates = {});

}  // namespace actjit
