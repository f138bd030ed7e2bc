#include "tools/bench/arena.h"

#include <cstring>
#include <utility>

#include "tools/common/file.h"

namespace actjit::bench {

Result<Arena> Arena::make(const Cell& cell) {
  Result<Source> source = source_of(cell);
  if (!source) return source.error();
  const double bytes_of_one = static_cast<double>(cell.elements() * bytes(cell.dtype));
  const auto tensors = static_cast<double>(source->bindings.size() + 1);
  if (auto fits = tools::check_memory("the tensors", bytes_of_one * tensors); !fits)
    return fits.error();
  Result<std::vector<Buffer>> inputs = inputs_of(cell, *source);
  if (!inputs) return inputs.error();
  Result<Buffer> other = Buffer::make(cell.dtype, inputs->front().dims());
  if (!other) return other.error();
  if (cell.in_place) std::memcpy(other->data(), inputs->front().data(), other->size_bytes());
  return Arena{cell, std::move(*source), std::move(*inputs), std::move(*other)};
}

std::vector<TensorView> Arena::views() const {
  std::vector<TensorView> out;
  for (const Buffer& b : inputs) out.push_back(b.view());
  return out;
}

Job Arena::job(const ParallelFor* parallel) {
  Job out{.cell = cell, .output = output().data(), .parallel = parallel};
  for (const Buffer& b : inputs) out.inputs.push_back(b.data());
  return out;
}

void Arena::restore() {
  if (cell.in_place) std::memcpy(inputs.front().data(), other.data(), other.size_bytes());
}

Result<Work> our_work(const Engine& engine, Arena& arena, Tier tier, std::string_view target,
                      const ParallelFor* parallel) {
  const Result<Spec> spec = make_spec(arena.source.graph, tier, target);
  if (!spec) return spec.error();
  const Result<Kernel> kernel = engine.compile(arena.source.graph, *spec);
  if (!kernel) return kernel.error();
  const std::vector<TensorView> inputs = arena.views();
  const TensorView output = arena.output().view();
  Result<BoundCall> bound = kernel->bind(inputs, std::span(&output, 1));
  if (!bound) return bound.error();
  return Work([call = std::move(*bound), parallel] { call(parallel); });
}

Work copy_work(Arena& arena) {
  Buffer* from = &arena.inputs.front();
  Buffer* to = &arena.other;
  if (arena.cell.in_place) std::swap(from, to);
  return [to = to->data(), from = from->data(), size = to->size_bytes()] {
    std::memcpy(to, from, size);
    tools::keep(to);
  };
}

}  // namespace actjit::bench
