// Walking through the elements of a tensor in C order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace actjit {

constexpr std::int64_t count_of(std::span<const std::int64_t> dims) {
  std::int64_t n = 1;
  for (std::int64_t d : dims) n *= d;
  return n;
}

// Calls each(offset) for every index of a nest in C order; offset is the sum of index * stride.
template <class Each>
void walk(std::span<const std::int64_t> dims, std::span<const std::int64_t> strides, Each each) {
  std::vector<std::int64_t> index(dims.size(), 0);
  std::int64_t at = 0;
  for (std::int64_t left = count_of(dims); left > 0; --left) {
    each(at);
    for (std::size_t d = dims.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < dims[d]) break;
      at -= strides[d] * dims[d];
      index[d] = 0;
    }
  }
}

}  // namespace actjit
