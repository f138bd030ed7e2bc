// The verifier: every reason why a graph is not a program, not only the first.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace actjit {

struct Violation {
  NodeId node = no_node;  // no_node where the graph as a whole is at fault
  std::string message;
};

// Empty for a sound graph. Checks operands (existence, order, dtypes, shapes), attributes, unique
// well-formed names of inputs, scalars and outputs, and that there is an output.
std::vector<Violation> verify(const Graph& graph);

// As verify, as one error that carries all messages.
Result<void> verified(const Graph& graph);

// The text form with each violation behind its node.
std::string annotate(const Graph& graph, const std::vector<Violation>& violations);

}  // namespace actjit
