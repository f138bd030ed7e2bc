#include "runtime/recent_call.h"

#include <algorithm>
#include <array>

#include "runtime/code.h"
#include "runtime/overlap.h"

namespace actjit {

namespace {

constexpr std::size_t most_operands = 16;
// Memory that stays with a thread.
constexpr std::size_t most_scratch = std::size_t{1} << 20;

}  // namespace

class RecentCall {
 public:
  RecentCall() = default;
  RecentCall(const Kernel::Code& code, std::span<const TensorView> inputs,
             std::span<const TensorView> outputs, const BoundCall& bound);

  static bool fits(const Kernel::Code& code, const BoundCall& bound);
  bool run(const Kernel::Code& code, std::span<const TensorView> inputs,
           std::span<const TensorView> outputs, std::span<const double> scalars, bool may_split);

 private:
  struct Operand {
    DType dtype;
    std::vector<std::int64_t> dims, strides;
    Range reach;
  };
  // Of a part's operand: an element of one of the call's tensors.
  struct Source {
    std::size_t operand;
    std::ptrdiff_t offset;  // bytes
  };

  bool is_like(const Operand& known, const TensorView& v) const;
  bool lie_as_before(void* const* data) const;
  std::size_t pair(std::size_t output, std::size_t other) const {
    return output * operands_.size() + other;
  }

  std::uint64_t code_ = 0;
  bool is_worth_splitting_ = false;
  std::size_t inputs_ = 0;
  std::vector<Operand> operands_;  // inputs, then outputs
  std::vector<bool> in_place_;     // of each pair
  std::vector<BoundCall::Part> parts_;
  std::vector<std::vector<Source>> sources_;  // of each part
  std::vector<double> initial_;               // scalars where the call gives none
  std::shared_ptr<std::vector<Buffer>> memory_;
};

bool RecentCall::fits(const Kernel::Code& code, const BoundCall& bound) {
  const Graph& graph = code.key->graph;
  return code.schedule.intermediates.empty() && code.schedule.positions.empty() &&
         graph.inputs().size() + graph.outputs().size() <= most_operands &&
         bound.scratch_bytes() <= most_scratch &&
         std::ranges::all_of(*bound.parts_, [](const BoundCall::Part& p) { return p.items > 0; });
}

RecentCall::RecentCall(const Kernel::Code& code, std::span<const TensorView> inputs,
                       std::span<const TensorView> outputs, const BoundCall& bound)
    : code_(code.id),
      is_worth_splitting_(bound.is_worth_splitting_),
      inputs_(inputs.size()),
      parts_(*bound.parts_),
      memory_(bound.memory_) {
  std::vector<const char*> data;
  for (const std::span<const TensorView> views : {inputs, outputs})
    for (const TensorView& v : views) {
      operands_.push_back({v.dtype, v.dims, v.strides, reach(v)});
      data.push_back(static_cast<const char*>(v.data));
    }
  in_place_.resize(operands_.size() * operands_.size());
  for (std::size_t o = inputs_; o < operands_.size(); ++o)
    for (std::size_t i = 0; i < o; ++i) in_place_[pair(o, i)] = data[o] == data[i];
  for (std::size_t s = 0; s < parts_.size(); ++s) {
    const Step& step = code.schedule.steps[s];
    std::vector<Source>& sources = sources_.emplace_back();
    const auto add = [&](const KernelOperand& o) {
      const std::size_t operand = o.index + (o.place == Place::output ? inputs_ : 0);
      const auto* at = static_cast<const char*>(parts_[s].data[sources.size()]);
      sources.push_back({operand, at - data[operand]});
    };
    std::ranges::for_each(step.reads, add);
    std::ranges::for_each(step.writes, add);
    parts_[s].set_call(bound.scratch_);
  }
  for (const Scalar& scalar : code.key->graph.scalars()) initial_.push_back(scalar.initial);
}

inline bool RecentCall::is_like(const Operand& known, const TensorView& v) const {
  const auto size = static_cast<std::uintptr_t>(bytes(known.dtype));
  return v.dtype == known.dtype && v.data && v.dims == known.dims && v.strides == known.strides &&
         (reinterpret_cast<std::uintptr_t>(v.data) & (size - 1)) == 0;
}

// What lay on each other still does, and nothing else.
inline bool RecentCall::lie_as_before(void* const* data) const {
  for (std::size_t o = inputs_; o < operands_.size(); ++o)
    for (std::size_t i = 0; i < o; ++i) {
      const bool in_place = data[o] == data[i];
      if (in_place != in_place_[pair(o, i)]) return false;
      if (!in_place && overlap(operands_[o].reach.from(data[o]), operands_[i].reach.from(data[i])))
        return false;
    }
  return true;
}

bool RecentCall::run(const Kernel::Code& code, std::span<const TensorView> inputs,
                     std::span<const TensorView> outputs, std::span<const double> scalars,
                     bool may_split) {
  if (code_ != code.id || (may_split && is_worth_splitting_) || inputs.size() != inputs_ ||
      inputs_ + outputs.size() != operands_.size() ||
      (!scalars.empty() && scalars.size() != initial_.size()))
    return false;
  void* data[most_operands];
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    const TensorView& v = i < inputs_ ? inputs[i] : outputs[i - inputs_];
    if (!is_like(operands_[i], v)) return false;
    data[i] = v.data;
  }
  if (!lie_as_before(data)) return false;
  const std::span<const double> given = scalars.empty() ? initial_ : scalars;
  int failed = 0;
  for (std::size_t s = 0; s < parts_.size(); ++s) {
    BoundCall::Part& part = parts_[s];
    for (std::size_t k = 0; k < part.data.size(); ++k)
      part.data[k] = static_cast<char*>(data[sources_[s][k].operand]) + sources_[s][k].offset;
    std::ranges::copy(given, part.scalars.begin());
    failed |= part.entry(&part.call);
  }
  check(failed == 0, "a kernel refused the call struct of its own build");
  return true;
}

namespace {

// Of the last kernels a thread called, each where its number says.
RecentCall& recent(const Kernel::Code& code) {
  thread_local std::array<RecentCall, 8> calls;
  return calls[code.id % calls.size()];
}

}  // namespace

bool run_as_before(const Kernel::Code& code, std::span<const TensorView> inputs,
                   std::span<const TensorView> outputs, std::span<const double> scalars,
                   bool may_split) {
  return recent(code).run(code, inputs, outputs, scalars, may_split);
}

void remember(const Kernel::Code& code, std::span<const TensorView> inputs,
              std::span<const TensorView> outputs, const BoundCall& bound) {
  if (RecentCall::fits(code, bound)) recent(code) = RecentCall(code, inputs, outputs, bound);
}

}  // namespace actjit
