// The shortest way from tensors to code. Internal to runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codegen/call.h"
#include "codegen/plan.h"
#include "codegen/schedule.h"
#include "runtime/tensor.h"

namespace actjit {

// Calls of a kernel whose operands all have one shape and lie densely, which most elementwise
// kernels are called with: a few comparisons and no memory. Whatever else may be right or wrong
// with a call is left to bind_call() (runtime/spec.h), which knows all of it.
class DirectCall {
 public:
  // Nothing where a kernel is made for other calls.
  static std::optional<DirectCall> make(const Graph& graph, const Schedule& schedule,
                                        std::span<const Plan> plans, actjit_kernel entry);

  // Runs the kernel. False where this call is none of these, or is worth splitting and may be:
  // nothing was done.
  bool run(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
           std::span<const double> scalars, bool may_split) const;

 private:
  struct Operand {
    DType dtype;
    std::uintptr_t bytes;  // of an element: a power of two
  };
  DirectCall() = default;
  std::int64_t elements(const TensorView& v) const;
  bool is_dense(const TensorView& v, const Operand& operand, const std::int64_t* dims) const;
  bool lie_apart(void* const* data, std::uintptr_t n) const;

  actjit_kernel entry_ = nullptr;
  std::size_t inputs_ = 0;
  std::int64_t streaming_elements_ = 0;  // from so many on stores go past the caches
  std::int64_t least_piece_ = 1;         // twice as many are worth splitting
  std::vector<Operand> operands_;        // inputs, then outputs
  std::vector<std::int64_t> shape_;      // of all of them
  std::vector<double> scalars_;          // where the call gives none
};

}  // namespace actjit
