#include "ir/extents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace actjit {

std::string to_string(std::span<const std::int64_t> dims) {
  return fmt::format("[{}]", fmt::join(dims, ","));
}

Result<void> Extents::bind(std::string_view name, const Shape& shape,
                           std::span<const std::int64_t> dims) {
  const auto mismatch = [&](std::string_view why) {
    return make_error(ErrorCode::shape_mismatch,
                      fmt::format("'{}' has the shape {}, wanted {}{}", name, to_string(dims),
                                  to_string(shape), why));
  };
  if (dims.size() != shape.size()) return mismatch("");
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (!shape[i].is_symbolic()) {
      if (dims[i] != shape[i].extent) return mismatch("");
      continue;
    }
    const auto [it, fresh] = symbols_.emplace(shape[i].symbol.string(), dims[i]);
    if (!fresh && it->second != dims[i])
      return mismatch(fmt::format(", where {} is {} already", it->first, it->second));
  }
  return {};
}

std::vector<std::int64_t> Extents::resolve(const Shape& shape) const {
  std::vector<std::int64_t> dims;
  for (const Dim& d : shape) {
    const auto it = symbols_.find(d.symbol.view());
    check(!d.is_symbolic() || it != symbols_.end(), "a symbol that no operand binds");
    dims.push_back(d.is_symbolic() ? it->second : d.extent);
  }
  return dims;
}

}  // namespace actjit
