// simplify: applies the rewrite rules bottom-up until none fires, and folds constants.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/pattern.h"

namespace actjit {

// A rule that fired, and the node of the new graph at which it did.
struct Firing {
  std::string_view rule;
  NodeId node;
};

// Every rule there is.
std::span<const Rule> all_rules();

// `permitted` is the weakest label of a rule that may fire; rules that preserve more fire too.
// With `log`, firings are appended to it.
Graph simplify(const Graph& graph, Preserves permitted, std::vector<Firing>* log = nullptr);

// One rule at one node: the matched operands if it fires. `graph` may gain constants.
std::optional<Match> match(const Rule& rule, Graph& graph, NodeId node);

}  // namespace actjit
