// Ratios as pictures: one SVG for each dtype, size and number of cores.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/report.h"

namespace actjit::bench {

struct Plot {
  std::string name;  // "speed_f32_4096.svg"
  std::string svg;
};

// A bar for each tier of each cell that has a peer, and a line at 1.
std::vector<Plot> plots_of(const Run& run);

}  // namespace actjit::bench
