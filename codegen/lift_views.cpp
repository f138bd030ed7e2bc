#include "codegen/lift_views.h"

#include <algorithm>

#include "ir/rebuild.h"

namespace actjit {

namespace {

NodeId apply_axes(Graph& g, Op op, NodeId x, const Attribute& attribute) {
  return g.apply(op, std::span(&x, 1), attribute, g[x].dtype);
}

// The part of a join where `slice` cuts; a new slice node elsewhere.
NodeId cut(Graph& g, NodeId x, const Slice& slice) {
  const Node n = g[x];
  if (n.op == Op::join && join_of(n.attribute).axis == slice.axis) {
    const Join j = join_of(n.attribute);
    const auto extent = [&](NodeId part) { return g.shape(part)[j.axis].extent; };
    const auto parts = parts_of(j, extent(n.args[0]), extent(n.args[1]));
    for (std::size_t p = 0; p < 2; ++p)
      if (parts[p] == slice) return n.args[p];
  }
  return apply_axes(g, Op::slice, x, attribute_of(slice));
}

class JoinLifter {
 public:
  explicit JoinLifter(const Graph& in) : in_(in) {}

  Graph run() {
    return rebuild(in_, [this](Graph& out, NodeId id, std::span<const NodeId> args, auto copy) {
      const Node& n = in_[id];
      if (n.op == Op::slice) return cut(out, args[0], slice_of(n.attribute));
      for (NodeId arg : args)
        if (out[arg].op == Op::join && can_lift(out, n, arg)) return lifted(out, id, args, arg);
      return copy();
    });
  }

 private:
  static bool can_lift(const Graph& out, const Node& n, NodeId join) {
    const std::uint32_t axis = join_of(out[join].attribute).axis;
    if (n.op == Op::join || n.op == Op::count || n.op == Op::index) return false;
    return !is_reduction(n.op) || !axes_of(n.attribute).has(axis);
  }

  // The axis of the join in the result of the op.
  static std::uint32_t result_axis(const Graph& out, const Node& n, NodeId join,
                                   std::size_t result_rank) {
    const std::uint32_t axis = join_of(out[join].attribute).axis;
    if (is_reduction(n.op)) return axis;
    std::uint32_t d = 0;
    if (n.op == Op::expand_dims) {
      for (std::uint32_t seen = 0;; ++d)
        if (!axes_of(n.attribute).has(d) && seen++ == axis) return d;
    }
    if (n.op == Op::squeeze) {
      for (std::uint32_t a = 0; a < axis; ++a) d += !axes_of(n.attribute).has(a);
      return d;
    }
    return static_cast<std::uint32_t>(axis + result_rank - out.shape(join).size());
  }

  // op(join(a, b), c) = join(op(a, c'), op(b, c'')), where c' and c'' are the parts of c.
  NodeId lifted(Graph& out, NodeId id, std::span<const NodeId> args, NodeId join) {
    const Node& n = in_[id];
    const Join j = join_of(out[join].attribute);
    const std::uint32_t axis = result_axis(out, n, join, in_.shape(id).size());
    const std::size_t from_end = out.shape(join).size() - j.axis;
    std::array<NodeId, 2> results{};
    for (std::size_t p = 0; p < 2; ++p) {
      std::array<NodeId, max_arity> operands{};
      for (std::size_t i = 0; i < args.size(); ++i)
        operands[i] = part(out, args[i], join, p, from_end);
      const std::span<const NodeId> parts = std::span(operands).first(args.size());
      results[p] = copy_node(in_, n, parts, out);
    }
    return out.apply(Op::join, results, attribute_of(Join{axis, j.interleaved}), n.dtype);
  }

  // What stands beside part `p` of the join; an operand that is stretched along its axis stays.
  NodeId part(Graph& out, NodeId x, NodeId join, std::size_t p, std::size_t from_end) {
    const Node& n = out[join];
    if (x == join) return n.args[p];
    const Shape& shape = out.shape(x);
    if (shape.size() < from_end || shape[shape.size() - from_end].is_one()) return x;
    const std::size_t axis = join_of(n.attribute).axis;
    const auto extent = [&](NodeId of) { return out.shape(of)[axis].extent; };
    Slice s = parts_of(join_of(n.attribute), extent(n.args[0]), extent(n.args[1]))[p];
    s.axis = static_cast<std::uint32_t>(shape.size() - from_end);
    return cut(out, x, s);
  }

