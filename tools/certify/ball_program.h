// A program evaluated in balls, a block of inputs at a time: the fast level of the oracle.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tools/certify/ball.h"
#include "tools/certify/lanes.h"
#include "tools/certify/program.h"

namespace actjit::tools {

template <class T>
struct Block {
  alignas(64) T v[block_size];
  alignas(64) T e[block_size];
};

// Keeps scratch for every step: one for each thread.
template <class T>
class BallProgram {
 public:
  explicit BallProgram(const RealProgram& program);

  // block_size inputs, exact; the result lasts until the next call.
  const Block<T>& evaluate(const T* inputs);

 private:
  void step(StepId id);
  void mend(StepId id);
  bool mends(StepId id) const;

  const RealProgram& program_;
  std::vector<std::unique_ptr<Block<T>>> blocks_;
  std::vector<bool> finite_;  // for each step, whether all its balls are
  Block<T> scratch_;
};

}  // namespace actjit::tools
