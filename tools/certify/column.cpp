#include "tools/certify/column.h"

#include <algorithm>
#include <array>
#include <new>

namespace actjit::tools {

namespace {

template <class F>
void with_words(DType dtype, void* memory, F f) {
  switch (bytes(dtype)) {
    case 2: return f(static_cast<std::uint16_t*>(memory));
    case 4: return f(static_cast<std::uint32_t*>(memory));
    default: return f(static_cast<std::uint64_t*>(memory));
  }
}

}  // namespace

Column::Column(DType dtype, std::uint64_t n) : dtype_(dtype), bits_(n), values_(n) {
  Result<Buffer> made = Buffer::make(dtype, {static_cast<std::int64_t>(n)});
  if (!made) throw std::bad_alloc();
  buffer_ = std::move(*made);
}

TensorView Column::view(std::uint64_t n) const {
  return TensorView::dense(dtype_, buffer_.data(), {static_cast<std::int64_t>(n)});
}

void Column::write(std::uint64_t n) {
  with_words(dtype_, buffer_.data(), [&]<class Word>(Word* memory) {
    for (std::uint64_t i = 0; i < n; ++i) memory[i] = static_cast<Word>(bits_[i]);
  });
}

void Column::read(std::uint64_t n) {
  with_words(dtype_, buffer_.data(), [&](const auto* memory) {
    for (std::uint64_t i = 0; i < n; ++i) bits_[i] = memory[i];
  });
  values_of(dtype_, std::span(bits_).first(n), values_);
}

void values_of(DType dtype, std::span<const Bits> bits, std::span<double> out) {
  if (dtype == DType::f32) {  // loops of their own, for vectors
    for (std::size_t i = 0; i < bits.size(); ++i) out[i] = static_cast<double>(f32_of(bits[i]));
    return;
  }
  if (dtype == DType::f64) {
    for (std::size_t i = 0; i < bits.size(); ++i) out[i] = f64_of(bits[i]);
    return;
  }
  for (std::size_t i = 0; i < bits.size(); ++i) out[i] = value_of(dtype, bits[i]);
}

Result<void> call(const Kernel& kernel, const Column& x, Column& y, std::uint64_t n) {
  const std::array inputs{x.view(n)};
  const std::array outputs{y.view(n)};
  if (auto done = kernel(inputs, outputs); !done) return done;
  y.read(n);
  return {};
}

Result<std::vector<Bits>> results_of(const Kernel& kernel, std::span<const Bits> inputs) {
  const Graph& g = kernel.graph();
  Column x(g[g.inputs()[0].node].dtype, inputs.size());
  Column y(g[g.outputs()[0].node].dtype, inputs.size());
  std::copy(inputs.begin(), inputs.end(), x.bits().begin());
  x.write(inputs.size());
  if (auto done = call(kernel, x, y, inputs.size()); !done) return done.error();
  return std::vector<Bits>(y.bits().begin(), y.bits().end());
}

}  // namespace actjit::tools
