// Every way to apply a primitive: the dtypes its row of ops.def allows.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace actjit::test {

struct Case {
  Op op;
  std::vector<DType> operands;
  DType result;
  std::vector<Bits> table = {};  // for lookup
};

// All rows of ops.def of that kind.
std::vector<Op> ops_of(OpKind kind);

// All dtypes of operands and result that infer_dtype accepts, but for lookup, whose tables are
// chosen by the test.
std::vector<Case> cases_of(Op op);

// "add_f32", "cast_f64_i32".
std::string name_of(const Case& c);

// The case over these operands.
NodeId apply(const Case& c, Graph& graph, const std::vector<NodeId>& operands);

// Whether the operands are 16-bit floats that something is computed of: widen() does that in f64.
bool is_computed_wide(const Case& c);

// The expected meaning of a case on one element: eval, the table, or what widen() makes of it.
Bits evaluate(const Case& c, const std::vector<Bits>& operands);

}  // namespace actjit::test
