#include "runtime/overlap.h"

namespace actjit {

Range reach(const TensorView& v) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (std::size_t d = 0; d < v.dims.size(); ++d) {
    const std::int64_t end = (v.dims[d] - 1) * v.strides[d];
    (end < 0 ? low : high) += end;
  }
  return {low * bytes(v.dtype), (high + 1) * bytes(v.dtype)};
}

bool overlap(const TensorView& a, const TensorView& b) {
  if (a.elements() == 0 || b.elements() == 0) return false;
  return overlap(reach(a).from(a.data), reach(b).from(b.data));
}

bool same_place(const TensorView& a, const TensorView& b) {
  return a.data == b.data && a.dims == b.dims && a.strides == b.strides &&
         bytes(a.dtype) == bytes(b.dtype);
}

}  // namespace actjit
