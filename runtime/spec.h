// Spec: everything beside the graph that shapes a kernel. A value; together with the graph it is
// the key of the cache.
#pragma once

#include <span>

#include "codegen/layout.h"
#include "codegen/schedule.h"
#include "codegen/target.h"
#include "ir/graph.h"
#include "ir/tier.h"
#include "runtime/tensor.h"

namespace actjit {

struct Spec {
  Tier tier = Tier::precise;
  Target target;
  std::vector<Layout> layouts;  // one for each kernel of the graph's schedule (codegen/schedule.h)

  friend bool operator==(const Spec&, const Spec&) = default;
};

// For dense tensors of the graph's shapes, on this machine. Errors: unsupported_target where the
// machine has no instruction set kernels are made for; those of dense_layouts.
Result<Spec> make_spec(const Graph& graph, Tier tier = Tier::precise,
                       std::string_view target = "native");

// For tensors laid out like these. Errors: those of make_spec and of bind_call.
Result<Spec> make_spec(const Graph& graph, std::span<const TensorView> inputs,
                       std::span<const TensorView> outputs, Tier tier = Tier::precise,
                       std::string_view target = "native");

// One kernel's share of a call: its loops, and where its operands begin in their tensors, in
// elements.
struct BoundStep {
  Loops loops;  // collapsed
  std::vector<std::int64_t> offsets;
  std::vector<double> counts;  // the scalars behind the graph's (Step::counts)
};
struct BoundSteps {
  std::vector<BoundStep> steps;
  std::vector<std::vector<std::int64_t>> intermediates;  // dims
  std::vector<std::int64_t> positions;                   // how many of each list
};

// Shapes and dtypes checked against the graph, symbols bound, overlap refused unless an output lies
// exactly on an input. Errors: missing_input, type_mismatch, shape_mismatch, invalid_argument,
// unsupported; each names the operand, what it got and what was wanted.
Result<BoundSteps> bind_call(const Graph& graph, const Schedule& schedule,
                             std::span<const TensorView> inputs,
                             std::span<const TensorView> outputs);

// The dims each output of a call has. Errors as bind_call.
Result<std::vector<std::vector<std::int64_t>>> output_dims(const Graph& graph,
                                                           std::span<const TensorView> inputs);

}  // namespace actjit
