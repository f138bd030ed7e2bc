// What machine code costs at least: the operations its instructions need, and the cycles that these
// fill.
//
// LLVM's model of Skylake with AVX-512 stands for every processor: two 512-bit operations a cycle,
// or three of 256 bits (two where they multiply), two loads, one store, and one divider.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "ir/error.h"

namespace actjit {

struct Operations {
  double vector = 0;  // that need a port with vector registers: arithmetic, shuffles, masks
  double moves = 0;   // between vector registers, which renaming does away with
  double loads = 0;
  double stores = 0;
  double divider = 0;  // cycles of divisions and square roots
  double wall = 0;     // cycles that the busiest of all these needs

  friend Operations operator/(const Operations& a, double b);
};

// The longest instruction there is.
inline constexpr std::size_t max_instruction_bytes = 15;

class OperationCounter {
 public:
  // Errors: internal where LLVM has no disassembler or no model.
  static Result<OperationCounter> create();

  // Adds the instruction that the code begins with, executed so many times; a negative number takes
  // away. False, and nothing added, where that is none.
  bool add(std::span<const std::byte> code, double times);
  Operations total() const;

 private:
  struct Model;
  explicit OperationCounter(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  std::shared_ptr<Model> model_;
};

}  // namespace actjit
