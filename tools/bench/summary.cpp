#include "tools/bench/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/common/timing.h"

namespace actjit::bench {

namespace {

std::string column_of(const Cell& c) {
  return fmt::format("{}{}{}", c.n, c.in_place ? " in place" : "",
                     c.threads > 1 ? fmt::format(" on {} cores", c.threads) : std::string());
}

template <class T>
void add_new(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

Summary summary_of(const std::vector<double>& ratios) {
  Summary out;
  if (ratios.empty()) return out;
  double logs = 0;
  for (const double r : ratios) {
    out.ahead += r >= 1;
    logs += std::log(r);
  }
  out.cells = static_cast<int>(ratios.size());
  out.geometric_mean = std::exp(logs / out.cells);
  out.least = *std::min_element(ratios.begin(), ratios.end());
  return out;
}

Matrix matrix_of(const std::vector<Measured>& cells, std::size_t tier) {
  Matrix out;
  std::map<std::pair<DType, std::string>, std::vector<double>> ratios;
  std::map<DType, std::vector<double>> of_dtype;
  std::vector<double> all;
  for (const Measured& m : cells) {
    const auto ratio = m.ratio(m.tiers[tier]);
    if (!ratio) continue;
    const std::string column = column_of(m.cell);
    add_new(out.columns, column);
    add_new(out.rows, m.cell.dtype);
    ratios[{m.cell.dtype, column}].push_back(*ratio);
    of_dtype[m.cell.dtype].push_back(*ratio);
    all.push_back(*ratio);
  }
  for (const auto& [key, list] : ratios) out.cells[key] = summary_of(list);
  for (const auto& [dtype, list] : of_dtype) out.all_columns[dtype] = summary_of(list);
  out.all = summary_of(all);
  return out;
}

Summary scaling_of(const std::vector<Measured>& cells, std::size_t tier) {
  std::vector<double> out;
  for (const Measured& m : cells)
    if (const auto s = m.scaling(tier)) out.push_back(*s);
  return summary_of(out);
}

std::string noise_of(const std::vector<Measured>& cells) {
  std::vector<double> paces;
  std::size_t noisy = 0;
  for (const Measured& m : cells) {
    noisy += m.is_noisy();
    paces.push_back(m.steady.ns);
  }
  const double usual = tools::median(paces);
  double drift = 0;
  for (const double p : paces) drift = std::max(drift, std::fabs(p / usual - 1));
  if (noisy == 0 && drift <= noisy_spread) return {};
  return fmt::format(
      "This run was noisy: {} of {} cells have medians with a spread above {:.0f} %, and a loop "
      "that always does the same took up to {:.0f} % more or less than usual",
      noisy, cells.size(), 100 * noisy_spread, 100 * drift);
}

}  // namespace actjit::bench
