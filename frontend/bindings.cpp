#include "frontend/bindings.h"

#include <fmt/format.h>

#include <optional>

namespace actjit {

Result<void> check_shape(const Binding& b) {
  if (b.shape.size() > static_cast<std::size_t>(max_rank))
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the input '{}' has {} dimensions; at most {} are supported",
                                  b.name.view(), b.shape.size(), max_rank));
  for (const Dim& d : b.shape)
    if (!d.is_symbolic() && d.extent < 0)
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the input '{}' has a negative dimension: {}", b.name.view(),
                                    to_string(b.shape)));
  return {};
}

DType working_dtype(std::span<const Binding> inputs) {
  std::optional<DType> common;
  for (const Binding& b : inputs) {
    if (!is_float(b.dtype)) continue;
    if (common && *common != b.dtype) return DType::f64;
    common = b.dtype;
  }
  return common.value_or(DType::f64);
}

}  // namespace actjit
