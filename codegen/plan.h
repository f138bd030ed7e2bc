// The plan of a kernel: which loops it has, how wide its vectors are, and in which loop each node
// is computed. Plain data, no LLVM.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/layout.h"
#include "codegen/schedule.h"
#include "codegen/target.h"
#include "ir/graph.h"

namespace actjit {

// Where a node is computed: as far out as its operands permit.
enum class Level : std::uint8_t {
  call,    // once: constants and run-time scalars
  row,     // once for each run of the innermost loop; in a kernel with reductions, for each row
  element  // for every element, in vectors
};

// One run through the elements of a row. The results of its reductions are there behind it.
struct Pass {
  std::vector<NodeId> compute;     // element nodes, in order
  std::vector<NodeId> load;        // element nodes an earlier pass has kept
  std::vector<NodeId> keep;        // of what it computes, for later passes
  std::vector<NodeId> reductions;  // a sparse_threshold is alone: its pass repeats itself
  std::vector<std::size_t> stores;
};

struct Plan {
  Graph graph;  // primitives and reductions only, no dead nodes
  Layout layout;
  Target target;
  unsigned lanes = 1;   // elements of a vector step
  unsigned unroll = 1;  // vector steps of an iteration of the main loop
  // Whether vectors hold the even elements of a step ahead of the odd ones: bf16 that share a word
  // of 32 bits are apart.
  bool in_pairs = false;
  std::vector<Level> level;
  // Of kernels with reductions:
  std::optional<std::int64_t> row_extent;  // of the last loop in a row, where the graph says it
  std::vector<Pass> passes;
  std::vector<std::size_t> pass;  // by node of level row: behind how many passes it is computed
  std::vector<Level> store;       // by output: where it is stored
  std::vector<NodeId> kept;       // element nodes whose values of a row are kept, in scratch memory
  // Across rows, where a block of rows is done at a time (codegen/plan_block.h):
  std::vector<NodeId> saved;        // row nodes that are needed in a pass, or behind another one
  std::vector<std::size_t> turned;  // operands that lie along rows and go through scratch memory

  std::size_t operands() const { return graph.inputs().size() + graph.outputs().size(); }
  bool has_rows() const { return layout.reduced > 0; }
  std::size_t element_ops() const;
  // Where an output is stored: once a row if it does not move along the innermost loop.
  Level store_level(std::size_t output) const;
  // Whether a node is all of a turned operand as it lies in scratch memory.
  bool is_turned(NodeId node) const;
  // Turned rows: the pass that computes a node of level row, or that before which it is computed.
  std::size_t row_pass(NodeId node) const { return pass[node] == 0 ? 0 : pass[node] - 1; }
  // Turned rows: whether a pass does more than to reduce what is in scratch memory.
  bool has_walk(const Pass& of) const;
  // Whole vectors that a pass along rows does at a time: a power of two, 1 for long ones.
  unsigned steps_at_a_time(const Pass& of) const;
  // What each thread needs for so many rows of so many elements, in bytes.
  std::int64_t scratch_bytes(std::int64_t row, std::int64_t rows) const;
};

// `graph` is that of a step of the schedule of an expanded graph. Errors: unsupported for a layout
// that does not belong to the graph.
Result<Plan> make_plan(const Step& step, const Layout& layout, const Target& target);

// The loop nest as text.
std::string print(const Plan& plan);

}  // namespace actjit
