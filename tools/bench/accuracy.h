// How far results are off: held against the program in long double, at elements spread evenly.
#pragma once

#include <vector>

#include "tools/bench/workload.h"

namespace actjit::bench {

struct Deviation {
  double max_ulp = 0;  // in units of the last place of each result
  // The same, but small results count as if they were as large as the root mean square of all: what
  // forgives the accuracy that is lost near zero.
  double typical_ulp = 0;
};

class Yardstick {
 public:
  // Errors: those of the reference.
  static Result<Yardstick> make(const Cell& cell, const std::vector<Buffer>& inputs);
  Deviation judge(const Buffer& output) const;

 private:
  Cell cell_;
  TensorView sampled_;  // of the output, without data
  std::vector<long double> wanted_;
  double typical_ = 0;  // the root mean square
};

}  // namespace actjit::bench
