// The graph of a program's gradients: what `--grad` of the tools and a training step need.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace actjit {

struct GradientOptions {
  // Inputs and run-time scalars. The gradient with respect to x is the output "dx", behind the
  // others.
  std::vector<std::string> wrt;
  // The cotangents that are inputs of the new graph, behind the others: "dy" where y is the only
  // output, else "dy_" and the name of an output. Those of other outputs are 1 everywhere.
  std::vector<std::string> cotangents = {};
  // Whether the outputs of the graph stay: forward and backward in one kernel.
  bool keeps_outputs = true;
};

// How the cotangent of an output is called.
std::string cotangent_name(const Graph& graph, const Output& output);

// Errors: unknown_name; type_mismatch for what is no float; invalid_argument for a name that is
// taken; unsupported where an output depends on what is asked for by an op without derivative.
Result<Graph> with_gradients(const Graph& graph, const GradientOptions& options);

}  // namespace actjit
