#include "tools/bench/figure.h"

#include <algorithm>
#include <cmath>

#include "ir/soft_float.h"
#include "tools/common/timing.h"

namespace actjit::bench {

double peer_ulp(Tier tier, DType dtype) {
  constexpr int rough_bits = 10;  // the relative error of the tier is 2^-10
  if (tier != Tier::rough) return max_peer_ulp;
  return std::max(max_peer_ulp, std::ldexp(1, soft::format(dtype).fraction_bits() - rough_bits));
}

Figure figure_of(std::string name, const std::vector<double>& samples) {
  Figure out{.name = std::move(name), .ns = tools::median(samples)};
  std::vector<double> distances;
  for (const double s : samples) distances.push_back(std::fabs(s - out.ns));
  out.spread = out.ns > 0 ? tools::median(std::move(distances)) / out.ns : 0;
  return out;
}

const Figure* Measured::best_peer(double ulp) const {
  const Figure* best = nullptr;
  for (const Figure& p : peers)
    if (p.is_within(ulp) && (!best || p.ns < best->ns)) best = &p;
  return best;
}

const Figure* Measured::quickest_peer() const {
  const auto quicker = [](const Figure& a, const Figure& b) { return a.ns < b.ns; };
  const auto at = std::min_element(peers.begin(), peers.end(), quicker);
  return at == peers.end() ? nullptr : &*at;
}

std::optional<double> Measured::ratio(const Figure& tier) const {
  const Figure* best = best_peer(tier.peer_ulp);
  return best ? std::optional(best->ns / tier.ns) : std::nullopt;
}

std::optional<double> Measured::worst_ratio() const {
  std::optional<double> worst;
  for (const Figure& t : tiers)
    if (const auto r = ratio(t)) worst = worst ? std::min(*worst, *r) : *r;
  return worst;
}

std::optional<double> Measured::scaling(std::size_t tier) const {
  return tier < alone.size() ? std::optional(alone[tier].ns / tiers[tier].ns) : std::nullopt;
}

bool Measured::is_noisy() const {
  const Figure* best = best_peer();
  const auto noisy = [](const Figure& f) { return f.spread > noisy_spread; };
  return noisy(steady) || (best && noisy(*best)) || std::any_of(tiers.begin(), tiers.end(), noisy);
}

}  // namespace actjit::bench
