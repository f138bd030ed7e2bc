// One cell of the table measured: actjit in each tier, every peer and a copy, in turn.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/bench/sampling.h"
#include "tools/common/pool.h"

namespace actjit::bench {

struct Method {
  std::vector<Tier> tiers;
  Timing timing = {};
  std::string target = "native";  // that actjit makes code for
  bool counts = true;             // count the operations where actjit is behind
};

class Bench {
 public:
  // Errors: those of Engine::create.
  static Result<Bench> create(Method method);

  // `peers`: those that have a function for this cell. Errors: those of actjit; a peer that fails
  // is left out and noted.
  Result<Measured> measure(const Cell& cell, const std::vector<const Peer*>& peers,
                           std::vector<std::string>& notes);

 private:
  // By the function, dtype and form of rows; of an element, by contender. Empty where counting
  // failed, which would fail again.
  using Counted = std::map<std::string, std::optional<Operations>>;

  Bench(Engine engine, Method method) : engine_(std::move(engine)), method_(std::move(method)) {}
  const ParallelFor* parallel(int threads);
  Result<void> add_tiers(Arena& arena, const ParallelFor* parallel, std::string_view suffix,
                         std::vector<Contender>& out) const;
  void count_operations(Measured& m, const std::vector<const Peer*>& peers);

  Engine engine_;
  Method method_;
  std::map<int, std::unique_ptr<tools::Pool>> pools_;
  std::map<int, ParallelFor> parallel_;
  std::map<std::string, Counted> counts_;
};

}  // namespace actjit::bench