  const Graph& in_;
};

// Squeezed axes, which are still there: for each node of the new graph those of its dimensions that
// the old one does not have. They have one element, so any of them may stand for any other.
class SqueezeLifter {
 public:
  explicit SqueezeLifter(const Graph& in) : in_(in) {}

  Unsqueezed run() {
    Unsqueezed out;
    std::vector<NodeId> made(in_.size(), no_node);
    ghosts_.assign(in_.size(), Axes{});
    for (const Input& i : in_.inputs())
      made[i.node] = out.graph.input(i.name, in_[i.node].dtype, in_.shape(i.node));
    for (const Scalar& s : in_.scalars())
      made[s.node] = out.graph.scalar(s.name, in_[s.node].dtype, s.initial);
    const std::vector<bool> live = in_.live();
    for (NodeId id = 0; id < in_.size(); ++id)
      if (live[id] && made[id] == no_node) made[id] = node(out.graph, id, made);
    for (const Output& o : in_.outputs()) {
      out.graph.output(o.name, made[o.node]);
      out.dropped.push_back(ghosts_[o.node]);
    }
    return out;
  }

 private:
  NodeId node(Graph& out, NodeId id, const std::vector<NodeId>& made) {
    const Node& n = in_[id];
    std::array<NodeId, max_arity> args{};
    Axes ghosts;
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      args[i] = made[n.args[i]];
      ghosts.mask |= ghosts_[n.args[i]].mask;
    }
    const std::span<NodeId> operands = std::span(args).first(n.operands().size());
    if (n.op == Op::squeeze) return squeezed(id, args[0]);
    if (ghosts.mask == 0) return copy_node(in_, n, operands, out);
    if (n.op == Op::expand_dims) return expanded(out, id, args[0]);
    if (!has_axes(n.op) || n.op == Op::join) align(out, id, operands);
    if (!has_axes(n.op)) return copy_node(in_, n, operands, out);
    const std::size_t ghost_rank = out.shape(args[0]).size();
    if (n.op != Op::join) ghosts_[id] = ghosts_[n.args[0]];
    return out.apply(n.op, operands, renumbered(n, ghosts_[id], ghost_rank), n.dtype);
  }

  // The dimension that the real dimension `axis` has become.
  static std::uint32_t moved(std::uint32_t axis, Axes ghosts, std::size_t rank) {
    for (std::uint32_t d = 0, real = 0; d < rank; ++d)
      if (!ghosts.has(d) && real++ == axis) return d;
    throw InternalError("an axis is lost");
  }

  static Attribute renumbered(const Node& n, Axes ghosts, std::size_t rank) {
    if (n.op == Op::slice) {
      Slice s = slice_of(n.attribute);
      s.axis = moved(s.axis, ghosts, rank);
      return attribute_of(s);
    }
    if (n.op == Op::join) {
      Join j = join_of(n.attribute);
      j.axis = moved(j.axis, ghosts, rank);
      return attribute_of(j);
    }
    Axes axes;
    for (std::uint32_t d = 0; d < 64; ++d)
      if (axes_of(n.attribute).has(d)) axes.add(moved(d, ghosts, rank));
    return attribute_of(axes);
  }

  NodeId squeezed(NodeId id, NodeId x) {
    const Node& n = in_[id];
    Axes ghosts = ghosts_[n.args[0]];
    const std::size_t rank = in_.shape(n.args[0]).size() + ghosts.count();
    for (std::uint32_t d = 0; d < 64; ++d)
      if (axes_of(n.attribute).has(d)) ghosts.add(moved(d, ghosts_[n.args[0]], rank));
    ghosts_[id] = ghosts;
    return x;
  }

