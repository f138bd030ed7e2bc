#include "tools/bench/figure_text.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/common/terminal.h"

namespace actjit::bench {

std::string per_element(const Cell& cell, const Figure& f) {
  return tools::show_number(f.ns / static_cast<double>(cell.elements()));
}

std::string show_ulp(double ulp) {
  if (std::isinf(ulp) || std::isnan(ulp)) return "wrong";
  return ulp >= 1e4 ? fmt::format("{:.0e}", ulp) : fmt::format("{:.2f}", ulp);
}

std::string show_ratio(const std::optional<double>& ratio) {
  return ratio ? fmt::format("{:.2f}", *ratio) : "-";
}

std::string show_operations(const Figure& f) {
  return f.operations ? fmt::format("{:.1f}", 16 * f.operations->vector) : "-";
}

std::string ratio_text(const Measured& m, const Figure& tier) {
  const Figure* its_own = m.best_peer(tier.peer_ulp);
  const bool is_other = its_own != nullptr && its_own != m.best_peer();
  return show_ratio(m.ratio(tier)) + (is_other ? fmt::format(" ({})", its_own->name) : "");
}

NamedPeer named_peer(const Measured& m) {
  const Figure* best = m.best_peer();
  const Figure* shown = best ? best : m.quickest_peer();
  if (!shown) return {};
  return {best ? shown->name : fmt::format("({})", shown->name), per_element(m.cell, *shown),
          show_ulp(shown->deviation.max_ulp), show_operations(*shown)};
}

}  // namespace actjit::bench
