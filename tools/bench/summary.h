// Ratios of many cells in few numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/bench/figure.h"

namespace actjit::bench {

// Of cells that have a peer.
struct Summary {
  int cells = 0, ahead = 0;
  double geometric_mean = 0, least = 0;
};
Summary summary_of(const std::vector<double>& ratios);

// The ratios of one tier by dtype and by size, as "131072", "16777216 in place" or "4096 on 2
// cores". Columns are in the order of the run.
struct Matrix {
  std::vector<std::string> columns;
  std::vector<DType> rows;
  std::map<std::pair<DType, std::string>, Summary> cells;
  std::map<DType, Summary> all_columns;
  Summary all;
};
Matrix matrix_of(const std::vector<Measured>& cells, std::size_t tier);

// How much quicker a tier is on several cores than on one, in the cells that were measured so.
Summary scaling_of(const std::vector<Measured>& cells, std::size_t tier);

// What was noisy in the cells, as a sentence without the load; empty where nothing was.
std::string noise_of(const std::vector<Measured>& cells);

}  // namespace actjit::bench
