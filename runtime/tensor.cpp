#include "runtime/tensor.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "codegen/layout.h"
#include "ir/extents.h"

namespace actjit {

std::optional<std::int64_t> element_count(std::span<const std::int64_t> dims) {
  std::int64_t n = 1;
  bool empty = false;
  for (std::int64_t d : dims) {
    if (d < 0) return std::nullopt;
    empty |= d == 0;
  }
  if (empty) return 0;
  for (std::int64_t d : dims)
    if (__builtin_mul_overflow(n, d, &n)) return std::nullopt;
  return n;
}

TensorView TensorView::dense(DType dtype, void* data, std::vector<std::int64_t> dims) {
  std::vector<std::int64_t> strides = dense_strides(dims);
  return {dtype, data, std::move(dims), std::move(strides)};
}

TensorView TensorView::dense(DType dtype, const void* data, std::vector<std::int64_t> dims) {
  return dense(dtype, const_cast<void*>(data), std::move(dims));
}

std::int64_t TensorView::elements() const { return element_count(dims).value_or(0); }

Result<Buffer> Buffer::make(DType dtype, std::vector<std::int64_t> dims) {
  for (std::int64_t d : dims)
    if (d < 0)
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("a tensor cannot have the shape {}", to_string(dims)));
  const std::optional<std::int64_t> n = element_count(dims);
  std::int64_t size = 0;
  if (!n || __builtin_mul_overflow(*n, std::int64_t{bytes(dtype)}, &size))
    return make_error(ErrorCode::limit,
                      fmt::format("a tensor of shape {} has too many elements", to_string(dims)));
  Buffer out;
  // One vector of slack, so that a pointer to an empty tensor is a pointer to something.
  const auto room = static_cast<std::size_t>(size) + 64;
  out.memory_.reset(::operator new (room, std::align_val_t{64}, std::nothrow));
  if (!out.memory_)
    return make_error(ErrorCode::limit, fmt::format("no memory for a tensor of shape {} ({} bytes)",
                                                    to_string(dims), size));
  std::memset(out.memory_.get(), 0, room);
  out.dtype_ = dtype;
  out.dims_ = std::move(dims);
  out.elements_ = *n;
  return out;
}

}  // namespace actjit
