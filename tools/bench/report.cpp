#include "tools/bench/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tools/common/terminal.h"
#include "tools/common/timing.h"

namespace actjit::bench {

namespace {

using tools::show_number;
using tools::Style;
using tools::styled;

std::string per_element(const Cell& cell, const Figure& f) {
  return show_number(f.ns / static_cast<double>(cell.elements()));
}

// Figures of errors; what is no number any more is said so.
std::string show_ulp(double ulp) {
  if (std::isinf(ulp) || std::isnan(ulp)) return "wrong";
  return ulp >= 1e4 ? fmt::format("{:.0e}", ulp) : fmt::format("{:.2f}", ulp);
}

std::string show_ratio(const std::optional<double>& r) {
  return r ? fmt::format("{:.2f}", *r) : "-";
}

std::string label(const Cell& cell) {
  return fmt::format("{} {}", cell.workload->name, cell.shape());
}

// The peer that a cell's line names: where none is accurate enough the quickest one, in brackets,
// which no ratio is to.
struct Named {
  std::string name = "none", ns = "-", ulp = "-";
};
Named named_peer(const Measured& m) {
  const Figure* best = m.best_peer();
  const Figure* shown = best ? best : m.quickest_peer();
  if (!shown) return {};
  return {best ? shown->name : fmt::format("({})", shown->name), per_element(m.cell, *shown),
          show_ulp(shown->deviation.max_ulp)};
}

// Cells in which a tier has a peer to be compared with.
struct TierSummary {
  std::string tier;
  int cells = 0, ahead = 0;
  double geometric_mean = 0, least = std::numeric_limits<double>::infinity();
};

TierSummary summary_of(const Run& run, std::size_t tier) {
  TierSummary out{.tier = run.cells.front().tiers[tier].name};
  double logs = 0;
  for (const Measured& m : run.cells) {
    const auto r = m.ratio(m.tiers[tier]);
    if (!r) continue;
    ++out.cells;
    out.ahead += *r >= 1;
    out.least = std::min(out.least, *r);
    logs += std::log(*r);
  }
  out.geometric_mean = out.cells ? std::exp(logs / out.cells) : 0;
  return out;
}

std::string header(const Run& run) {
  std::string out = fmt::format("{:<34} {:<5}", "function", "dtype");
  for (const Figure& t : run.cells.front().tiers)
    out += fmt::format("  {:>7} {:>7} {:>7}", t.name, "ns/el", "ULP");
  return out + fmt::format("  {:<11} {:>7} {:>7}  {:>7}\n", "best peer", "ns/el", "ULP", "memcpy");
}

std::string line(const Measured& m) {
  std::string out = fmt::format("{:<34} {:<5}", label(m.cell), text(m.cell.dtype));
  for (const Figure& t : m.tiers)
    out += fmt::format("  {:>7} {:>7} {:>7}", show_ratio(m.ratio(t)), per_element(m.cell, t),
                       show_ulp(t.deviation.max_ulp));
  const Named peer = named_peer(m);
  out += fmt::format("  {:<11} {:>7} {:>7}", peer.name, peer.ns, peer.ulp);
  return out + fmt::format("  {:>7}{}", per_element(m.cell, m.copy), m.is_noisy() ? " ~" : "");
}

std::string peer_line(const Cell& cell, const Figure& p) {
  return fmt::format(
      "    {:<14} {:>7} ns/el  +-{:.0f}%  {} ULP, {} where small results are forgiven{}\n", p.name,
      per_element(cell, p), 100 * p.spread, show_ulp(p.deviation.max_ulp),
      show_ulp(p.deviation.typical_ulp), p.is_accurate() ? "" : ": too far off to count");
}

}  // namespace

std::vector<const Measured*> losing_first(const Run& run) {
  std::vector<const Measured*> out;
  for (const Measured& m : run.cells) out.push_back(&m);
  const auto key = [](const Measured* m) { return m->worst_ratio().value_or(1e300); };
  std::stable_sort(out.begin(), out.end(),
                   [&](const Measured* a, const Measured* b) { return key(a) < key(b); });
  return out;
}

std::string print_table(const Run& run, bool all_peers, bool colour) {
  if (run.cells.empty()) return {};
  std::string out = styled(header(run), Style::bold, colour);
  for (const Measured* m : losing_first(run)) {
    const auto worst = m->worst_ratio();
    const Style style = worst && *worst < 1 ? Style::bad : Style::plain;
    out += styled(line(*m), style, colour) + "\n";
    if (!all_peers) continue;
    for (const Figure& p : m->peers) out += peer_line(m->cell, p);
  }
  return out +
         "Ratios are to the best peer within 8 ULP: 1 or more is ahead; (peers) are further off. ~ "
         "was noisy.\n";
}

std::string noise(const Run& run) {
  std::vector<double> paces;
  std::size_t noisy = 0;
  for (const Measured& m : run.cells) {
    noisy += m.is_noisy();
    paces.push_back(m.steady.ns);
  }
  const double usual = tools::median(paces);
  double drift = 0;
  for (const double p : paces) drift = std::max(drift, std::fabs(p / usual - 1));
  if (noisy == 0 && drift <= noisy_spread) return {};
  return fmt::format(
      "This run was noisy: {} of {} cells have medians with a spread above {:.0f} %, and a loop "
      "that "
      "always does the same took up to {:.0f} % more or less than usual (load {:.1f}).",
      noisy, run.cells.size(), 100 * noisy_spread, 100 * drift, run.load);
}

std::string print_summary(const Run& run) {
  std::string out;
  if (run.cells.empty()) return out;
  for (std::size_t t = 0; t < run.cells.front().tiers.size(); ++t) {
    const TierSummary s = summary_of(run, t);
    if (s.cells == 0) continue;
    out += fmt::format("{}: ahead in {} of {} cells, geometric mean {:.2f}, least {:.2f}\n", s.tier,
                       s.ahead, s.cells, s.geometric_mean, s.least);
  }
  for (const std::string& note : run.notes) out += note + "\n";
  const std::string noisy = noise(run);
  return noisy.empty() ? out : out + noisy + "\n";
}

namespace {

std::string markdown_table(const Run& run, const std::vector<const Measured*>& cells) {
  std::string out = "| function | dtype |";
  std::string rule = "|---|---|";
  for (const Figure& t : run.cells.front().tiers) {
    out += fmt::format(" {} | ns | ULP |", t.name);
    rule += "--:|--:|--:|";
  }
  out += " best peer | ns | ULP | memcpy ns |\n" + rule + "---|--:|--:|--:|\n";
  for (const Measured* m : cells) {
    out += fmt::format("| {}{} | {} |", label(m->cell), m->is_noisy() ? " ~" : "",
                       text(m->cell.dtype));
    for (const Figure& t : m->tiers)
      out += fmt::format(" {} | {} | {} |", show_ratio(m->ratio(t)), per_element(m->cell, t),
                         show_ulp(t.deviation.max_ulp));
    const Named peer = named_peer(*m);
    out += fmt::format(" {} | {} | {} | {} |\n", peer.name, peer.ns, peer.ulp,
                       per_element(m->cell, m->copy));
  }
  return out;
}

std::string markdown_head(const Run& run) {
  std::string out = fmt::format(
      "# Performance\n\nWritten by\n\n```sh\n{}\n```\n\non {}, on {} ({}), with {} thread{} and {} "
      "rounds; the machine's load was {:.1f} when it began. Peers: {}.\n\n",
      run.command, run.date, run.processor, fmt::join(run.features, ", "), run.threads,
      run.threads == 1 ? "" : "s", run.rounds, run.load, fmt::join(run.peers, ", "));
  const std::string noisy = noise(run);
  if (!noisy.empty()) out += noisy + "\n\n";
  return out +
         "All contenders run in one process and take turns in every round; figures are medians, in "
         "nanoseconds an element, and compare within this run only. A ratio is\n"
         "the time of the best peer over that of actjit: 1 or more is ahead. A peer counts if it "
         "is "
         "within 8 ULP, where results below their root mean square count as if they were as\n"
         "large, which forgives what is lost near zero; ULP is the largest error in units "
         "of "
         "the last place of each result, over up to 32,768 of them. `~` marks medians\n"
         "whose samples are further apart than 5 %.\n\n";
}

}  // namespace

std::string to_markdown(const Run& run, const std::vector<std::string>& plots) {
  if (run.cells.empty()) return {};
  std::string out = markdown_head(run);
  out += "| tier | cells | ahead | geometric mean | least |\n|---|--:|--:|--:|--:|\n";
  for (std::size_t t = 0; t < run.cells.front().tiers.size(); ++t) {
    const TierSummary s = summary_of(run, t);
    if (s.cells > 0)
      out += fmt::format("| {} | {} | {} | {:.2f} | {:.2f} |\n", s.tier, s.cells, s.ahead,
                         s.geometric_mean, s.least);
  }
  for (const std::string& plot : plots) out += fmt::format("\n![ratios]({})\n", plot);
  std::vector<const Measured*> behind, ahead, alone;
  for (const Measured* m : losing_first(run)) {
    const auto worst = m->worst_ratio();
    (!worst ? alone : *worst < 1 ? behind : ahead).push_back(m);
  }
  const auto section = [&](std::string_view title, const std::vector<const Measured*>& cells) {
    if (!cells.empty()) out += fmt::format("\n## {}\n\n{}", title, markdown_table(run, cells));
  };
  section("Behind in some tier", behind);
  section("Ahead in every tier", ahead);
  section("Without a peer within 8 ULP", alone);
  if (!run.notes.empty()) out += "\n## Left out\n\n";
  for (const std::string& note : run.notes) out += "- " + note + "\n";
  return out;
}

}  // namespace actjit::bench
