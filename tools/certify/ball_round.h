// Blocks of inputs and results: from bits to numbers, from balls to bits.
#pragma once

#include <span>

#include "tools/certify/ball_program.h"

namespace actjit::tools {

struct BlockResult {
  Bits nearest[block_size];
  double value[block_size];
  double rest[block_size];
  // Whether all of the ball rounds to `nearest`, and it is small enough to measure errors by.
  bool decided[block_size];
  bool all_decided;
};

// What is left of the block is filled with the last input.
template <class T>
void decode_block(const Format& format, std::span<const Bits> inputs, T* x);

template <class T>
void round_block(const RealProgram& program, const T* x, const Block<T>& y, BlockResult& out);

}  // namespace actjit::tools
