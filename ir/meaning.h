// What a graph means in a tier: the primitives it is computed with, in constant expressions too.
#pragma once

#include "ir/certificate_hash.h"
#include "ir/certificates.h"
#include "ir/expand.h"
#include "ir/patch.h"
#include "ir/widen.h"

namespace actjit {

// Whether f32 would do in a tier that evaluates in f64 unless f32 is proven to keep its promise:
// for 16-bit floats that of correct rounding, which patches help to keep, for f32 its bound.
constexpr bool has_f32_form(const Graph& graph, Tier tier) {
  if (!info(tier).widens_f32 || !can_be_certified(graph)) return false;
  if (gives_16_bits(graph)) return has_f32_expansions(graph, info(Tier::fast).max_ulp_f32, false);
  return !takes_certificate(graph, tier) && graph[graph.outputs()[0].node].dtype == DType::f32 &&
         has_f32_expansions(graph, max_ulp(tier, DType::f32), false);
}

// Whether the certificate of a graph's f32 form says that it keeps the tier's promise.
constexpr bool keeps_promise(const Certificate& c, const Graph& graph, Tier tier) {
  if (takes_certificate(graph, tier)) return c.is_exact();
  const double bound = max_ulp(tier, c.output);
  // The error found is rounded itself: what is proven must be smaller.
  return info(tier).widens_f32 ? c.checked == c.inputs && c.max_ulp < bound : c.max_ulp <= bound;
}

// What a certificate says of a graph that is evaluated in `dtype` in a tier.
constexpr const Certificate* certificate_in(const Graph& graph, DType dtype, Tier tier) {
  return find_certificate_by_meaning(certificate_hash(expand(widen(graph, dtype), tier)));
}

// The next narrower tier where a certificate says that a wide one does not keep its promise: where
// its errors are magnified near a root, say, or where a factor brings back a power that has
// vanished. Of fast that is precise, in f64; f32 then is evaluated in f64 (settled_dtype).
constexpr Tier settled_tier(const Graph& graph, Tier tier) {
  const bool is_wide = tier == Tier::fast || tier == Tier::rough;
  if (!is_wide || !can_be_certified(graph)) return tier;
  const bool is_f64 = graph[graph.outputs()[0].node].dtype == DType::f64;
  const DType dtype = is_f64 ? DType::f64 : DType::f32;
  if (!is_f64 && (tier == Tier::fast || evaluation_dtype(graph, tier) != DType::f32)) return tier;
  const Certificate* found = certificate_in(graph, dtype, tier);
  if (!found || keeps_promise(*found, graph, tier)) return tier;
  return is_f64 ? Tier::precise : Tier::fast;
}

// What f32 and 16-bit floats are evaluated in, given what certificates say: f64 where f32 has been
// found to break the tier's promise (it cancels near a root, say), f32 where it has been found to
// keep it, and what the tier assumes else. `unproven`: f32 where it has that form. The tier is a
// settled one.
constexpr DType settled_dtype(const Graph& graph, Tier tier, bool unproven = false) {
  const bool needs_proof = has_f32_form(graph, tier);
  if (needs_proof && unproven) return DType::f32;
  const DType assumed = evaluation_dtype(graph, tier);
  if (!needs_proof && (assumed == DType::f64 || !can_be_certified(graph))) return assumed;
  const Certificate* found = certificate_in(graph, DType::f32, tier);
  if (!found) return assumed;
  return keeps_promise(*found, graph, tier) ? DType::f32 : DType::f64;
}

// The primitives a graph is computed with in a tier, before simplification, which changes no bits,
// and before patches.
constexpr Graph unpatched_meaning(const Graph& graph, Tier tier, bool unproven = false) {
  const Tier settled = settled_tier(graph, tier);
  return expand(widen(graph, settled_dtype(graph, settled, unproven)), settled);
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
