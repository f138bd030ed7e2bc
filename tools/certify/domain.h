// The inputs of a check: every value of a dtype in numeric order, every Nth, or for f64 a sample.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/dtype.h"

namespace actjit::tools {

// The patterns of a float dtype in numeric order: NaN with the sign set, -inf ... -0, 0 ... inf,
// NaN. The place of a pattern in that order is its rank.
Bits at_rank(DType dtype, std::uint64_t rank);
std::uint64_t rank_of(DType dtype, Bits bits);

// The value of a float dtype's bits, and the bits of a value the dtype has.
double value_of(DType dtype, Bits bits);

// The smallest normal number of a float dtype, and the bits of its significand.
double least_normal(DType dtype);
int precision_of(DType dtype);

// An increasing sequence of inputs.
class Domain {
 public:
  // Every `every`th input of the dtype, from rank 0 on. For f64, which has too many, `every` is the
  // mean distance of samples: half are spread over all patterns, half over those whose magnitude is
  // between 2^-40 and 2^11, where activations bend.
  Domain(DType dtype, std::uint64_t every);
  // These, sorted here.
  Domain(DType dtype, std::vector<Bits> inputs);

  std::uint64_t size() const { return size_; }
  Bits operator[](std::uint64_t i) const;
  // Inputs first, first + 1, ... into all of `out`.
  void fill(std::uint64_t first, std::span<Bits> out) const;
  // Inputs the dtype has; 0 stands for 2^64.
  std::uint64_t whole() const;

 private:
  void fill_samples(std::uint64_t first, std::span<Bits> out) const;

  DType dtype_;
  std::uint64_t every_ = 1;
  std::uint64_t size_ = 0;
  std::vector<Bits> listed_;
};

}  // namespace actjit::tools
