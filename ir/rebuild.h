// The frame of every pass: walk the live nodes of a graph in order and build a new graph from them.
#pragma once

#include <utility>
#include <vector>

#include "ir/graph.h"

namespace actjit {

// The node as it stands, over new operands, in another graph.
constexpr NodeId copy_node(const Graph& from, const Node& n, std::span<const NodeId> args,
                           Graph& to) {
  switch (n.op) {
    case Op::input:
      return to.input(from.inputs()[n.attribute[0]].name, n.dtype,
                      from.shape(from.inputs()[n.attribute[0]].node));
    case Op::scalar: return to.scalar_as(n.attribute[0], n.dtype);
    case Op::constant:
      if (is_float(n.dtype))
        return to.constant(n.dtype, {f64_of(n.attribute[0]), f64_of(n.attribute[1])});
      return to.integer(n.dtype, static_cast<std::int64_t>(n.attribute[0]));
    case Op::lookup: {
      const Table& table = from.tables()[n.attribute[0]];
      return to.apply(n.op, args, {to.table(table.dtype, table.values), 0}, n.dtype);
    }
    default: return to.apply(n.op, args, n.attribute, n.dtype);
  }
}

// A new graph with the interface of `in` (all inputs and scalars, in their order, then the
// outputs), each other live node made by `each(out, id, args, copy)`: `args` are the operands
// already built, `copy()` makes the node unchanged. `finish(out, node, made)` may put a last op
// behind the old output `node`, which has become `made`.
template <class Each, class Finish>
constexpr Graph rebuild(const Graph& in, Each each, Finish finish) {
  Graph out;
  std::vector<NodeId> made(in.size(), no_node);
  for (const Input& i : in.inputs())
    made[i.node] = out.input(i.name, in[i.node].dtype, in.shape(i.node));
  for (const Scalar& s : in.scalars())
    made[s.node] = out.scalar(s.name, in[s.node].dtype, s.initial);
  const std::vector<bool> live = in.live();
  for (NodeId id = 0; id < in.size(); ++id) {
    if (!live[id] || made[id] != no_node) continue;
    const Node& n = in[id];
    std::array<NodeId, max_arity> args{};
    for (std::size_t i = 0; i < n.operands().size(); ++i) args[i] = made[n.args[i]];
    const std::span<const NodeId> operands = std::span(args).first(n.operands().size());
    made[id] = each(out, id, operands, [&] { return copy_node(in, n, operands, out); });
  }
  for (const Output& o : in.outputs()) out.output(o.name, finish(out, o.node, made[o.node]));
  return out;
}

template <class Each>
constexpr Graph rebuild(const Graph& in, Each each) {
  return rebuild(in, each, [](Graph&, NodeId, NodeId made) { return made; });
}

// The same graph without dead nodes, in canonical order.
constexpr Graph compact(const Graph& in) {
  return rebuild(in, [](Graph&, NodeId, auto, auto copy) { return copy(); });
}

}  // namespace actjit
