// What a graph means in a tier: the primitives it is computed with, in constant expressions too.
#pragma once

#include "ir/certificate_hash.h"
#include "ir/certificates.h"
#include "ir/expand.h"
#include "ir/patch.h"
#include "ir/widen.h"

namespace actjit {

// Whether 16-bit floats can be evaluated in f32 in a tier that promises correct rounding.
constexpr bool has_f32_form(const Graph& graph, Tier tier) {
  return takes_certificate(graph, tier) && gives_16_bits(graph) && can_be_certified(graph) &&
         has_f32_expansions(graph, info(Tier::fast).max_ulp_f32, false);
}

// What f32 and 16-bit floats are evaluated in, given what certificates say: f64 where f32 has been
// found to break the tier's promise (it cancels near a root, say), f32 where it has been found to
// keep the promise of correct rounding, and f64 else. `unproven`: f32 where it has that form.
constexpr DType settled_dtype(const Graph& graph, Tier tier, bool unproven = false) {
  const auto certificate_in_f32 = [&] {
    return find_certificate_by_meaning(certificate_hash(expand(widen(graph, DType::f32), tier)));
  };
  if (has_f32_form(graph, tier)) {
    if (unproven) return DType::f32;
    const Certificate* found = certificate_in_f32();
    return found && found->is_exact() ? DType::f32 : DType::f64;
  }
  if (evaluation_dtype(graph, tier) == DType::f64 || !can_be_certified(graph))
    return evaluation_dtype(graph, tier);
  const Certificate* found = certificate_in_f32();
  const bool broken = found && found->max_ulp > max_ulp(tier, found->output);
  return broken ? DType::f64 : DType::f32;
}

// The primitives a graph is computed with in a tier, before simplification, which changes no bits,
// and before patches.
constexpr Graph unpatched_meaning(const Graph& graph, Tier tier, bool unproven = false) {
  return expand(widen(graph, settled_dtype(graph, tier, unproven)), tier);
}

// The same with the corrections of the project's certificate, where the tier takes them.
constexpr Graph meaning(const Graph& graph, Tier tier) {
  const Graph unpatched = unpatched_meaning(graph, tier);
  if (!takes_corrections(graph, tier)) return unpatched;
  const Certificate* found =
      can_be_certified(graph) ? find_certificate_by_meaning(certificate_hash(unpatched)) : nullptr;
  check(tier != Tier::exact || (found && found->is_exact()),
        "tier 'exact' needs a certificate of the expression");
  if (!found) return unpatched;
  const Corrections corrections = corrections_of(*found);
  if (corrections.empty()) return unpatched;
  return apply_patches(unpatched, corrections);
}

}  // namespace actjit
