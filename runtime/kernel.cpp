#include "runtime/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "runtime/code.h"
#include "runtime/pieces.h"
#include "runtime/recent_call.h"
#include "runtime/streaming.h"

namespace actjit {

namespace {

// Pieces of elementwise work end where cache lines do, of any dtype; others where vectors do.
constexpr std::int64_t items_per_line = 64;
constexpr std::int64_t rows_per_vector = 16;
constexpr std::int64_t scratch_alignment = 64;

std::int64_t rounded_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// One call, split into pieces.
struct Pieces {
  actjit_kernel entry;
  actjit_call call;
  std::int64_t size;
  std::int64_t total;
  std::atomic<int> failed{0};

  static void run(void* state, std::int64_t index) {
    auto& self = *static_cast<Pieces*>(state);
    actjit_call piece = self.call;
    piece.begin = index * self.size;
    piece.end = std::min(piece.begin + self.size, self.total);
    piece.scratch =
        static_cast<char*>(piece.scratch) + index * static_cast<std::int64_t>(piece.scratch_bytes);
    if (self.entry(&piece) != 0) self.failed = 1;
  }
};

// Whether the stores of a call had better go past the caches.
bool streams(const Plan& plan, std::int64_t elements, std::span<void* const> data) {
  const std::size_t inputs = plan.graph.inputs().size();
  return elements >= streaming_elements(plan.graph) &&
         !is_in_place(data.first(inputs), data.subspan(inputs));
}

// Whether what is written for one item is in other cache lines than what is for the next. What is
// one value a row does not count.
bool lies_apart(const Loops& loops, std::size_t inputs) {
  const auto kept = static_cast<std::ptrdiff_t>(loops.kept());
  return loops.row() > items_per_line &&
         std::all_of(loops.strides.begin() + static_cast<std::ptrdiff_t>(inputs),
                     loops.strides.end(), [&](const std::vector<std::int64_t>& s) {
                       const bool is_row_value = std::all_of(s.begin() + kept, s.end(),
                                                             [](auto step) { return step == 0; });
                       return is_row_value || std::abs(s[kept - 1]) >= items_per_line;
                     });
}

std::int64_t threads_of(const ParallelFor* parallel) {
  return parallel && parallel->run ? std::max<std::int64_t>(parallel->threads, 1) : 1;
}

// The memory of operands that are not the caller's.
class Between {
 public:
  static Result<Between> make(const Schedule& schedule, const BoundSteps& bound) {
    Between out;
    for (std::size_t i = 0; i < schedule.intermediates.size(); ++i)
      if (auto made = out.add(schedule.intermediates[i].dtype, bound.intermediates[i]); !made)
        return made.error();
    for (std::int64_t n : bound.positions) {
      if (auto made = out.add(DType::f64, {n}); !made) return made.error();
      auto* at = static_cast<double*>(out.memory->back().data());
      for (std::int64_t i = 0; i < n; ++i) at[i] = static_cast<double>(i);
    }
    return out;
  }

  Result<void> add(DType dtype, std::vector<std::int64_t> dims) {
    Result<Buffer> buffer = Buffer::make(dtype, std::move(dims));
    if (!buffer) return buffer.error();
    memory->push_back(std::move(*buffer));
    return {};
  }

