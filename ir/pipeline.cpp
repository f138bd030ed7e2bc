#include "ir/pipeline.h"

#include <fmt/format.h>

#include "ir/expand.h"
#include "ir/verify.h"
#include "ir/widen.h"

namespace actjit {

namespace {

// The first math op that no expansion serves within the tier's bound.
std::optional<Error> missing_expansion(const Graph& g, Tier tier) {
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    if (!is_math(n.op) || find_expansion(n.op, n.dtype, max_ulp(tier, n.dtype))) continue;
    return make_error(ErrorCode::unsupported,
                      fmt::format("{} has no expansion within {} ULP of {}, which tier '{}' asks "
                                  "for; ask for a wider tier",
                                  text(n.op), max_ulp(tier, n.dtype), text(n.dtype), text(tier)));
  }
  return std::nullopt;
}

}  // namespace

Result<Lowered> lower(const Graph& graph, Tier tier) {
  if (const Result<void> sound = verified(graph); !sound) return sound.error();
  if (tier == Tier::exact)
    return make_error(ErrorCode::unsupported,
                      "tier 'exact' needs a certificate of the whole expression and there is none; "
                      "tier 'precise' keeps each function within 1 ULP");
  const bool all_bits = tier == Tier::precise;
  Lowered out;
  out.simplified = simplify(widen(graph, evaluation_dtype(graph, tier)),
                            all_bits ? Preserves::bits : Preserves::ulp, &out.firings);
  if (auto missing = missing_expansion(out.simplified, tier)) return *missing;
  out.expanded = simplify(expand(out.simplified, tier), Preserves::bits, &out.firings);
  return out;
}

}  // namespace actjit
