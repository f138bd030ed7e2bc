// A run as a table, as JSON and as a page.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/summary.h"

namespace actjit::bench {

struct Run {
  std::string command;
  std::string date = {};
  std::string processor = {};
  std::vector<std::string> features = {};  // instruction sets that matter here
  std::string target = "native";           // that actjit made code for
  int rounds = 15;
  double load = 0;     // of the machine when the run began: processes that wanted to run
  double seconds = 0;  // that the run took
  std::vector<std::string> peers = {};  // that took part
  std::vector<std::string> notes = {};  // what is missing, what failed
  std::vector<Measured> cells = {};
};

// Fills in what the machine says of itself.
void describe_machine(Run& run);

// Losing cells first. `all_peers`: a line for each of them below its cell.
std::string print_table(const Run& run, bool all_peers, bool colour);
// Geometric means by dtype and size of each tier, what is missing, and whether the run was noisy.
std::string print_summary(const Run& run);
std::string to_json(const Run& run);
// `plots`: files to show, as the page refers to them.
std::string to_markdown(const Run& run, const std::vector<std::string>& plots = {});

// Cells by their worst ratio, the least first; those without a peer come last.
std::vector<const Measured*> losing_first(const Run& run);

// What was noisy, as a sentence; empty where nothing was.
std::string noise(const Run& run);

}  // namespace actjit::bench
