#include "tools/bench/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace actjit::bench {

namespace {

constexpr double label_width = 230, unit = 150, bar = 9, gap = 7, top = 46;
constexpr double longest = 4;  // ratios above are cut off; their number says what they are
constexpr const char* colours[] = {"#3b6fb6", "#d9822b", "#4c9a5b", "#8a5a9e"};
constexpr double width = label_width + longest * unit + 60;

using Cells = std::vector<const Measured*>;

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     text);
}

std::string vertical(double ratio, double height, std::string_view style) {
  const double x = label_width + ratio * unit;
  return fmt::format("<path d=\"M{:.1f} {:.1f}V{:.1f}\" {}/>\n", x, top - 6, height, style);
}

std::string bar_of(double y, double ratio, std::size_t tier) {
  const double length = std::min(ratio, longest) * unit;
  return fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/>\n",
                     label_width, y, length, bar - 1, colours[tier % std::size(colours)]) +
         text_at(label_width + length + 4, y + bar - 1.5, "start", fmt::format("{:.2f}", ratio));
}

std::string legend(const Measured& any, std::string_view title) {
  std::string out = text_at(8, 18, "start", fmt::format("{}: speed against the best peer", title));
  double x = label_width;
  for (std::size_t t = 0; t < any.tiers.size(); ++t, x += 90) {
    out += fmt::format("<rect x=\"{}\" y=\"26\" width=\"10\" height=\"8\" fill=\"{}\"/>\n", x,
                       colours[t % std::size(colours)]);
    out += text_at(x + 14, 34, "start", any.tiers[t].name);
  }
  return out;
}

std::string svg_of(const Cells& cells, std::string_view title) {
  const auto tiers = static_cast<double>(cells.front()->tiers.size());
  const double row = tiers * bar + gap;
  const double height = top + row * static_cast<double>(cells.size()) + 10;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1:.0f}\" viewBox=\"0 0 "
      "{0} "
      "{1:.0f}\" font-family=\"sans-serif\" font-size=\"10\">\n<rect width=\"100%\" "
      "height=\"100%\" fill=\"white\"/>\n",
      width, height);
  out += legend(*cells.front(), title);
  for (int ratio = 0; ratio <= static_cast<int>(longest); ++ratio)
    out += vertical(ratio, height, "stroke=\"#ddd\"");
  double y = top;
  for (const Measured* m : cells) {
    out += text_at(label_width - 6, y + row / 2, "end",
                   fmt::format("{} {}", m->cell.workload->name, m->cell.shape()));
    for (std::size_t t = 0; t < m->tiers.size(); ++t)
      out += bar_of(y + static_cast<double>(t) * bar, m->ratio(m->tiers[t]).value_or(0), t);
    y += row;
  }
  return out + vertical(1, height, "stroke=\"#c00\"") + "</svg>\n";
}

}  // namespace

std::vector<Plot> plots_of(const Run& run) {
  std::map<std::tuple<DType, std::int64_t, int>, Cells> groups;
  for (const Measured& m : run.cells)
    if (m.best_peer()) groups[{m.cell.dtype, m.cell.n, m.cell.threads}].push_back(&m);
  std::vector<Plot> out;
  for (const auto& [key, cells] : groups) {
    const auto& [dtype, n, threads] = key;
    const bool alone = threads == 1;
    const std::string cores = alone ? "" : fmt::format(" on {} cores", threads);
    out.push_back({fmt::format("speed_{}_{}{}.svg", text(dtype), n,
                               alone ? "" : fmt::format("_on_{}", threads)),
                   svg_of(cells, fmt::format("{}, {} elements{}", text(dtype), n, cores))});
  }
  return out;
}

}  // namespace actjit::bench
