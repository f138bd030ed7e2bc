// One cell of the table measured: actjit in each tier, every peer and a copy, in turn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/tier.h"
#include "runtime/engine.h"
#include "tools/bench/accuracy.h"
#include "tools/bench/peer.h"

namespace actjit::bench {

// A peer counts in the ratio if its results are within this of their typical size.
inline constexpr double max_peer_ulp = 8;
// A median whose samples are further apart than this, relative to it, is noisy.
inline constexpr double noisy_spread = 0.05;

struct Figure {
  std::string name;   // of a tier or a peer
  double ns = 0;      // one call, the median
  double spread = 0;  // the median absolute deviation, relative to the median
  Deviation deviation = {};

  bool is_accurate() const { return deviation.typical_ulp <= max_peer_ulp; }
};

struct Measured {
  Cell cell;
  std::vector<Figure> tiers = {};  // actjit
  std::vector<Figure> peers = {};
  Figure copy = {};    // of the first input
  Figure steady = {};  // a loop that always does the same

  const Figure* best_peer() const;      // the quickest of the accurate ones; null if there is none
  const Figure* quickest_peer() const;  // of all
  std::optional<double> ratio(const Figure& tier) const;  // above 1: ahead of the best peer
  std::optional<double> worst_ratio() const;
  bool is_noisy() const;
};

struct Timing {
  int rounds = 15;
  double batch_ns = 2e5;
};

class Bench {
 public:
  // `parallel` is null for one thread. Errors: those of Engine::create.
  static Result<Bench> create(const std::vector<Tier>& tiers, const Timing& timing,
                              const ParallelFor* parallel);

  // `peers`: those that have a function for this cell. Errors: those of actjit; a peer that fails
  // is left out and noted.
  Result<Measured> measure(const Cell& cell, const std::vector<const Peer*>& peers,
                           std::vector<std::string>& notes) const;

 private:
  Bench(Engine engine, std::vector<Tier> tiers, const Timing& timing, const ParallelFor* parallel)
      : engine_(std::move(engine)),
        tiers_(std::move(tiers)),
        timing_(timing),
        parallel_(parallel) {}

  Engine engine_;
  std::vector<Tier> tiers_;
  Timing timing_;
  const ParallelFor* parallel_;
};

}  // namespace actjit::bench
