#include "codegen/sink_views.h"

#include <fmt/format.h>

#include "ir/rebuild.h"
#include "ir/value.h"

namespace actjit {

View ViewSinker::whole(const Shape& shape) {
  View view;
  for (std::size_t d = 0; d < shape.size(); ++d)
    view.push_back({.dim = static_cast<int>(d), .extent = shape[d]});
  return view;
}

NodeId ViewSinker::node(NodeId id, const View& view) {
  made_of_.resize(in_.size());
  for (const auto& [known, made] : made_of_[id])
    if (known == view) return made;
  const NodeId made = build(id, view);
  made_of_[id].emplace_back(view, made);
  return made;
}

NodeId ViewSinker::build(NodeId id, const View& view) {
  const Node& n = in_[id];
  if (n.op == Op::input) {
    const Input& input = in_.inputs()[n.attribute[0]];
    KernelOperand operand = places_[n.attribute[0]];
    operand.view = view;
    return read(std::move(operand), n.dtype, input.name.view());
  }
  if (is_leaf(n.op)) return copy_node(in_, n, {}, out_);
  if (n.op == Op::count) return count(id);
  if (n.op == Op::index) return positions(id, view);
  if (is_reduction(n.op)) return reduction(id, view);
  if (n.op == Op::expand_dims || n.op == Op::slice)
    return node(n.args[0], of_operand(id, n.args[0], view));
  return elementwise(id, view);
}

// The view of an operand that gives this view of the node.
View ViewSinker::of_operand(NodeId id, NodeId arg, const View& view) const {
  const Node& n = in_[id];
  const Shape& shape = in_.shape(arg);
  View out = view;
  for (ViewAxis& axis : out) {
    if (axis.dim == ViewAxis::no_dim) continue;
    const int d = axis.dim;
    if (n.op == Op::slice) {
      const Slice s = slice_of(n.attribute);
      if (static_cast<std::uint32_t>(d) != s.axis) continue;
      axis.start = s.start + s.step * axis.start;
      axis.step *= s.step;
    } else if (n.op == Op::expand_dims) {
      const Axes fresh = axes_of(n.attribute);
      for (int i = 0; i < d; ++i) axis.dim -= fresh.has(static_cast<std::size_t>(i));
      if (fresh.has(static_cast<std::size_t>(d))) axis = {};
    } else {
      const int missing = static_cast<int>(in_.shape(id).size() - shape.size());
      axis.dim = d - missing;
      if (axis.dim < 0)
        axis = {};
      else if (const Dim& own = shape[static_cast<std::size_t>(axis.dim)]; own.is_one())
        axis = {.dim = axis.dim};
    }
  }
  return out;
}

NodeId ViewSinker::elementwise(NodeId id, const View& view) {
  const Node& n = in_[id];
  std::array<NodeId, max_arity> args{};
  for (std::size_t i = 0; i < n.operands().size(); ++i)
    args[i] = node(n.args[i], of_operand(id, n.args[i], view));
  return copy_node(in_, n, std::span(args).first(n.operands().size()), out_);
}

// A reduction of a single element, by the definitions of ops.def.
Value of_one(Op op, Value x) {
  if (op == Op::reduce_sum) return x.like(0) + x;
  if (op == Op::sparse_threshold) return select(x > 0, x - 1, x.like(-1));
  return x;
}

// The reduced axes are seen whole; the result has one element there.
NodeId ViewSinker::reduction(NodeId id, const View& view) {
  const Node& n = in_[id];
  const Shape& shape = in_.shape(n.args[0]);
  View inner = view;
  Axes axes;
  for (std::size_t d = 0; d < view.size(); ++d) {
    const int dim = view[d].dim;
    if (dim == ViewAxis::no_dim || !axes_of(n.attribute).has(static_cast<std::size_t>(dim)))
      continue;
    inner[d] = {.dim = dim, .extent = shape[static_cast<std::size_t>(dim)]};
    axes.add(d);
  }
  check(axes.count() == axes_of(n.attribute).count(), "a view has lost a reduced axis");
  NodeId operand = node(n.args[0], inner);
  // What is made of constants and scalars has lost its axes.
  for (std::size_t d = 0; d < inner.size(); ++d)
    if (axes.has(d) && !inner[d].extent.is_one()) operand = with_axis(operand, inner, d);
  if (out_.shape(operand).empty()) return of_one(n.op, {&out_, operand}).id;
  check(out_.shape(operand).size() == view.size(), "an operand has lost an axis");
  return out_.apply(n.op, std::span(&operand, 1), attribute_of(axes), n.dtype);
}

// The same value for each element along axis `d` of the view, where it has but one.
NodeId ViewSinker::with_axis(NodeId id, const View& view, std::size_t d) {
  const Shape shape = out_.shape(id);
  const std::size_t missing = view.size() - shape.size();
  if (d >= missing && !shape[d - missing].is_one()) return id;
  View along(view.size());
  along[d] = {.dim = 0, .extent = view[d].extent};
  const Value x{&out_, id};
  const Value at{&out_, read_positions(view[d].extent, std::move(along))};
  return select(at >= 0, x, x).id;
}

NodeId ViewSinker::count(NodeId id) {
  const Node& n = in_[id];
  const Shape& shape = in_.shape(n.args[0]);
  if (const auto known = known_count(shape, axes_of(n.attribute)))
    return out_.constant(n.dtype, static_cast<double>(*known));
  Shape counted;
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (axes_of(n.attribute).has(d)) counted.push_back(shape[d]);
  std::size_t at = 0;
  while (at < counts_.size() && counts_[at] != counted) ++at;
  if (at == counts_.size()) {
    counts_.push_back(counted);
    out_.scalar(fmt::format("count.{}", at), DType::f64, 0);
  }
  return out_.scalar_as(in_.scalars().size() + at, n.dtype);
}

NodeId ViewSinker::positions(NodeId id, const View& view) {
  const Node& n = in_[id];
  const int axis = static_cast<int>(axes_of(n.attribute).last());
  View along = view;
  for (ViewAxis& a : along) {
    if (a.dim == axis)
      a.dim = 0;
    else
      a = {};
  }
  const NodeId made =
      read_positions(in_.shape(id)[static_cast<std::size_t>(axis)], std::move(along));
  if (n.dtype == DType::f64) return made;
  return out_.apply(Op::cast, std::span(&made, 1), {0, 0}, n.dtype);
}

NodeId ViewSinker::read_positions(const Dim& extent, View view) {
  std::size_t list = 0;
  while (list < schedule_.positions.size() && !(schedule_.positions[list] == extent)) ++list;
  if (list == schedule_.positions.size()) schedule_.positions.push_back(extent);
  KernelOperand operand{.place = Place::positions, .index = list, .view = std::move(view)};
  return read(std::move(operand), DType::f64, fmt::format("positions.{}", list));
}

// The input that is this operand; each operand is one.
NodeId ViewSinker::read(KernelOperand operand, DType dtype, std::string_view name) {
  std::size_t alike = 0;
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    if (reads_[i] == operand) return out_.inputs()[i].node;
    alike += reads_[i].place == operand.place && reads_[i].index == operand.index;
  }
  Shape shape;
  for (const ViewAxis& a : operand.view) shape.push_back(a.extent);
  reads_.push_back(std::move(operand));
  return out_.input(Name(alike == 0 ? std::string(name) : fmt::format("{}.{}", name, alike)), dtype,
                    shape);
}

}  // namespace actjit
