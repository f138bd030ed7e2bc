// One kernel, its tensors arranged in memory at random: the answer must not depend on it.
#pragma once

#include <gtest/gtest.h>

#include "tests/support/placed.h"
#include "tests/support/run.h"

namespace actjit::test {

struct Arrangement {
  Strides strides = Strides::dense;
  bool in_place = false;  // outputs lie on inputs where some fit
  bool pieces = false;    // the range is cut at random and the pieces run in random order
  int threads = 1;        // that share the work, where it is not cut
};

// The tensors of one call and what must come out.
struct Call {
  const Graph& graph;
  Tier tier;
  Graph primitives;  // what the graph means in that tier
  std::vector<Tensor> inputs;
  std::vector<double> scalars;
  std::vector<Tensor> want;                  // by the oracle
  mutable std::vector<Kernel> kernels = {};  // kept, so that equal specs compile once
};

Call make_call(const Graph& graph, Tier tier, const std::vector<std::vector<std::int64_t>>& dims,
               Random& random);
// The same of these tensors.
Call make_call(const Graph& graph, Tier tier, std::vector<Tensor> inputs, Random& random);

// Compiles for exactly this arrangement (or, where `kernel` is given, uses that one), calls, and
// compares every output element, and every byte around the outputs and inputs.
testing::AssertionResult right_when_arranged(const Call& call, const Target& target,
                                             const Arrangement& how, Random& random,
                                             const Kernel* kernel = nullptr);

}  // namespace actjit::test
