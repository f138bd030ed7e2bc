// Kernel: a handle on compiled code. Handles are counted; the last one to go returns the memory.
#pragma once

#include <cstddef>
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
  // an input, unless a later part of the computation reads that. `scalars` are the run-time
  // scalars, in order of declaration; none at all means the values the graph declares. Safe from
  // every thread. Costs a few nanoseconds above the code where tensors of one shape lie densely and
  // nothing is split; some tens where shapes and strides are those of the thread's last call of
  // this kernel; else one or two microseconds, which bind() spends once. Errors: those of
  // bind_call; unsupported where the tensors are laid out as this kernel was not made for.
  Result<void> operator()(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
                          std::span<const double> scalars = {},
                          const ParallelFor* parallel = nullptr) const;

  // The same call, checked once and ready to run as often as its tensors change their contents.
  // Errors as above.
  Result<BoundCall> bind(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
                         std::span<const double> scalars = {}) const;

  // A graph becomes one kernel or several, which run one after the other (codegen/schedule.h).
  std::size_t steps() const;
  // The code itself, for hosts that fill in the call struct themselves.
  actjit_kernel entry(std::size_t step = 0) const;

  const Graph& graph() const;                    // as it was asked for
  const Plan& plan(std::size_t step = 0) const;  // as it was compiled
  const Schedule& schedule() const;
  const Spec& spec() const;
  const CompileTimes& times() const;

 private:
  std::shared_ptr<const Code> code_;
};

// A kernel and the tensors it runs on, which must outlive it, with the memory for what goes between
// its parts. One call at a time.
class BoundCall {
 public:
  // Costs a few nanoseconds above the code itself where nothing is split, as nothing is that takes
  // less than some microseconds.
  void operator()(const ParallelFor* parallel = nullptr) const;

  // Scratch memory that `threads` threads need, and a call with memory of the caller's, aligned to
  // 64 bytes: nothing is allocated then. Errors: invalid_argument where it is too small or not
  // aligned.
  std::size_t scratch_bytes(std::int64_t threads = 1) const;
  Result<void> run(std::span<std::byte> scratch, const ParallelFor* parallel = nullptr) const;

  // Work items of all kernels: elements where they are elementwise, else rows.
  std::int64_t items() const;
  // The call struct of one kernel over all its items; valid while this object lives and stays where
  // it is.
  actjit_call call(std::size_t step = 0) const;

 private:
  friend class Kernel;
  friend class RecentCall;  // runtime/recent_call.h
  explicit BoundCall(Kernel kernel) : kernel_(std::move(kernel)) {}

  struct Part {
    actjit_kernel entry = nullptr;
    std::int64_t items = 0;
    std::int64_t row = 1;  // elements of an item
    std::int64_t scratch = 0;
    std::int64_t pieces = 0;  // that are worth making, each for a thread
    bool apart = false;       // items are rows of their own, not neighbours in cache lines
    bool streams = false;     // stores go past the caches
    std::vector<void*> data;
    std::vector<std::int64_t> dims, strides;
    std::vector<double> scalars;
    actjit_call call = {};  // over all items, of the arrays above

    void set_call(void* scratch_memory);
  };
  void run_alone() const;
  void run_part(const Part& part, void* scratch, const ParallelFor* parallel) const;
  // Null where there is no memory. It is kept: to get it from the system anew for each call takes
  // longer than many a call.
  void* scratch_of(std::int64_t threads) const;

  Kernel kernel_;
  // Of one call and all its copies: the call structs point into it.
  std::shared_ptr<std::vector<Part>> parts_ = std::make_shared<std::vector<Part>>();
  std::shared_ptr<std::vector<Buffer>> memory_;  // between the parts, and scratch for one thread
  void* scratch_ = nullptr;
  bool is_worth_splitting_ = false;
  std::shared_ptr<Buffer> scratch_of_threads_ = std::make_shared<Buffer>();
};

}  // namespace actjit
