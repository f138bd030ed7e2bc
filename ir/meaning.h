// What a graph means in a tier: the primitives it is computed with, in constant expressions too.
#pragma once

#include "ir/certificate_hash.h"
#include "ir/certificates.h"
#include "ir/expand.h"
#include "ir/patch.h"
#include "ir/widen.h"

namespace actjit {

// What f32 and 16-bit floats are evaluated in, given what certificates say: where f32 has been
// found to break the tier's promise (it cancels near a root, say), f64.
constexpr DType settled_dtype(const Graph& graph, Tier tier) {
  const DType dtype = evaluation_dtype(graph, tier);
  if (dtype == DType::f64 || !can_be_certified(graph)) return dtype;
  const Certificate* found =
      find_certificate_by_meaning(certificate_hash(expand(widen(graph, dtype), tier)));
  const bool broken = found && found->max_ulp > max_ulp(tier, found->output);
  return broken ? DType::f64 : dtype;
}

// The primitives a graph is computed with in a tier, before simplification, which changes no bits,
// and before patches.
constexpr Graph unpatched_meaning(const Graph& graph, Tier tier) {
  return expand(widen(graph, settled_dtype(graph, tier)), tier);
}

// The same with the patches of the project's certificate, where the tier takes one.
constexpr Graph meaning(const Graph& graph, Tier tier) {
  const Graph unpatched = unpatched_meaning(graph, tier);
  if (!takes_certificate(graph, tier)) return unpatched;
  const Certificate* found =
      can_be_certified(graph) ? find_certificate_by_meaning(certificate_hash(unpatched)) : nullptr;
  check(tier != Tier::exact || (found && found->is_exact()),
        "tier 'exact' needs a certificate of the expression");
  if (!found || found->patches.empty()) return unpatched;
  return apply_patches(unpatched, found->patches);
}

}  // namespace actjit
