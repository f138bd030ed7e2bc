// lift_views: joins and dropped axes wander to the outputs, where they only say where a result is
// written. What is left above reductions and elementwise ops are slices and new axes, which
// sink_views (codegen/sink_views.h) takes to the inputs.
#pragma once

#include <vector>

#include "ir/axes.h"
#include "ir/graph.h"

namespace actjit {

// Whether some join has to become a tensor: it is reduced along its axis, or cut elsewhere than
// where it was joined. The first such node; no_node if there is none. Joins have been lifted.
NodeId join_to_keep(const Graph& graph);

// Joins behind the elementwise ops and reductions over other axes that use them.
Graph lift_joins(const Graph& graph);

// The graph without squeeze. Nodes that were squeezed have all their axes still, of which those in
// `dropped`, one set for each output, are not there in the output.
struct Unsqueezed {
  Graph graph;
  std::vector<Axes> dropped;
};
Unsqueezed lift_squeezes(const Graph& graph);

}  // namespace actjit
