// Extents: what symbolic dimensions stand for, learned from the tensors of a call.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/error.h"
#include "ir/shape.h"

namespace actjit {

class Extents {
 public:
  // Takes the dims of the tensor given for the operand `name`, declared with `shape`. Errors:
  // shape_mismatch, naming the operand, what it got and what was wanted.
  Result<void> bind(std::string_view name, const Shape& shape, std::span<const std::int64_t> dims);

  // The dims of a shape whose symbols have all been bound.
  std::vector<std::int64_t> resolve(const Shape& shape) const;
  std::int64_t resolve(const Dim& dim) const;

 private:
  std::map<std::string, std::int64_t, std::less<>> symbols_;
};

std::string to_string(std::span<const std::int64_t> dims);

// Strides of a dense tensor, in elements.
std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> dims);

// A tensor's strides seen as one of shape `to`: 0 along dimensions it is stretched over.
std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> dims,
                                            std::span<const std::int64_t> strides,
                                            std::span<const std::int64_t> to);

}  // namespace actjit
