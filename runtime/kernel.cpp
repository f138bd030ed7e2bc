#include "runtime/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "runtime/code.h"

namespace actjit {

namespace {

// Below this many items a second thread costs more than it gives.
constexpr std::int64_t min_items_per_piece = 4096;

// One call, split into pieces of whole cache lines.
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

Result<void> execute(actjit_kernel entry, const actjit_call& call, std::int64_t total,
                     const ParallelFor* parallel) {
  Pieces pieces{entry, call, total, total};
  std::int64_t count = 1;
  if (parallel && parallel->run) {
    count = std::clamp<std::int64_t>(total / min_items_per_piece, 1, parallel->threads);
    pieces.size = (total / count + 63) / 64 * 64 + 64;
    count = (total + pieces.size - 1) / pieces.size;
  }
  if (count > 1) parallel->run(parallel->context, count, Pieces::run, &pieces);
  else Pieces::run(&pieces, 0);
  check(pieces.failed == 0, "a kernel refused the call struct of its own build");
  return {};
}

}  // namespace

Result<void> Kernel::operator()(std::span<const TensorView> inputs,
                                std::span<const TensorView> outputs,
                                std::span<const double> scalars,
                                const ParallelFor* parallel) const {
  const Graph& graph = code_->graph;
  if (!scalars.empty() && scalars.size() != graph.scalars().size())
    return make_error(ErrorCode::missing_input,
                      fmt::format("{} run-time scalars given, the graph has {}", scalars.size(),
                                  graph.scalars().size()));
  const Result<Loops> collapsed = bind_call(graph, inputs, outputs);
  if (!collapsed) return collapsed.error();
  const std::int64_t total = collapsed->total();
  if (total == 0) return {};
  const std::optional<Loops> loops = fit(*collapsed, code_->spec.layout);
  if (!loops)
    return make_error(ErrorCode::unsupported,
                      fmt::format("this kernel was made for {}; these tensors need {}: compile "
                                  "with the spec of make_spec(graph, inputs, outputs)",
                                  to_string(code_->spec.layout, inputs.size()),
                                  to_string(layout_of(*collapsed), inputs.size())));

  std::vector<void*> data;
  for (const TensorView& v : inputs) data.push_back(v.data);
  for (const TensorView& v : outputs) data.push_back(v.data);
  std::vector<std::int64_t> strides;
  for (const auto& s : loops->strides) strides.insert(strides.end(), s.begin(), s.end());
  std::vector<double> values(scalars.begin(), scalars.end());
  if (values.empty())
    for (const Scalar& s : graph.scalars()) values.push_back(s.initial);
  const actjit_call call{sizeof(actjit_call), data.data(),   loops->dims.data(),
                         strides.data(),      values.data(), 0,
                         total};
  return execute(entry(), call, total, parallel);
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
