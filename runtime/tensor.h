// Tensors as kernels see them: a view of somebody's memory, or memory of our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "ir/dtype.h"
#include "ir/error.h"

namespace actjit {

// A view: element (i0, i1, ...) lies at data + bytes(dtype) * (i0 * strides[0] + i1 * strides[1] +
// ...). Strides are in elements, may be negative, and are 0 where a dimension repeats. Elements
// are aligned to their size.
struct TensorView {
  DType dtype = DType::f32;
  void* data = nullptr;
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> strides;

  static TensorView dense(DType dtype, void* data, std::vector<std::int64_t> dims);
  // For inputs, which kernels only read.
  static TensorView dense(DType dtype, const void* data, std::vector<std::int64_t> dims);

  std::int64_t elements() const;
};

// Dense memory in C order, aligned to 64 bytes, zero at first.
class Buffer {
 public:
  Buffer() = default;
  // Errors: invalid_argument for negative dims, limit where the size overflows or memory ends.
  static Result<Buffer> make(DType dtype, std::vector<std::int64_t> dims);

  DType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& dims() const { return dims_; }
  std::int64_t elements() const { return elements_; }
  std::size_t size_bytes() const { return static_cast<std::size_t>(elements_ * bytes(dtype_)); }
  void* data() { return memory_.get(); }
  const void* data() const { return memory_.get(); }
  TensorView view() const { return TensorView::dense(dtype_, memory_.get(), dims_); }

 private:
  struct Free {
    void operator()(void* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  DType dtype_ = DType::f32;
  std::vector<std::int64_t> dims_;
  std::int64_t elements_ = 0;
  std::unique_ptr<void, Free> memory_;
};

// The product of dims; nothing where it overflows or a dim is negative.
std::optional<std::int64_t> element_count(std::span<const std::int64_t> dims);

}  // namespace actjit
