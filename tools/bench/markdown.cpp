// A run as a page: docs/performance.md.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/bench/figure_text.h"
#include "tools/bench/report.h"

namespace actjit::bench {

namespace {

// `counted`: with the operations of both, which are counted where actjit is behind.
std::string table(const Run& run, const std::vector<const Measured*>& cells, bool counted) {
  const std::string extra = counted ? " ops |" : "", extra_rule = counted ? "--:|" : "";
  std::string out = "| function | dtype |";
  std::string rule = "|---|---|";
  for (const Figure& t : run.cells.front().tiers) {
    out += fmt::format(" {} | ns | ULP |{}", t.name, extra);
    rule += "--:|--:|--:|" + extra_rule;
  }
  out += fmt::format(" best peer | ns | ULP |{} memcpy ns |\n{}---|--:|--:|{}--:|\n", extra, rule,
                     extra_rule);
  const auto operations = [&](const std::string& said) {
    return counted ? fmt::format(" {} |", said) : std::string();
  };
  for (const Measured* m : cells) {
    out += fmt::format("| {}{} | {} |", m->cell.label(), m->is_noisy() ? " ~" : "",
                       text(m->cell.dtype));
    for (const Figure& t : m->tiers)
      out += fmt::format(" {} | {} | {} |{}", ratio_text(*m, t), per_element(m->cell, t),
                         show_ulp(t.deviation.max_ulp), operations(show_operations(t)));
    const NamedPeer peer = named_peer(*m);
    out += fmt::format(" {} | {} | {} |{} {} |\n", peer.name, peer.ns, peer.ulp,
                       operations(peer.operations), per_element(m->cell, m->copy));
  }
  return out;
}

std::string mean_of(const Summary& s) {
  return s.cells == 0 ? "-" : fmt::format("{:.2f} ({} of {})", s.geometric_mean, s.ahead, s.cells);
}

std::string matrix(const Run& run, std::size_t tier) {
  const Matrix m = matrix_of(run.cells, tier);
  if (m.all.cells == 0) return {};
  std::string out = fmt::format("\n**{}**: {}, at least {:.2f}.",
                                run.cells.front().tiers[tier].name, mean_of(m.all), m.all.least);
  const Summary scaling = scaling_of(run.cells, tier);
  if (scaling.cells > 0)
    out += fmt::format(" On several cores {:.2f} times as quick as on one, at least {:.2f}.",
                       scaling.geometric_mean, scaling.least);
  std::string rule = "|---|";
  out += "\n\n| |";
  for (const std::string& c : m.columns) {
    out += fmt::format(" {} |", c);
    rule += "--:|";
  }
  out += " all |\n" + rule + "--:|\n";
  for (const DType dtype : m.rows) {
    out += fmt::format("| {} |", text(dtype));
    for (const std::string& c : m.columns) {
      const auto at = m.cells.find({dtype, c});
      out += fmt::format(" {} |", at == m.cells.end() ? "-" : mean_of(at->second));
    }
    out += fmt::format(" {} |\n", mean_of(m.all_columns.at(dtype)));
  }
  return out;
}

// Of the cells on several cores: how much quicker than on one.
std::string scaling_table(const Run& run) {
  std::string out;
  for (const Measured& m : run.cells) {
    if (m.alone.empty()) continue;
    out += fmt::format("| {} | {} |", m.cell.label(), text(m.cell.dtype));
    for (std::size_t t = 0; t < m.tiers.size(); ++t)
      out += fmt::format(" {:.2f} |", m.scaling(t).value_or(0));
    out += "\n";
  }
  if (out.empty()) return out;
  std::string head = "\n## On several cores against one\n\n| function | dtype |",
              rule = "|---|---|";
  for (const Figure& t : run.cells.front().tiers) {
    head += fmt::format(" {} |", t.name);
    rule += "--:|";
  }
  return head + "\n" + rule + "\n" + out;
}

std::string head(const Run& run) {
  std::string out = fmt::format(
      "# Performance\n\nWritten by\n\n```sh\n{}\n```\n\non {}, in {:.0f} minutes, on {} ({}), with "
      "code for "
      "{} and {} rounds; the machine's load was {:.1f} when it began. Peers: {}.\n\n",
      run.command, run.date, run.seconds / 60, run.processor, fmt::join(run.features, ", "),
      run.target, run.rounds, run.load, fmt::join(run.peers, ", "));
  const std::string noisy = noise(run);
  const bool several_cores = std::any_of(run.cells.begin(), run.cells.end(),
                                         [](const Measured& m) { return m.cell.threads > 1; });
  if (!noisy.empty()) out += noisy + "\n\n";
  return out +
         "All contenders take turns in every round, in one process but for those of Python, which "
         "time "
         "themselves; figures are medians, in nanoseconds an element, and compare within this run\n"
         "only. A ratio is the time of the best peer over that of actjit: 1 or more is ahead. A "
         "peer "
         "counts if it is within 8 ULP, beside the rough tier within 2^-10, where results below "
         "their\n"
         "root mean square count as if they were as large, which forgives what is lost near zero; "
         "ULP "
         "is the largest error in units of the last place of each result, over up to 32,768 of "
         "them.\n"
         "Kernels of actjit are made for the length of a row, as a model's are, and where rows lie "
         "along the first axis for their number too; peers get both as numbers.\n"
         "`ops` are the vector operations that 16 elements take (loads and stores apart), counted "
         "by "
         "stepping through the code of both on a smaller tensor: two of 512 bits are done in a "
         "cycle.\n"
         "`~` marks medians whose samples are further apart than 5 %.\n" +
         (several_cores
              ? "On several cores each contender runs for some milliseconds ahead of each sample: "
                "so long do threads of the one\nbefore look for more work, and its own sleep.\n"
              : "") +
         "\nGeometric means of the ratios, and in how many cells actjit is ahead:\n";
}

}  // namespace

std::string to_markdown(const Run& run, const std::vector<std::string>& plots) {
  if (run.cells.empty()) return {};
  std::string out = head(run);
  for (std::size_t t = 0; t < run.cells.front().tiers.size(); ++t) out += matrix(run, t);
  std::vector<const Measured*> behind, ahead, alone;
  for (const Measured* m : losing_first(run)) {
    const auto worst = m->worst_ratio();
    (!worst ? alone : *worst < 1 ? behind : ahead).push_back(m);
  }
  const auto section = [&](std::string_view title, const std::vector<const Measured*>& cells,
                           bool counted) {
    if (!cells.empty()) out += fmt::format("\n## {}\n\n{}", title, table(run, cells, counted));
  };
  section("Behind in some tier", behind, true);
  for (const std::string& plot : plots) out += fmt::format("\n![ratios]({})\n", plot);
  section("Ahead in every tier", ahead, false);
  section("Without a peer within 8 ULP", alone, false);
  out += scaling_table(run);
  if (!run.notes.empty()) out += "\n## Left out\n\n";
  for (const std::string& note : run.notes) out += "- " + note + "\n";
  return out;
}

}  // namespace actjit::bench
