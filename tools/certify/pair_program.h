// A program evaluated in balls around pairs of doubles, a block of inputs at a time: the first
// level of the oracle for f64, many times as fast as long double and more precise. What overflows
// in unusual ways, and functions out of the range of double, is unknown here.
#pragma once

#include <memory>
#include <vector>

#include "tools/certify/lanes.h"
#include "tools/certify/pair_functions.h"
#include "tools/certify/program.h"

namespace actjit::tools {

struct PairBlock {
  alignas(64) double hi[block_size];
  alignas(64) double lo[block_size];
  alignas(64) double e[block_size];

  PairBall operator[](std::size_t i) const { return {hi[i], lo[i], e[i]}; }
};

// Keeps scratch for every step: one for each thread.
class PairProgram {
 public:
  // Whether all steps are known here, and the machine has the vectors that make it worth while.
  static bool covers(const RealProgram& program);

  explicit PairProgram(const RealProgram& program);

  // block_size inputs, exact; the result lasts until the next call.
  const PairBlock& evaluate(const double* inputs);
  // Whether all of the last result is finite and nothing vanished.
  bool is_plain() const { return plain_[program_.result]; }

 private:
  void set_constant(StepId id);
  void step(StepId id);
  void mend(StepId id);
  bool mends(StepId id) const;

  const RealProgram& program_;
  PairTables tables_;
  std::vector<std::unique_ptr<PairBlock>> blocks_;
  std::vector<bool> plain_;  // for each step
};

}  // namespace actjit::tools
