// Adjoints and shapes. An adjoint may be smaller than its node, as long as it broadcasts to it; it
// is stretched where an op needs all its elements, and at the end.
#pragma once

#include "ir/derivative/contribution.h"

namespace actjit::derivative {

// `value` in the shape of the node `like`. The selection takes nothing from it but its shape.
constexpr NodeId stretched(Graph& g, NodeId value, NodeId like) {
  if (g.shape(value) == g.shape(like)) return value;
  return apply(g, Op::select, {g.integer(DType::boolean, 1), value, like});
}

// With leading axes of one element, up to `rank`.
constexpr NodeId of_rank(Graph& g, NodeId value, std::size_t rank) {
  Axes leading;
  for (std::size_t d = 0; d + g.shape(value).size() < rank; ++d) leading.add(d);
  if (leading.mask == 0) return value;
  return apply(g, Op::expand_dims, {value}, attribute_of(leading));
}

// `value` times how many elements `node` has along an axis. That is counted on a tensor which has
// no other axes of several elements, so that the product has none.
constexpr Value times_count(Graph& g, Value value, NodeId node, std::size_t axis) {
  Axes axes;
  axes.add(axis);
  if (const std::optional<std::int64_t> known = known_count(g.shape(node), axes))
    return times(value, value.like(static_cast<double>(*known)));
  const NodeId positions = apply(g, Op::index, {node}, attribute_of(axes));
  return times(value, {&g, apply(g, Op::count, {positions}, attribute_of(axes))});
}

// Without the axes in front of the last `rank` ones, which have one element.
constexpr NodeId without_leading(Graph& g, NodeId value, std::size_t rank) {
  Axes leading;
  for (std::size_t d = 0; d + rank < g.shape(value).size(); ++d) leading.add(d);
  if (leading.mask == 0) return value;
  return apply(g, Op::squeeze, {value}, attribute_of(leading));
}

// The adjoint `value` of `node` as that of an operand, which was broadcast to the node's shape:
// summed over what was stretched. An axis it does not have itself it has in each element.
constexpr NodeId unbroadcast(Graph& g, NodeId value, NodeId node, const Shape& operand) {
  const Shape whole = g.shape(node);
  const Shape have = g.shape(value);
  const std::size_t missing = whole.size() - operand.size();
  Axes summed, counted;
  for (std::size_t d = 0; d < whole.size(); ++d) {
    const bool is_stretched = !whole[d].is_one() && (d < missing || operand[d - missing].is_one());
    if (!is_stretched) continue;
    const std::size_t absent = whole.size() - have.size();
    if (d < absent || have[d - absent].is_one())
      counted.add(d);
    else
      summed.add(d - absent);
  }
  if (summed.mask != 0) value = apply(g, Op::reduce_sum, {value}, attribute_of(summed));
  for (std::size_t d = 0; d < whole.size(); ++d)
    if (counted.has(d)) value = times_count(g, {&g, value}, node, d).id;
  return without_leading(g, value, operand.size());
}

// A slice of a node and the adjoint of that slice.
struct Piece {
  Slice slice;
  NodeId value = no_node;
};

// Zeros in the shape of a part of `node`.
constexpr NodeId zeros(Graph& g, NodeId node, const Slice& part) {
  const NodeId like = apply(g, Op::slice, {node}, attribute_of(part));
  return stretched(g, g.constant(g[node].dtype, 0.0), like);
}

constexpr NodeId joined(Graph& g, NodeId a, NodeId b, const Join& how) {
  return apply(g, Op::join, {a, b}, attribute_of(how));
}

// How two pieces make up the whole axis; the first of them is the first operand.
constexpr std::optional<Join> complement(const Slice& a, const Slice& b, std::int64_t extent) {
  const std::int64_t together = std::int64_t{a.count} + b.count;
  if (a.axis != b.axis || a.start != 0 || together != extent) return std::nullopt;
  if (a.step == 1 && b.step == 1 && b.start == a.count) return Join{a.axis, false};
  if (a.step == 2 && b.step == 2 && b.start == 1 && a.count == b.count) return Join{a.axis, true};
  return std::nullopt;
}

// The piece in its place among zeros. Steps are 1 or 2.
constexpr NodeId among_zeros(Graph& g, NodeId node, const Piece& piece) {
  Slice s = piece.slice;
  NodeId value = piece.value;
  const auto extent = static_cast<std::uint32_t>(g.shape(node)[s.axis].extent);
  if (s.step == 2) {
    const NodeId others = stretched(g, g.constant(g[value].dtype, 0.0), value);
    value = joined(g, value, others, {s.axis, true});
    const bool ends_with_it = s.start + 2 * s.count > extent;
    s.count = 2 * s.count - (ends_with_it ? 1 : 0);
    if (ends_with_it) value = apply(g, Op::slice, {value}, attribute_of(Slice{s.axis, 0, s.count}));
  }
  if (s.start > 0) value = joined(g, zeros(g, node, {s.axis, 0, s.start, 1}), value, {s.axis});
  const std::uint32_t end = s.start + s.count;
  if (end < extent)
    value = joined(g, value, zeros(g, node, {s.axis, end, extent - end, 1}), {s.axis});
  return value;
}

// Every element of `node` once or not at all: pairs that make up a whole axis are joined, other
// pieces are put among zeros.
constexpr std::vector<Contribution> assembled(Graph& g, NodeId node,
                                              const std::vector<Piece>& pieces) {
  std::vector<Contribution> out;
  std::vector<bool> done(pieces.size(), false);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (done[i]) continue;
    const std::int64_t extent = g.shape(node)[pieces[i].slice.axis].extent;
    NodeId value = no_node;
    for (std::size_t k = i + 1; k < pieces.size() && value == no_node; ++k) {
      if (done[k]) continue;
      const Piece& a = pieces[i];
      const Piece& b = pieces[k];
      if (const std::optional<Join> how = complement(a.slice, b.slice, extent))
        value = joined(g, a.value, b.value, *how);
      else if (const std::optional<Join> turned = complement(b.slice, a.slice, extent))
        value = joined(g, b.value, a.value, *turned);
      done[k] = value != no_node;
    }
    out.push_back({value != no_node ? value : among_zeros(g, node, pieces[i])});
  }
  return out;
}

}  // namespace actjit::derivative
