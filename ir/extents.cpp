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
  for (const Dim& d : shape) dims.push_back(resolve(d));
  return dims;
}

std::int64_t Extents::resolve(const Dim& dim) const {
  if (!dim.is_symbolic()) return dim.extent;
  const auto it = symbols_.find(dim.symbol.view());
  check(it != symbols_.end(), "a symbol that no operand binds");
  return it->second;
}

std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> dims) {
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t d = dims.size(); d-- > 1;) strides[d - 1] = strides[d] * dims[d];
  return strides;
}

std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> dims,
                                            std::span<const std::int64_t> strides,
                                            std::span<const std::int64_t> to) {
  std::vector<std::int64_t> out(to.size(), 0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t from = dims.size() - 1 - i;
    if (dims[from] != 1) out[to.size() - 1 - i] = strides[from];
  }
  return out;
}

}  // namespace actjit
