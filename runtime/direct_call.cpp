#include "runtime/direct_call.h"

#include <algorithm>
#include <array>

#include "runtime/pieces.h"
#include "runtime/streaming.h"

namespace actjit {

namespace {

constexpr std::size_t max_operands = 16;
constexpr std::int64_t any_extent = -1;

// Whether an operand is all of its tensor, in the shape of the loops.
bool is_whole(const KernelOperand& operand, Place place, std::size_t index, const Shape& shape) {
  if (operand.place != place || operand.index != index || operand.view.size() != shape.size())
    return false;
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (operand.view[d] != ViewAxis{.dim = static_cast<int>(d), .extent = shape[d]}) return false;
  return true;
}

bool all_whole(std::span<const KernelOperand> operands, Place place, const Shape& shape) {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!is_whole(operands[i], place, i, shape)) return false;
  return true;
}

bool has_repeated_symbol(const Shape& shape) {
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (shape[d].is_symbolic() && std::count(shape.begin(), shape.end(), shape[d]) > 1) return true;
  return false;
}

bool serves(const Graph& graph, const Step& step, const Layout& layout) {
  return layout.rank == 1 && layout.reduced == 0 && step.counts.empty() &&
         std::ranges::all_of(layout.access, [](Access a) { return a == Access::unit; }) &&
         step.reads.size() == graph.inputs().size() &&
         step.writes.size() == graph.outputs().size() && !has_repeated_symbol(step.shape) &&
         all_whole(step.reads, Place::input, step.shape) &&
         all_whole(step.writes, Place::output, step.shape);
}

}  // namespace

std::optional<DirectCall> DirectCall::make(const Graph& graph, const Schedule& schedule,
                                           std::span<const Plan> plans, actjit_kernel entry) {
  if (schedule.steps.size() != 1 || graph.inputs().empty()) return std::nullopt;
  const Step& step = schedule.steps[0];
  if (!serves(graph, step, plans[0].layout)) return std::nullopt;
  if (step.reads.size() + step.writes.size() > max_operands) return std::nullopt;
  DirectCall out;
  out.entry_ = entry;
  out.inputs_ = graph.inputs().size();
  const auto add = [&](NodeId node) {
    const DType dtype = graph[node].dtype;
    out.operands_.push_back({dtype, static_cast<std::uintptr_t>(bytes(dtype))});
  };
  for (const Input& i : graph.inputs()) add(i.node);
  for (const Output& o : graph.outputs()) add(o.node);
  for (const Dim& d : step.shape) out.shape_.push_back(d.is_symbolic() ? any_extent : d.extent);
  for (const Scalar& s : graph.scalars()) out.scalars_.push_back(s.initial);
  out.streaming_elements_ = streaming_elements(graph);
  out.least_piece_ = least_piece(plans[0]);
  return out;
}

// 0 where there are none, or more than may be addressed, or the shape is not the kernel's.
inline std::int64_t DirectCall::elements(const TensorView& v) const {
  constexpr std::int64_t most = std::int64_t{1} << 56;
  if (v.dims.size() != shape_.size()) return 0;
  std::int64_t n = 1;
  for (std::size_t d = 0; d < shape_.size(); ++d) {
    const std::int64_t extent = v.dims[d];
    if (extent <= 0 || (shape_[d] != any_extent && shape_[d] != extent)) return 0;
    if (__builtin_mul_overflow(n, extent, &n) || n > most) return 0;
  }
  return n;
}

inline bool DirectCall::is_dense(const TensorView& v, const Operand& operand,
                                 const std::int64_t* dims) const {
  const std::size_t rank = shape_.size();
  if (v.dtype != operand.dtype || v.dims.size() != rank || v.strides.size() != rank || !v.data ||
      (reinterpret_cast<std::uintptr_t>(v.data) & (operand.bytes - 1)) != 0)
    return false;
  std::int64_t stride = 1;
  for (std::size_t d = rank; d-- > 0;) {
    if (v.dims[d] != dims[d] || (v.strides[d] != stride && dims[d] != 1)) return false;
    stride *= dims[d];
  }
  return true;
}

// Outputs of n elements lie on no other output, and on an input exactly or not at all.
inline bool DirectCall::lie_apart(void* const* data, std::uintptr_t n) const {
  const auto at = [&](std::size_t i) { return reinterpret_cast<std::uintptr_t>(data[i]); };
  for (std::size_t o = inputs_; o < operands_.size(); ++o)
    for (std::size_t i = 0; i < o; ++i) {
      const std::uintptr_t out = operands_[o].bytes, other = operands_[i].bytes;
      if (at(o) + n * out <= at(i) || at(i) + n * other <= at(o)) continue;
      if (i >= inputs_ || at(i) != at(o) || out != other) return false;
    }
  return true;
}

bool DirectCall::run(std::span<const TensorView> inputs, std::span<const TensorView> outputs,
                     std::span<const double> scalars, bool may_split) const {
  const std::size_t operands = operands_.size();
  if (inputs.size() != inputs_ || inputs_ + outputs.size() != operands) return false;
  if (!scalars.empty() && scalars.size() != scalars_.size()) return false;
  const std::int64_t n = elements(inputs[0]);
  if (n == 0 || (may_split && n / 2 >= least_piece_)) return false;
  void* data[max_operands];
  for (std::size_t i = 0; i < operands; ++i) {
    const TensorView& v = i < inputs_ ? inputs[i] : outputs[i - inputs_];
    if (!is_dense(v, operands_[i], inputs[0].dims.data())) return false;
    data[i] = v.data;
  }
  if (!lie_apart(data, static_cast<std::uintptr_t>(n))) return false;
  static constexpr auto steps = [] {
    std::array<std::int64_t, max_operands> ones{};
    ones.fill(1);
    return ones;
  }();
  const std::span<void* const> bases(data, operands);
  const bool streams =
      n >= streaming_elements_ && !is_in_place(bases.first(inputs_), bases.subspan(inputs_));
  const actjit_call call{.struct_size = sizeof(actjit_call),
                         .data = data,
                         .dims = &n,
                         .strides = steps.data(),
                         .scalars = scalars.empty() ? scalars_.data() : scalars.data(),
                         .begin = 0,
                         .end = n,
                         .scratch = nullptr,
                         .scratch_bytes = 0,
                         .flags = streams ? ACTJIT_CALL_STREAMS : 0u};
  check(entry_(&call) == 0, "a kernel refused the call struct of its own build");
  return true;
}

}  // namespace actjit
