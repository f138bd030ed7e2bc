// Balls around pairs of doubles, rounded to f64.
#pragma once

#include "tools/certify/pair_program.h"

namespace actjit::tools {

// What the ball says of its rounding.
enum class Seen : std::int64_t {
  decided,
  beside_border,  // narrow, but around a border: only many more digits help
  unclear         // wide, or unknown
};

struct PairResult {
  Bits nearest[block_size];
  double value[block_size];
  double rest[block_size];
  Seen seen[block_size];
  bool all_decided;
};

// `x`: the inputs of y.
void round_pairs(const RealProgram& program, const double* x, const PairBlock& y, bool is_plain,
                 PairResult& out);

}  // namespace actjit::tools
