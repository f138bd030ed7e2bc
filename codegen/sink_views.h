// sink_views: slices and new axes wander to the inputs, where they only say what is read.
#pragma once

#include <utility>

#include "codegen/schedule.h"

namespace actjit {

// Builds, for nodes of a graph without squeezes and joins, what they are under a view: elementwise
// ops, reductions, and inputs that are operands.
class ViewSinker {
 public:
  // `places` says what the inputs of `in` lie in.
  ViewSinker(const Graph& in, std::span<const KernelOperand> places, Schedule& schedule)
      : in_(in), places_(places), schedule_(schedule) {
    for (const Scalar& s : in.scalars()) out_.scalar(s.name, in[s.node].dtype, s.initial);
  }

  // The node as it is.
  NodeId sink(NodeId id) { return node(id, whole(in_.shape(id))); }

  static View whole(const Shape& shape);

  Graph& graph() { return out_; }
  const std::vector<KernelOperand>& reads() const { return reads_; }
  const std::vector<Shape>& counts() const { return counts_; }

 private:
  NodeId node(NodeId id, const View& view);
  NodeId build(NodeId id, const View& view);
  NodeId elementwise(NodeId id, const View& view);
  NodeId reduction(NodeId id, const View& view);
  NodeId with_axis(NodeId id, const View& view, std::size_t d);
  NodeId count(NodeId id);
  NodeId read_positions(const Dim& extent, View view);
  NodeId positions(NodeId id, const View& view);
  NodeId read(KernelOperand operand, DType dtype, std::string_view name);
  View of_operand(NodeId id, NodeId arg, const View& view) const;

  const Graph& in_;
  std::span<const KernelOperand> places_;
  Schedule& schedule_;
  Graph out_;
  std::vector<KernelOperand> reads_;
  std::vector<Shape> counts_;
  std::vector<std::vector<std::pair<View, NodeId>>> made_of_;  // by node of `in`
};

}  // namespace actjit
