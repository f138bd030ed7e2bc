// What the command line asks for.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "tools/bench/measure.h"

namespace actjit::bench {

struct Options {
  Selection selection;
  std::vector<std::string> tiers{"rough", "fast", "precise"};
  std::string target = "native";
  std::string python;
  Timing timing;
  bool list = false, all_peers = false, no_counts = false;
  std::string json, markdown, svg;
  std::string command = "actjit_bench";  // that the reports name

  void add_to(CLI::App& app);
  // Errors: invalid_argument for an unknown tier; those of find_target; unsupported_target.
  Result<Method> method() const;
};

}  // namespace actjit::bench
