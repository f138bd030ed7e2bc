// Random graphs, made from the op table: a new row of ops.def is fuzzed without a line here.
#pragma once

#include "ir/graph.h"
#include "tests/support/random.h"

namespace actjit::test {

struct GraphSize {
  std::uint64_t nodes = 12;     // at most, beside leaves
  std::uint64_t inputs = 4;     // at most
  std::uint64_t outputs = 3;    // at most
  std::uint64_t rank = 3;       // at most
  std::int64_t elements = 150;  // of the iteration space, at most
  bool math = true;             // math functions too
  bool axes = false;            // reductions and views too: outputs need not broadcast then
};

// A sound graph; without axes its outputs broadcast together. Bits of a NaN, which nothing
// promises, never reach a number: operands of bitcast and the sign of copysign have theirs
// replaced.
Graph random_graph(Random& random, const GraphSize& size = {});

// Dims for every input of the graph; symbols get random extents.
std::vector<std::vector<std::int64_t>> random_dims(const Graph& graph, Random& random);

}  // namespace actjit::test
