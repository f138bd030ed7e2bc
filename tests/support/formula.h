// Formulas of one input x: their graph, and how long they are.
#pragma once

#include <string>

#include "frontend/language.h"
#include "ir/pipeline.h"

namespace actjit::test {

inline Graph formula_graph(const std::string& text, DType dtype) {
  const Binding x{"x", dtype, {"n"}};
  return *build(*parse_program(text), std::span(&x, 1));
}

// Without negations, which are part of the fma that follows, and changes of type, which are none.
inline std::size_t count_operations(const std::string& text, DType dtype, Tier tier) {
  const Graph g = lower(formula_graph(text, dtype), tier)->expanded;
  std::size_t n = 0;
  for (NodeId id = 0; id < g.size(); ++id) {
    const Op op = g[id].op;
    n += !is_leaf(op) && op != Op::neg && op != Op::bitcast;
  }
  return n;
}

}  // namespace actjit::test
