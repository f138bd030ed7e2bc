#include "tools/bench/accuracy.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/common/number.h"
#include "tools/common/reference_tensor.h"

namespace actjit::bench {

namespace {

constexpr std::int64_t max_samples = 1 << 15;

// Rows stay whole; of what lies across them some are taken.
TensorView sample(const Cell& cell, TensorView v) {
  const bool is_flat = cell.workload->form == Form::flat;
  if (v.dims.size() == 1 && !is_flat) return v;
  const std::size_t free = is_flat || !cell.first_axis ? 0 : 1;
  const std::int64_t whole = cell.elements() / v.dims[free];
  const std::int64_t taken = std::clamp<std::int64_t>(max_samples / whole, 1, v.dims[free]);
  v.strides[free] *= v.dims[free] / taken;
  v.dims[free] = taken;
  return v;
}

double value_at(const TensorView& v, const char* data, std::int64_t i) {
  const std::int64_t columns = v.dims.back();
  const std::int64_t offset = v.dims.size() == 1
                                  ? i * v.strides[0]
                                  : i / columns * v.strides[0] + i % columns * v.strides[1];
  Bits bits = 0;
  std::memcpy(&bits, data + offset * bytes(v.dtype), static_cast<std::size_t>(bytes(v.dtype)));
  return eval::to_double(v.dtype, bits);
}

double last_place(DType dtype, double x) {
  const soft::Format format = soft::format(dtype);
  const int exponent = x > 0 ? std::max(std::ilogb(x), format.min_exponent) : format.min_exponent;
  return std::ldexp(1.0, exponent - format.fraction_bits());
}

}  // namespace

Result<Yardstick> Yardstick::make(const Cell& cell, const std::vector<Buffer>& inputs) {
  Yardstick out;
  out.cell_ = cell;
  std::vector<TensorView> views;
  for (const Buffer& b : inputs) views.push_back(sample(cell, b.view()));
  out.sampled_ = views.front();
  // The kernel's graph has the shape of all columns.
  Cell sampled = cell;
  if (cell.first_axis) sampled.inner = out.sampled_.dims.back();
  const Result<Source> source = source_of(sampled);
  if (!source) return source.error();
  out.wanted_ = tools::reference_tensor(source->graph, 0, views, {});
  long double squares = 0;
  for (const long double x : out.wanted_) squares += x * x;
  const double mean = static_cast<double>(squares) / static_cast<double>(out.wanted_.size());
  out.typical_ = std::sqrt(mean);
  return out;
}

Deviation Yardstick::judge(const Buffer& output) const {
  Deviation out;
  const auto* data = static_cast<const char*>(output.data());
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const double got = value_at(sampled_, data, static_cast<std::int64_t>(i));
    const double ulp = tools::ulp_distance(cell_.dtype, got, wanted_[i]);
    const double off = static_cast<double>(std::fabs(static_cast<long double>(got) - wanted_[i]));
    out.max_ulp = std::max(out.max_ulp, ulp);
    const double size = std::max(typical_, static_cast<double>(std::fabs(wanted_[i])));
    // Infinities that are right, and NaNs that are not.
    const bool is_small = std::isfinite(off) && std::isfinite(size);
    const double forgiving = is_small ? off / last_place(cell_.dtype, size) : ulp;
    out.typical_ulp = std::max(out.typical_ulp, std::min(ulp, forgiving));
  }
  return out;
}

}  // namespace actjit::bench
