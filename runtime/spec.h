// Spec: everything beside the graph that shapes a kernel. A value; together with the graph it is
// the key of the cache.
#pragma once

#include <span>

#include "codegen/layout.h"
#include "codegen/target.h"
#include "ir/graph.h"
#include "ir/tier.h"
#include "runtime/tensor.h"

namespace actjit {

struct Spec {
  Tier tier = Tier::precise;
  Target target;
  Layout layout;

  friend bool operator==(const Spec&, const Spec&) = default;
};

// For dense tensors of the graph's shapes, on this machine. Errors: unsupported_target where the
// machine has no instruction set kernels are made for; those of dense_layout.
Result<Spec> make_spec(const Graph& graph, Tier tier = Tier::precise,
                       std::string_view target = "native");

// For tensors laid out like these. Errors: those of make_spec and of bind_call.
Result<Spec> make_spec(const Graph& graph, std::span<const TensorView> inputs,
                       std::span<const TensorView> outputs, Tier tier = Tier::precise,
                       std::string_view target = "native");

// The loops of one call: shapes and dtypes checked against the graph, symbols bound, overlap
// refused unless an output lies exactly on an input. Errors: missing_input, type_mismatch,
// shape_mismatch, invalid_argument; each names the operand, what it got and what was wanted.
Result<Loops> bind_call(const Graph& graph, std::span<const TensorView> inputs,
                        std::span<const TensorView> outputs);

// The dims each output of a call has. Errors as bind_call.
Result<std::vector<std::vector<std::int64_t>>> output_dims(const Graph& graph,
                                                           std::span<const TensorView> inputs);

}  // namespace actjit
