// The plan: which loops a kernel has, how wide its vectors are, and in which loop each node is
// computed. Plain data, no LLVM.
#pragma once

#include <string>
#include <vector>

#include "codegen/layout.h"
#include "codegen/target.h"
#include "ir/graph.h"

namespace actjit {

// Where a node is computed: as far out as its operands permit.
enum class Level : std::uint8_t {
  call,    // once: constants and run-time scalars
  row,     // once for each run of the innermost loop
  element  // for every element, in vectors
};

struct Plan {
  Graph graph;  // primitives only, no dead nodes
  Layout layout;
  Target target;
  unsigned lanes = 1;   // elements of a vector step
  unsigned unroll = 1;  // vector steps of an iteration of the main loop
  std::vector<Level> level;

  std::size_t operands() const { return graph.inputs().size() + graph.outputs().size(); }
  std::size_t element_ops() const;
  // Where an output is stored: once a row if it does not move along the innermost loop.
  Level store_level(std::size_t output) const;
};

// `graph` is the expanded graph (ir/pipeline.h). Errors: unsupported for a layout that does not
// belong to the graph.
Result<Plan> make_plan(Graph graph, const Layout& layout, const Target& target);

// The loop nest as text.
std::string print(const Plan& plan);

}  // namespace actjit
