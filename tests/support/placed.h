// A tensor placed somewhere in guarded memory: any offset and strides, with unmapped pages around
// it, so that a kernel that reads or writes outside faults, and with every byte between and beside
// its elements watched.
#pragma once

#include <span>
#include <vector>

#include "ir/interpret.h"
#include "runtime/tensor.h"
#include "tests/support/random.h"

namespace actjit::test {

class Placed {
 public:
  // Strides in elements, of either sign. The elements lie against the unmapped page behind them,
  // or `slack` elements away from the one before them, as `random` has it.
  Placed(DType dtype, std::vector<std::int64_t> dims, std::vector<std::int64_t> strides,
         Random& random);
  ~Placed();
  Placed(Placed&&) noexcept;
  Placed& operator=(Placed&&) = delete;

  const TensorView& view() const { return view_; }
  void fill(const Tensor& tensor);
  Tensor read() const;
  // Whether all bytes that belong to no element are as they were.
  bool surroundings_intact() const;

 private:
  // The place of each element in C order, in elements from view_.data.
  std::vector<std::int64_t> places() const;

  TensorView view_;
  char* pages_ = nullptr;  // with the unmapped ones
  std::size_t mapped_ = 0;
};

// How the strides of a random tensor come about.
enum class Strides { dense, padded, any };

// Strides of a tensor whose elements do not lie on each other, unless it may repeat them: then
// dimensions of stride 0 occur.
std::vector<std::int64_t> random_strides(std::span<const std::int64_t> dims, Strides kind,
                                         bool may_repeat, Random& random);

}  // namespace actjit::test
