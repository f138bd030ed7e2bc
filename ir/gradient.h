// The graph of a program's gradients: what `--grad` of the tools and a training step need.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace actjit {

// A cotangent that is an input: "dy" where y is the only output, else "dy_" and the name of an
// output. Its dtype is the output's; its shape broadcasts to the output's, and is that where none
// is given.
struct Cotangent {
  std::string name;
  std::optional<DType> dtype = {};
  std::optional<Shape> shape = {};
};

struct GradientOptions {
  // Inputs and run-time scalars. The gradient with respect to x is the output "dx", behind the
  // others.
  std::vector<std::string> wrt = {};
  // Inputs of the new graph, behind the others. Those of other outputs are 1 everywhere.
  std::vector<Cotangent> cotangents = {};
  // Whether the outputs of the graph stay: forward and backward in one kernel.
  bool keeps_outputs = true;
};

// How the cotangent of one of `outputs` outputs is called.
std::string cotangent_name(std::size_t outputs, std::string_view output);

// Errors: unknown_name; type_mismatch for what is no float; invalid_argument for a name that is
// taken; type_mismatch and shape_mismatch for a cotangent; unsupported where an output depends on
// what is asked for by an op without derivative.
Result<Graph> with_gradients(const Graph& graph, const GradientOptions& options);

}  // namespace actjit
