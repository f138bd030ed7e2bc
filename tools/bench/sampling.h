// Contenders timed in turn.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/arena.h"
#include "tools/bench/figure.h"

namespace actjit::bench {

struct Timing {
  int rounds = 15;
  double batch_ns = 2e5;
  // On several cores: for so long threads of the contender before look for more work, and those of
  // the next one are not awake.
  double warm_ns = 3e6;
};

struct Contender {
  std::string name;
  Work work;
  bool may_be_left_behind = false;  // where it is far behind, one sample of it is enough
  bool counts = false;              // far behind the quickest of those that do
  bool computes = true;             // the cell's output, in place over its input
};

// How the contender is timed on these tensors.
tools::Batch batch_of(const Contender& contender, Arena& arena);

// A figure of each, without its deviation.
std::vector<Figure> sample_all(const std::vector<Contender>& all, Arena& arena,
                               const Timing& timing);

}  // namespace actjit::bench
