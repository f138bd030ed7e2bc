#include "ir/skip_nan.h"

#include <algorithm>

#include "ir/rebuild.h"

namespace actjit {

namespace {

// NaN if any operand is one.
bool is_strict(const Graph& g, const Node& n) {
  switch (n.op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::fma:
    case Op::neg:
    case Op::abs:
    case Op::sqrt:
    case Op::min:
    case Op::max:
    case Op::floor:
    case Op::ceil:
    case Op::trunc:
    case Op::round: return is_float(n.dtype);
    case Op::cast: return is_float(n.dtype) && is_float(g[n.args[0]].dtype);
    default: return is_math(n.op) && n.operands().size() == 1;
  }
}

// What a NaN among the elements of a row does to the nodes of a graph, whatever the row's largest
// element is said to be.
class RowWithNaN {
 public:
  RowWithNaN(const Graph& g, NodeId largest)
      : g_(g),
        largest_(largest),
        row_(g[largest].args[0]),
        in_place_(g.size(), false),
        all_(g.size(), false),
        same_(g.size(), false) {
    for (NodeId id = 0; id < g.size(); ++id) visit(id);
  }

  // Whether no output shows what is said of the largest element.
  bool gives_same_outputs() const {
    return std::ranges::all_of(g_.outputs(), [&](const Output& o) { return same_[o.node]; });
  }

 private:
  void visit(NodeId id) {
    if (id == largest_) return;
    const bool is_element = g_.shape(id) == g_.shape(row_);
    const bool is_row = g_.shape(id) == g_.shape(largest_);
    all_[id] = (is_element || is_row) && takes_all(id);
    in_place_[id] = is_element && (id == row_ || all_[id] || takes_in_place(id));
    const auto operands = g_[id].operands();
    same_[id] = all_[id] || std::ranges::all_of(operands, [&](NodeId a) { return same_[a]; });
  }

  // Whether every value of the row is NaN.
  bool takes_all(NodeId id) const {
    const Node& n = g_[id];
    if (n.op == Op::reduce_sum && n.attribute == g_[largest_].attribute)
      return is_float(n.dtype) && (in_place_[n.args[0]] || all_[n.args[0]]);
    return comes_through(n, all_);
  }
  // Whether the value is NaN where the element is.
  bool takes_in_place(NodeId id) const { return comes_through(g_[id], in_place_); }

  bool comes_through(const Node& n, const std::vector<bool>& is_nan) const {
    if (n.op == Op::surrogate) return is_nan[n.args[0]];
    if (n.op == Op::select) {
      const Node& condition = g_[n.args[0]];
      if (!compares_nan(condition, is_nan)) return false;
      return is_nan[n.args[condition.op == Op::ne ? 1 : 2]];
    }
    return is_strict(g_, n) &&
           std::ranges::any_of(n.operands(), [&](NodeId a) { return is_nan[a]; });
  }
  bool compares_nan(const Node& n, const std::vector<bool>& is_nan) const {
    return info(n.op).rule == TypeRule::compare && (is_nan[n.args[0]] || is_nan[n.args[1]]);
  }

  const Graph& g_;
  const NodeId largest_, row_;
  // By node:
  std::vector<bool> in_place_;  // NaN where the row's element is
  std::vector<bool> all_;       // NaN all along the row
  std::vector<bool> same_;      // the same, whatever is said of the largest element
};

}  // namespace

Graph skip_nan(const Graph& graph) {
  return rebuild(graph, [&](Graph& out, NodeId id, std::span<const NodeId> args, auto copy) {
    const Node& n = graph[id];
    if (n.op != Op::reduce_max || !RowWithNaN(graph, id).gives_same_outputs()) return copy();
    return out.apply(Op::reduce_max_number, args, n.attribute, n.dtype);
  });
}

}  // namespace actjit
