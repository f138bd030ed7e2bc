// One use of a program: its graph for the tensors given, these tensors, and room for the results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/language.h"
#include "ir/pipeline.h"
#include "runtime/kernel.h"
#include "runtime/tensor.h"

namespace actjit::tools {

struct NamedTensor {
  std::string name;
  Buffer data;
};
struct NamedValue {
  std::string name;
  double value = 0;
};

struct Call {
  Graph graph;
  std::vector<Buffer> inputs;  // in the graph's order, as all that follows
  std::vector<Buffer> outputs;
  std::vector<double> scalars;
  std::vector<TensorView> input_views;
  std::vector<TensorView> output_views;

  double bytes() const;           // of all inputs and outputs
  std::int64_t elements() const;  // that the kernel's loops run through
};

// The program's graph for inputs of these dtypes and shapes, in any order. Errors: those of build()
// and output_dims(); unknown_name for a scalar the program does not have; limit for results or
// intermediate results that are too large.
Result<Call> make_call(const Program& program, std::vector<NamedTensor> tensors,
                       std::span<const NamedValue> scalars);

// The values of a program's run-time scalars, in order. Errors: unknown_name, invalid_argument for
// one given twice.
Result<std::vector<double>> scalar_values(const Program& program,
                                          std::span<const NamedValue> given);

// Computes the outputs with the interpreter. Errors: those of interpret() and bind_call(); limit.
Result<void> interpret(Call& call, Tier tier, const Certificates& certificates = {});

}  // namespace actjit::tools
