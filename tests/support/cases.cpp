#include "tests/support/cases.h"

#include <algorithm>

#include "ir/eval.h"
#include "tests/support/values.h"

namespace actjit::test {

std::vector<Op> ops_of(OpKind kind) {
  std::vector<Op> out;
  for (const OpInfo& row : op_table)
    if (row.kind == kind) out.push_back(row.op);
  return out;
}

std::vector<Case> cases_of(Op op) {
  std::vector<Case> out;
  if (op == Op::lookup) return out;
  const auto n = static_cast<std::size_t>(arity(op));
  std::vector<DType> types(n, all_dtypes[0]);
  const auto add = [&](DType cast_to) {
    const Inferred type = infer_dtype(op, types, cast_to);
    if (type.problem) return;
    const bool known =
        !out.empty() && out.back().operands == types && out.back().result == type.dtype;
    if (!known) out.push_back({op, types, type.dtype});
  };
  // All tuples of dtypes, as the digits of a number.
  std::size_t tuples = 1;
  for (std::size_t i = 0; i < n; ++i) tuples *= std::size(all_dtypes);
  for (std::size_t tuple = 0; tuple < tuples; ++tuple) {
    std::size_t rest = tuple;
    for (DType& t : types)
      t = all_dtypes[rest % std::size(all_dtypes)], rest /= std::size(all_dtypes);
    for (DType to : all_dtypes) add(to);
  }
  return out;
}

bool is_computed_wide(const Case& c) {
  const TypeRule rule = info(c.op).rule;
  return is_storage_only(c.operands.back()) && rule != TypeRule::cast && rule != TypeRule::select;
}

std::string name_of(const Case& c) {
  std::string out(text(c.op));
  for (DType t : c.operands) out.append("_").append(text(t));
  return out.append("_to_").append(text(c.result));
}

NodeId apply(const Case& c, Graph& graph, const std::vector<NodeId>& operands) {
  if (c.op != Op::lookup) return graph.apply(c.op, operands, {0, 0}, c.result);
  return graph.apply(c.op, operands, {graph.table(c.result, c.table), 0}, c.result);
}

Bits evaluate(const Case& c, const std::vector<Bits>& operands) {
  if (c.op == Op::lookup) return c.table[operands[0] & (c.table.size() - 1)];
  const auto arg = [&](std::size_t i) { return i < operands.size() ? operands[i] : 0; };
  if (!is_computed_wide(c))
    return eval::apply(c.op, c.operands.back(), c.result, arg(0), arg(1), arg(2));
  // What widen() makes of it.
  const auto wide = [&](std::size_t i) {
    return i < operands.size() ? eval::cast(c.operands[i], DType::f64, operands[i]) : 0;
  };
  const DType result = is_float(c.result) ? DType::f64 : c.result;
  const Bits out = eval::apply(c.op, DType::f64, result, wide(0), wide(1), wide(2));
  return eval::cast(result, c.result, out);
}

}  // namespace actjit::test
