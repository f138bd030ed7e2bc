// A column of a kernel's inputs or results: in memory as the kernel has it, as bits, as values.
#pragma once

#include <span>
#include <vector>

#include "runtime/kernel.h"
#include "tools/certify/domain.h"

namespace actjit::tools {

class Column {
 public:
  Column(DType dtype, std::uint64_t n);

  TensorView view(std::uint64_t n) const;
  std::span<Bits> bits() { return bits_; }
  Bits bits(std::uint64_t i) const { return bits_[i]; }
  std::span<const double> values() const { return values_; }

  // From bits to memory, before a call; from memory to bits and values, behind it.
  void write(std::uint64_t n);
  void read(std::uint64_t n);

 private:
  DType dtype_;
  Buffer buffer_;
  std::vector<Bits> bits_;
  std::vector<double> values_;
};

// The values of bits.
void values_of(DType dtype, std::span<const Bits> bits, std::span<double> out);

// The kernel on the first n elements of x. Errors: those of the call.
Result<void> call(const Kernel& kernel, const Column& x, Column& y, std::uint64_t n);

// The results for these inputs. Errors: those of the call.
Result<std::vector<Bits>> results_of(const Kernel& kernel, std::span<const Bits> inputs);

}  // namespace actjit::tools
