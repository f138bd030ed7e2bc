#include "tools/bench/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/bench/figure_text.h"
#include "tools/common/terminal.h"

namespace actjit::bench {

namespace {

using tools::Style;
using tools::styled;

std::string header(const Run& run) {
  std::string out = fmt::format("{:<44} {:<5}", "function", "dtype");
  for (const Figure& t : run.cells.front().tiers)
    out += fmt::format("  {:>7} {:>7} {:>7}", t.name, "ns/el", "ULP");
  return out + fmt::format("  {:<11} {:>7} {:>7}  {:>7}\n", "best peer", "ns/el", "ULP", "memcpy");
}

std::string line(const Measured& m) {
  std::string out = fmt::format("{:<44} {:<5}", m.cell.label(), text(m.cell.dtype));
  for (const Figure& t : m.tiers)
    out += fmt::format("  {:>7} {:>7} {:>7}", ratio_text(m, t), per_element(m.cell, t),
                       show_ulp(t.deviation.max_ulp));
  const NamedPeer peer = named_peer(m);
  out += fmt::format("  {:<11} {:>7} {:>7}", peer.name, peer.ns, peer.ulp);
  out += fmt::format("  {:>7}", per_element(m.cell, m.copy));
  for (std::size_t t = 0; t < m.alone.size(); ++t)
    out += fmt::format("{}{:.2f}", t == 0 ? "  scales " : " ", *m.scaling(t));
  return out + (m.is_noisy() ? " ~" : "");
}

std::string peer_line(const Cell& cell, const Figure& p) {
  return fmt::format(
      "    {:<14} {:>7} ns/el  +-{:.0f}%  {} ULP, {} where small results are forgiven{}\n", p.name,
      per_element(cell, p), 100 * p.spread, show_ulp(p.deviation.max_ulp),
      show_ulp(p.deviation.typical_ulp), p.is_within(max_peer_ulp) ? "" : ": too far off to count");
}

// What both execute, where they were counted.
std::string operations_line(const Measured& m) {
  std::string out;
  const auto add = [&](const Figure& f) {
    if (f.operations)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", f.name, show_operations(f));
  };
  for (const Figure& t : m.tiers) add(t);
  for (const Figure& p : m.peers) add(p);
  return out.empty() ? out : fmt::format("    operations for 16 elements: {}\n", out);
}

// Geometric means by dtype and size.
std::string matrix_text(const Matrix& matrix) {
  std::string out = fmt::format("  {:<6}", "");
  const auto width = [](const std::string& column) {
    return std::max<std::size_t>(column.size(), 8);
  };
  for (const std::string& c : matrix.columns) out += fmt::format("  {:>{}}", c, width(c));
  out += fmt::format("  {:>8}\n", "all");
  for (const DType dtype : matrix.rows) {
    out += fmt::format("  {:<6}", text(dtype));
    for (const std::string& c : matrix.columns) {
      const auto at = matrix.cells.find({dtype, c});
      const std::string mean =
          at == matrix.cells.end() ? "-" : fmt::format("{:.2f}", at->second.geometric_mean);
      out += fmt::format("  {:>{}}", mean, width(c));
    }
    out += fmt::format("  {:>8.2f}\n", matrix.all_columns.at(dtype).geometric_mean);
  }
  return out;
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
    out += operations_line(*m);
    for (const Figure& p : m->peers) out += peer_line(m->cell, p);
  }
  return out +
         "Ratios are to the best peer within 8 ULP, those of rough to the best within 2^-10: 1 or "
         "more "
         "is ahead; (peers) are further off. ~ was noisy.\n";
}

std::string noise(const Run& run) {
  const std::string said = noise_of(run.cells);
  return said.empty() ? said : fmt::format("{} (load {:.1f}).", said, run.load);
}

std::string print_summary(const Run& run) {
  std::string out;
  if (run.cells.empty()) return out;
  for (std::size_t t = 0; t < run.cells.front().tiers.size(); ++t) {
    const std::string& tier = run.cells.front().tiers[t].name;
    const Matrix matrix = matrix_of(run.cells, t);
    const Summary& s = matrix.all;
    if (s.cells == 0) continue;
    out += fmt::format("{}: ahead in {} of {} cells, geometric mean {:.2f}, least {:.2f}\n", tier,
                       s.ahead, s.cells, s.geometric_mean, s.least);
    out += matrix_text(matrix);
    const Summary scaling = scaling_of(run.cells, t);
    if (scaling.cells > 0)
      out += fmt::format("  on several cores {:.2f} times as quick as on one, at least {:.2f}\n",
                         scaling.geometric_mean, scaling.least);
  }
  for (const std::string& note : run.notes) out += note + "\n";
  const std::string noisy = noise(run);
  return noisy.empty() ? out : out + noisy + "\n";
}

}  // namespace actjit::bench