  // A new axis takes the place of a ghost where there is one.
  NodeId expanded(Graph& out, NodeId id, NodeId x) {
    const Node& n = in_[id];
    const Axes fresh = axes_of(n.attribute);
    const Axes old = ghosts_[n.args[0]];
    const std::size_t rank = in_.shape(id).size();
    const std::size_t old_rank = out.shape(x).size();
    Axes inserted, ghosts;
    std::size_t from = 0, to = 0;
    for (std::size_t d = 0; d < rank; ++d) {
      if (fresh.has(d)) {
        if (from < old_rank && old.has(from))
          ++from;
        else
          inserted.add(to);
        ++to;
        continue;
      }
      while (old.has(from)) ghosts.add(to++), ++from;
      ++from, ++to;
    }
    while (from < old_rank) ghosts.add(to++), ++from;
    ghosts_[id] = ghosts;
    return inserted.mask == 0 ? x : apply_axes(out, Op::expand_dims, x, attribute_of(inserted));
  }

  // How many ghosts stand behind the last dimension, the last but one ...
  static std::vector<std::size_t> slots(Axes ghosts, std::size_t rank) {
    std::vector<std::size_t> out(1, 0);
    for (std::size_t d = rank; d-- > 0;) {
      if (ghosts.has(d))
        ++out.back();
      else
        out.push_back(0);
    }
    return out;
  }

  // Gives all operands of an elementwise op the same ghosts.
  void align(Graph& out, NodeId id, std::span<NodeId> operands) {
    const Node& n = in_[id];
    std::vector<std::size_t> want;
    std::vector<std::vector<std::size_t>> have;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      have.push_back(slots(ghosts_[n.args[i]], out.shape(operands[i]).size()));
      if (have[i].size() > want.size()) want.resize(have[i].size(), 0);
      for (std::size_t s = 0; s < have[i].size(); ++s) want[s] = std::max(want[s], have[i][s]);
    }
    for (std::size_t i = 0; i < operands.size(); ++i)
      operands[i] = with_slots(out, operands[i], have[i], want);
    std::size_t rank = want.size() - 1;
    for (std::size_t w : want) rank += w;
    Axes ghosts;
    std::size_t d = rank;
    for (std::size_t s = 0; s < want.size(); ++s) {
      for (std::size_t i = 0; i < want[s]; ++i) ghosts.add(--d);
      if (s + 1 < want.size()) --d;
    }
    ghosts_[id] = ghosts;
  }

  static NodeId with_slots(Graph& out, NodeId x, const std::vector<std::size_t>& have,
                           const std::vector<std::size_t>& want) {
    std::size_t rank = have.size() - 1;
    for (std::size_t s = 0; s < have.size(); ++s) rank += want[s];
    Axes inserted;
    std::size_t d = rank;
    for (std::size_t s = 0; s < have.size(); ++s) {
      for (std::size_t i = 0; i < want[s]; ++i) {
        --d;
        if (i >= have[s]) inserted.add(d);
      }
      if (s + 1 < have.size()) --d;
    }
    return inserted.mask == 0 ? x : apply_axes(out, Op::expand_dims, x, attribute_of(inserted));
  }

  const Graph& in_;
  std::vector<Axes> ghosts_;  // by old node, of the new node's dimensions
};

}  // namespace

Graph lift_joins(const Graph& graph) { return compact(JoinLifter(graph).run()); }

NodeId join_to_keep(const Graph& graph) {
  std::vector<bool> inside(graph.size(), false);  // of a join, or an output
  for (const Output& o : graph.outputs()) inside[o.node] = true;
  for (NodeId id = static_cast<NodeId>(graph.size()); id-- > 0;)
    if (graph[id].op == Op::join && inside[id])
      for (NodeId arg : graph[id].operands()) inside[arg] = true;
  const std::vector<bool> live = graph.live();
  std::vector<bool> used(graph.size(), false);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const bool nested = graph[id].op == Op::join && inside[id];
    if (live[id] && !nested)
      for (NodeId arg : graph[id].operands()) used[arg] = true;
  }
  for (NodeId id = 0; id < graph.size(); ++id)
    if (graph[id].op == Op::join && used[id]) return id;
  return no_node;
}

Unsqueezed lift_squeezes(const Graph& graph) { return SqueezeLifter(graph).run(); }

}  // namespace actjit