  std::shared_ptr<std::vector<Buffer>> memory = std::make_shared<std::vector<Buffer>>();
};

}  // namespace

Result<BoundCall> Kernel::bind(std::span<const TensorView> inputs,
                               std::span<const TensorView> outputs,
                               std::span<const double> scalars) const {
  const Graph& graph = code_->key->graph;
  const Schedule& schedule = code_->schedule;
  if (!scalars.empty() && scalars.size() != graph.scalars().size())
    return make_error(ErrorCode::missing_input,
                      fmt::format("{} run-time scalars given, the graph has {}", scalars.size(),
                                  graph.scalars().size()));
  const Result<BoundSteps> steps = bind_call(graph, schedule, inputs, outputs);
  if (!steps) return steps.error();
  Result<Between> between = Between::make(schedule, *steps);
  if (!between) return between.error();
  const auto place = [&](const KernelOperand& o, std::int64_t offset) -> void* {
    const auto of = [&](void* data, DType dtype) -> void* {
      return static_cast<char*>(data) + offset * bytes(dtype);
    };
    std::vector<Buffer>& memory = *between->memory;
    switch (o.place) {
      case Place::input: return of(inputs[o.index].data, inputs[o.index].dtype);
      case Place::output: return of(outputs[o.index].data, outputs[o.index].dtype);
      case Place::intermediate: return of(memory[o.index].data(), memory[o.index].dtype());
      case Place::positions: break;
    }
    return of(memory[schedule.intermediates.size() + o.index].data(), DType::f64);
  };
  BoundCall bound(*this);
  for (std::size_t s = 0; s < schedule.steps.size(); ++s) {
    const BoundStep& step = steps->steps[s];
    BoundCall::Part part;
    part.items = step.loops.total();
    if (part.items == 0) {
      bound.parts_->push_back(std::move(part));
      continue;
    }
    const Layout& layout = code_->plans[s].layout;
    std::optional<Loops> loops = fit(step.loops, layout);
    if (!loops)
      return make_error(
          ErrorCode::unsupported,
          fmt::format("this kernel was made for {}; these tensors need {}: compile "
                      "with the spec of make_spec(graph, inputs, outputs)",
                      to_string(layout, schedule.steps[s].reads.size()),
                      to_string(layout_of(step.loops), schedule.steps[s].reads.size())));
    part.entry = entry(s);
    part.row = step.loops.row();
    part.scratch =
        rounded_up(code_->plans[s].scratch_bytes(part.row, part.items), scratch_alignment);
    std::size_t operand = 0;
    for (const KernelOperand& o : schedule.steps[s].reads)
      part.data.push_back(place(o, step.offsets[operand++]));
    for (const KernelOperand& o : schedule.steps[s].writes)
      part.data.push_back(place(o, step.offsets[operand++]));
    part.pieces = part.items * std::max<std::int64_t>(part.row, 1) / least_piece(code_->plans[s]);
    bound.is_worth_splitting_ |= part.pieces > 1;
    part.apart = lies_apart(step.loops, schedule.steps[s].reads.size());
    part.streams = streams(code_->plans[s], part.items * part.row, part.data);
    for (const auto& strides : loops->strides)
      part.strides.insert(part.strides.end(), strides.begin(), strides.end());
    part.dims = std::move(loops->dims);
    part.scalars.assign(scalars.begin(), scalars.end());
    if (scalars.empty())
      for (const Scalar& scalar : graph.scalars()) part.scalars.push_back(scalar.initial);
    part.scalars.insert(part.scalars.end(), step.counts.begin(), step.counts.end());
    bound.parts_->push_back(std::move(part));
  }
  const auto scratch = static_cast<std::int64_t>(bound.scratch_bytes());
  if (scratch > 0) {
    if (auto made = between->add(DType::f64, {scratch / bytes(DType::f64)}); !made)
      return made.error();
    bound.scratch_ = between->memory->back().data();
  }
  bound.memory_ = std::move(between->memory);
  for (BoundCall::Part& part : *bound.parts_) part.set_call(bound.scratch_);
  return bound;
}

void BoundCall::Part::set_call(void* scratch_memory) {
  call = {.struct_size = sizeof(actjit_call),
          .data = data.data(),
          .dims = dims.data(),
          .strides = strides.data(),
          .scalars = scalars.data(),
          .begin = 0,
          .end = items,
          .scratch = scratch_memory,
          .scratch_bytes = static_cast<std::uint64_t>(scratch),
          .flags = streams ? ACTJIT_CALL_STREAMS : 0u};
}

Result<void> Kernel::operator()(std::span<const TensorView> inputs,
                                std::span<const TensorView> outputs,
                                std::span<const double> scalars,
                                const ParallelFor* parallel) const {
  Result<void> done;  // `return {}` would clear all of it first
  const bool may_split = threads_of(parallel) > 1;
  if (code_->direct && code_->direct->run(inputs, outputs, scalars, may_split)) return done;
  if (run_as_before(*code_, inputs, outputs, scalars, may_split)) return done;
  const Result<BoundCall> bound = bind(inputs, outputs, scalars);
  if (!bound) return bound.error();
  (*bound)(parallel);
  remember(*code_, inputs, outputs, *bound);
  return done;
}

std::int64_t BoundCall::items() const {
  std::int64_t n = 0;
  for (const Part& part : *parts_) n += part.items;
  return n;
}

actjit_call BoundCall::call(std::size_t step) const { return (*parts_)[step].call; }

std::size_t BoundCall::scratch_bytes(std::int64_t threads) const {
  std::int64_t most = 0;
  for (const Part& part : *parts_) most = std::max(most, part.scratch);
  return static_cast<std::size_t>(most * std::max<std::int64_t>(threads, 1));
}

void* BoundCall::scratch_of(std::int64_t threads) const {
  const std::size_t size = scratch_bytes(threads);
  if (scratch_of_threads_->size_bytes() < size) {
    Result<Buffer> made =
        Buffer::make(DType::f64, {static_cast<std::int64_t>(size) / bytes(DType::f64)});
    if (!made) return nullptr;
    *scratch_of_threads_ = std::move(*made);
  }
  return scratch_of_threads_->data();
}

void BoundCall::run_part(const Part& part, void* scratch, const ParallelFor* parallel) const {
  if (part.items == 0) return;
  Pieces pieces{part.entry, part.call, part.items, part.items};
  pieces.call.scratch = scratch;
  std::int64_t count = 1;
  if (const std::int64_t threads = threads_of(parallel); threads > 1) {
    count = std::clamp<std::int64_t>(part.pieces, 1, std::min(threads, part.items));
    pieces.size = (part.items + count - 1) / count;
    const std::int64_t whole = pieces.size > rows_per_vector ? rows_per_vector : 1;
    pieces.size = rounded_up(pieces.size, part.apart ? whole : items_per_line);
    count = (part.items + pieces.size - 1) / pieces.size;
  }
  if (count > 1)
    parallel->run(parallel->context, count, Pieces::run, &pieces);
  else
    Pieces::run(&pieces, 0);
  check(pieces.failed == 0, "a kernel refused the call struct of its own build");
}

void BoundCall::run_alone() const {
  int failed = 0;
  for (const Part& part : *parts_)
    if (part.items > 0) failed |= part.entry(&part.call);
  check(failed == 0, "a kernel refused the call struct of its own build");
}

void BoundCall::operator()(const ParallelFor* parallel) const {
  if (!parallel || !is_worth_splitting_) return run_alone();
  void* scratch = scratch_;
  if (const std::int64_t threads = threads_of(parallel); scratch && threads > 1) {
    scratch = scratch_of(threads);
    // Without memory for more threads, one does it.
    if (!scratch) return run_alone();
  }
  for (const Part& part : *parts_) run_part(part, scratch, parallel);
}

Result<void> BoundCall::run(std::span<std::byte> scratch, const ParallelFor* parallel) const {
  const std::size_t needed = scratch_bytes(threads_of(parallel));
  if (scratch.size() < needed)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the scratch memory has {} bytes, wanted {}, which "
                                  "scratch_bytes({}) asks for",
                                  scratch.size(), needed, threads_of(parallel)));
  if (reinterpret_cast<std::uintptr_t>(scratch.data()) % scratch_alignment != 0)
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("the scratch memory is not aligned to {} bytes", scratch_alignment));
  for (const Part& part : *parts_) run_part(part, scratch.data(), parallel);
  return {};
}

std::size_t Kernel::steps() const { return code_->plans.size(); }
actjit_kernel Kernel::entry(std::size_t step) const {
  return reinterpret_cast<actjit_kernel>(code_->loaded->addresses()[step]);
}
const Graph& Kernel::graph() const { return code_->key->graph; }
const Plan& Kernel::plan(std::size_t step) const { return code_->plans[step]; }
const Schedule& Kernel::schedule() const { return code_->schedule; }
const Spec& Kernel::spec() const { return code_->key->spec; }
const CompileTimes& Kernel::times() const { return code_->times; }

}  // namespace actjit
