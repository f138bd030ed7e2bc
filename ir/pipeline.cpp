#include "ir/pipeline.h"

#include <fmt/format.h>

#include "ir/meaning.h"
#include "ir/skip_nan.h"
#include "ir/verify.h"

namespace actjit {

namespace {

// The first math op that no expansion serves within the tier's bound.
std::optional<Error> missing_expansion(const Graph& g, Tier tier) {
  const std::vector<NodeId> guards = left_guards(g);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    const double bound = expansion_bound(g, n.dtype, tier);
    if (!is_math(n.op) ||
        find_expansion(n.op, n.dtype, bound, info(tier).may_flush, is_on_the_left(g, id, guards)))
      continue;
    return make_error(ErrorCode::unsupported,
                      fmt::format("{} has no expansion within {} ULP of {}, which tier '{}' asks "
                                  "for; ask for a wider tier",
                                  text(n.op), bound, text(n.dtype), text(tier)));
  }
  return std::nullopt;
}

Error no_certificate(const Graph& graph) {
  if (!can_be_certified(graph))
    return make_error(
        ErrorCode::unsupported,
        fmt::format("tier 'exact' needs a certificate, and there are none for {} "
                    "inputs, {} run-time scalars and {} outputs: only functions of "
                    "one float input with one float output are certified; tier "
                    "'precise' rounds their value once, within 1 ULP",
                    graph.inputs().size(), graph.scalars().size(), graph.outputs().size()));
  return make_error(ErrorCode::unsupported,
                    "tier 'exact' needs a certificate of this expression and there is none: "
                    "'actjit certify EXPR --tier exact --repair' makes one; tier 'precise' is "
                    "within 1 ULP without");
}

// The corrections of the expanded graph; an error where a certificate is needed and missing.
Result<Corrections> corrections_for(const Graph& graph, Tier tier, std::uint64_t expanded,
                                    const Certificates& certificates) {
  if (certificates.trial) return *certificates.trial;
  if (!takes_corrections(graph, tier)) return Corrections();
  const Certificate* found =
      can_be_certified(graph) ? find_certificate(expanded, certificates.more) : nullptr;
  if (tier == Tier::exact && !(found && found->is_exact())) return no_certificate(graph);
  return found ? corrections_of(*found) : Corrections();
}

}  // namespace

Result<Lowered> lower(const Graph& graph, Tier asked, const Certificates& certificates) {
  if (const Result<void> sound = verified(graph); !sound) return sound.error();
  const Tier tier = settled_tier(graph, asked);
  const bool all_bits = info(tier).keeps_bits;
  Lowered out;
  out.simplified =
      skip_nan(simplify(widen(graph, settled_dtype(graph, tier, certificates.trial_in_f32)),
                        all_bits ? Preserves::bits : Preserves::ulp, &out.firings));
  if (auto missing = missing_expansion(out.simplified, tier)) return *missing;
  out.expanded = simplify(expand(out.simplified, tier), Preserves::bits, &out.firings);
  if (!certificates.trial && !takes_corrections(graph, tier)) return out;
  out.unpatched = certificate_hash(out.expanded);
  const auto corrections = corrections_for(graph, tier, out.unpatched, certificates);
  if (!corrections) return corrections.error();
  if (!corrections->empty()) out.expanded = apply_patches(out.expanded, *corrections);
  return out;
}

}  // namespace actjit
