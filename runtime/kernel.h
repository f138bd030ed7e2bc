// Kernel: a handle on compiled code. Handles are counted; the last one to go returns the memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codegen/call.h"
#include "codegen/compile_times.h"
#include "codegen/plan.h"
#include "ir/graph.h"
#include "runtime/parallel.h"
#include "runtime/spec.h"
#include "runtime/tensor.h"

namespace actjit {

class BoundCall;

class Kernel {
 public:
  struct Code;  // what the handles share

  explicit Kernel(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  // Computes the outputs from the inputs, both in the graph's order. An output may lie exactly on
  // an input. `scalars` are the run-time scalars, in order of declaration; none at all means the
  // values the graph declares. Safe from every thread. Errors: those of bind_call;
  // unsupported where the tensors are laid out as this kernel was not made for.
  Result<void> operator()(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
                          std::span<const double> scalars = {},
                          const ParallelFor* parallel = nullptr) const;

  // The same call, checked once and ready to run as often as its tensors change their contents.
  // Errors as above.
  Result<BoundCall> bind(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
                         std::span<const double> scalars = {}) const;

  // The code itself, for hosts that fill in the call struct themselves.
  actjit_kernel entry() const;

  const Graph& graph() const;  // as it was asked for
  const Plan& plan() const;    // as it was compiled
  const Spec& spec() const;
  const CompileTimes& times() const;
  std::span<const char> object() const;  // the relocatable object the code came from

 private:
  std::shared_ptr<const Code> code_;
};

// A kernel and the tensors it runs on, which must outlive it.
class BoundCall {
 public:
  // Costs a few nanoseconds above the code itself.
  void operator()(const ParallelFor* parallel = nullptr) const;

  std::int64_t items() const { return items_; }
  // The call struct over all items; valid while this object lives and stays where it is.
  actjit_call call() const;

 private:
  friend class Kernel;
  explicit BoundCall(Kernel kernel) : kernel_(std::move(kernel)) {}

  Kernel kernel_;
  actjit_kernel entry_ = nullptr;
  std::int64_t items_ = 0;
  std::vector<void*> data_;
  std::vector<std::int64_t> dims_;
  std::vector<std::int64_t> strides_;
  std::vector<double> scalars_;
};

}  // namespace actjit
