// What is known of one contender in one cell, and of a cell as a whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/operations.h"
#include "ir/tier.h"
#include "tools/bench/accuracy.h"

namespace actjit::bench {

// A peer counts in the ratio if its results are within this of their typical size.
inline constexpr double max_peer_ulp = 8;
// A median whose samples are further apart than this, relative to it, is noisy.
inline constexpr double noisy_spread = 0.05;

// How far off peers of a tier may be: the rough one has those beside it that are no better.
double peer_ulp(Tier tier, DType dtype);

struct Figure {
  std::string name;   // of a tier or a peer
  double ns = 0;      // one call, the median
  double spread = 0;  // the median absolute deviation, relative to the median
  Deviation deviation = {};
  double peer_ulp = max_peer_ulp;             // of a tier
  std::optional<Operations> operations = {};  // of an element, where they were counted

  bool is_within(double ulp) const { return deviation.typical_ulp <= ulp; }
};

// The median of samples in nanoseconds, and their spread.
Figure figure_of(std::string name, const std::vector<double>& samples);

struct Measured {
  Cell cell;
  std::vector<Figure> tiers = {};  // actjit
  std::vector<Figure> alone = {};  // the same on one core, in a cell of several
  std::vector<Figure> peers = {};
  Figure copy = {};    // of the first input
  Figure steady = {};  // a chain of tools::chain_cycles

  // The quickest peer within so many ULP; null if there is none.
  const Figure* best_peer(double ulp = max_peer_ulp) const;
  const Figure* quickest_peer() const;                    // of all
  std::optional<double> ratio(const Figure& tier) const;  // above 1: ahead of its best peer
  std::optional<double> worst_ratio() const;
  // How many times quicker a tier is on all cores than on one.
  std::optional<double> scaling(std::size_t tier) const;
  bool is_noisy() const;
};

}  // namespace actjit::bench
