#include "runtime/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "runtime/code.h"

namespace actjit {

namespace {

// Below this many items a second thread costs more than it gives.
constexpr std::int64_t min_items_per_piece = 4096;
// Pieces end where cache lines do, of any dtype.
constexpr std::int64_t items_per_line = 64;

// One call, split into pieces.
struct Pieces {
  actjit_kernel entry;
  actjit_call call;
  std::int64_t total;
  std::int64_t size;
  std::atomic<int> failed{0};

  static void run(void* state, std::int64_t index) {
    auto& self = *static_cast<Pieces*>(state);
    actjit_call piece = self.call;
    piece.begin = index * self.size;
    piece.end = std::min(piece.begin + self.size, self.total);
    if (self.entry(&piece) != 0) self.failed = 1;
  }
};

}  // namespace

Result<BoundCall> Kernel::bind(std::span<const TensorView> inputs,
                               std::span<const TensorView> outputs,
                               std::span<const double> scalars) const {
  const Graph& graph = code_->graph;
  if (!scalars.empty() && scalars.size() != graph.scalars().size())
    return make_error(ErrorCode::missing_input,
                      fmt::format("{} run-time scalars given, the graph has {}", scalars.size(),
                                  graph.scalars().size()));
  const Result<Loops> collapsed = bind_call(graph, inputs, outputs);
  if (!collapsed) return collapsed.error();
  BoundCall bound(*this);
  bound.entry_ = entry();
  bound.items_ = collapsed->total();
  if (bound.items_ == 0) return bound;
  std::optional<Loops> loops = fit(*collapsed, code_->spec.layout);
  if (!loops)
    return make_error(ErrorCode::unsupported,
                      fmt::format("this kernel was made for {}; these tensors need {}: compile "
                                  "with the spec of make_spec(graph, inputs, outputs)",
                                  to_string(code_->spec.layout, inputs.size()),
                                  to_string(layout_of(*collapsed), inputs.size())));
  for (const TensorView& v : inputs) bound.data_.push_back(v.data);
  for (const TensorView& v : outputs) bound.data_.push_back(v.data);
  for (const auto& s : loops->strides)
    bound.strides_.insert(bound.strides_.end(), s.begin(), s.end());
  bound.dims_ = std::move(loops->dims);
  bound.scalars_.assign(scalars.begin(), scalars.end());
  if (scalars.empty())
    for (const Scalar& s : graph.scalars()) bound.scalars_.push_back(s.initial);
  return bound;
}

Result<void> Kernel::operator()(std::span<const TensorView> inputs,
                                std::span<const TensorView> outputs,
                                std::span<const double> scalars,
                                const ParallelFor* parallel) const {
  const Result<BoundCall> bound = bind(inputs, outputs, scalars);
  if (!bound) return bound.error();
  (*bound)(parallel);
  return {};
}

actjit_call BoundCall::call() const {
  return {
      sizeof(actjit_call), data_.data(), dims_.data(), strides_.data(), scalars_.data(), 0, items_};
}

void BoundCall::operator()(const ParallelFor* parallel) const {
  if (items_ == 0) return;
  Pieces pieces{entry_, call(), items_, items_};
  std::int64_t count = 1;
  if (parallel && parallel->run) {
    count = std::clamp<std::int64_t>(items_ / min_items_per_piece, 1,
                                     std::max<std::int64_t>(parallel->threads, 1));
    pieces.size = (items_ + count - 1) / count;
    pieces.size = (pieces.size + items_per_line - 1) / items_per_line * items_per_line;
    count = (items_ + pieces.size - 1) / pieces.size;
  }
  if (count > 1)
    parallel->run(parallel->context, count, Pieces::run, &pieces);
  else
    Pieces::run(&pieces, 0);
  check(pieces.failed == 0, "a kernel refused the call struct of its own build");
}

actjit_kernel Kernel::entry() const {
  return reinterpret_cast<actjit_kernel>(code_->loaded->address());
}
const Graph& Kernel::graph() const { return code_->graph; }
const Plan& Kernel::plan() const { return code_->plan; }
const Spec& Kernel::spec() const { return code_->spec; }
const CompileTimes& Kernel::times() const { return code_->times; }
std::span<const char> Kernel::object() const { return code_->object; }

}  // namespace actjit
