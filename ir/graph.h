// The graph: a hash-consed DAG of ops over tensors, with named inputs, run-time scalars, named
// outputs and constant tables.
//
// Nodes are 32-bit handles in order of creation, so operands always precede their users. Equal
// nodes are one node. Everything here is usable in constant expressions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ir/axes.h"
#include "ir/dtype.h"
#include "ir/error.h"
#include "ir/name.h"
#include "ir/op.h"
#include "ir/shape.h"

namespace actjit {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = ~NodeId{0};

// Its attribute (ir/axes.h) is, for
//   constant: the bits of a Real's hi and lo (floats), or the element's bits (integers, bools)
//   input, scalar: index into Graph::inputs() or Graph::scalars();  lookup: index into tables()
//   reductions and views: their axes
struct Node {
  Op op = Op::constant;
  DType dtype = DType::f32;
  std::uint32_t shape = 0;  // index of an interned shape
  std::array<NodeId, max_arity> args = {no_node, no_node, no_node};
  Attribute attribute = {0, 0};

  constexpr std::span<const NodeId> operands() const {
    return {args.data(), static_cast<std::size_t>(arity(op))};
  }
  // Without branches: a lookup compares all nodes of two graphs, which are mostly equal.
  friend constexpr bool operator==(const Node& a, const Node& b) {
    const std::uint32_t kind = (a.op != b.op) | (a.dtype != b.dtype) | (a.shape ^ b.shape);
    const std::uint32_t args =
        (a.args[0] ^ b.args[0]) | (a.args[1] ^ b.args[1]) | (a.args[2] ^ b.args[2]);
    const std::uint64_t attribute =
        (a.attribute[0] ^ b.attribute[0]) | (a.attribute[1] ^ b.attribute[1]);
    return (kind | args | attribute) == 0;
  }
};

struct Input {
  friend constexpr bool operator==(const Input&, const Input&) = default;
  Name name;
  NodeId node;
};
struct Scalar {
  Name name;
  double initial = 0;  // the value where the call gives none
  NodeId node;
  // By bits: a NaN equals itself, and -0 is not +0.
  friend constexpr bool operator==(const Scalar& a, const Scalar& b) {
    return a.name == b.name && to_bits(a.initial) == to_bits(b.initial) && a.node == b.node;
  }
};
struct Output {
  friend constexpr bool operator==(const Output&, const Output&) = default;
  Name name;
  NodeId node;
};
// A constant table in registers or memory, for Op::lookup.
struct Table {
  DType dtype;
  std::vector<Bits> values;
  friend constexpr bool operator==(const Table&, const Table&) = default;
};

// What an op gives for its operands, or why it does not fit them.
struct Inferred {
  DType dtype = DType::f32;
  Shape shape = {};
  ErrorCode code = ErrorCode::internal;
  const char* problem = nullptr;  // null if the operands fit
};

class Graph {
 public:
  // Builders. A name given twice, or operands that do not fit, are internal errors: frontends call
  // infer() first and say where the user's mistake is.
  constexpr NodeId input(Name name, DType dtype, const Shape& shape) {
    const NodeId id = intern({.op = Op::input,
                              .dtype = dtype,
                              .shape = intern_shape(shape),
                              .attribute = {inputs_.size(), 0}});
    inputs_.push_back({std::move(name), id});
    return id;
  }
  constexpr NodeId scalar(Name name, DType dtype, double initial) {
    const NodeId id = intern({.op = Op::scalar,
                              .dtype = dtype,
                              .shape = intern_shape({}),
                              .attribute = {scalars_.size(), 0}});
    scalars_.push_back({std::move(name), initial, id});
    return id;
  }
  // The run-time scalar `index` read in another dtype.
  constexpr NodeId scalar_as(std::size_t index, DType dtype) {
    check(index < scalars_.size(), "scalar_as: no such scalar");
    return intern(
        {.op = Op::scalar, .dtype = dtype, .shape = intern_shape({}), .attribute = {index, 0}});
  }
  constexpr NodeId constant(DType dtype, Real value) {
    check(is_float(dtype), "a real constant needs a float dtype");
    return intern({.op = Op::constant,
                   .dtype = dtype,
                   .shape = intern_shape({}),
                   .attribute = {to_bits(value.hi), to_bits(value.lo)}});
  }
  constexpr NodeId integer(DType dtype, std::int64_t value) {
    check(!is_float(dtype), "an integer constant needs an integer or bool dtype");
    std::uint64_t word = static_cast<std::uint64_t>(value);
    if (dtype == DType::i32) word = static_cast<std::uint32_t>(word);
    if (dtype == DType::boolean) word = word != 0;
    return intern(
        {.op = Op::constant, .dtype = dtype, .shape = intern_shape({}), .attribute = {word, 0}});
  }
  constexpr NodeId apply(Op op, std::span<const NodeId> args, Attribute attribute = {0, 0},
                         DType cast_to = DType::f32) {
    const Inferred type = infer(op, args, attribute, cast_to);
    check(type.problem == nullptr, type.problem ? type.problem : "");
    Node n{
        .op = op, .dtype = type.dtype, .shape = intern_shape(type.shape), .attribute = attribute};
    for (std::size_t i = 0; i < args.size(); ++i) n.args[i] = args[i];
    return intern(n);
  }
  constexpr std::uint32_t table(DType dtype, std::vector<Bits> values) {
    check(!values.empty() && (values.size() & (values.size() - 1)) == 0,
          "a table's size is a power of two");
    Table t{dtype, std::move(values)};
    for (std::size_t i = 0; i < tables_.size(); ++i)
      if (tables_[i] == t) return static_cast<std::uint32_t>(i);
    tables_.push_back(std::move(t));
    return static_cast<std::uint32_t>(tables_.size() - 1);
  }
  constexpr void output(Name name, NodeId node) {
    check(node < nodes_.size(), "output: no such node");
    outputs_.push_back({std::move(name), node});
  }
  constexpr void clear_outputs() { outputs_.clear(); }

  // Gives back the memory that only building needs. What is built later takes it again.
  constexpr void pack() {
    nodes_.shrink_to_fit();
    buckets_.clear();
    buckets_.shrink_to_fit();
    shapes_.shrink_to_fit();
    inputs_.shrink_to_fit();
    scalars_.shrink_to_fit();
    outputs_.shrink_to_fit();
  }

  // The type of op(args): dtype rule of the op's row, shapes broadcast. `cast_to` is the dtype a
  // cast or bitcast asks for.
  constexpr Inferred infer(Op op, std::span<const NodeId> args, const Attribute& attribute,
                           DType cast_to) const;

  constexpr std::size_t size() const { return nodes_.size(); }
  constexpr const Node& operator[](NodeId id) const { return nodes_[id]; }
  constexpr const Shape& shape(NodeId id) const { return shapes_[nodes_[id].shape]; }
  constexpr const std::vector<Input>& inputs() const { return inputs_; }
  constexpr const std::vector<Scalar>& scalars() const { return scalars_; }
  constexpr const std::vector<Output>& outputs() const { return outputs_; }
  constexpr const std::vector<Table>& tables() const { return tables_; }

  constexpr bool is_constant(NodeId id) const { return nodes_[id].op == Op::constant; }
  // The value of a float constant.
  constexpr Real real(NodeId id) const {
    return {f64_of(nodes_[id].attribute[0]), f64_of(nodes_[id].attribute[1])};
  }

  // Same nodes, names, shapes and tables in the same order; two graphs that went through compact()
  // (ir/rebuild.h) compare as the same program.
  friend constexpr bool operator==(const Graph& a, const Graph& b) {
    return a.nodes_ == b.nodes_ && a.shapes_ == b.shapes_ && a.inputs_ == b.inputs_ &&
           a.scalars_ == b.scalars_ && a.outputs_ == b.outputs_ && a.tables_ == b.tables_;
  }

  // Of the nodes alone: equal graphs have equal hashes. Costs nothing.
  constexpr std::uint64_t hash() const { return hash_; }

  // True for each node some output, input or scalar needs; declared inputs and scalars are live.
  constexpr std::vector<bool> live() const {
    std::vector<bool> marks(nodes_.size(), false);
    for (const Output& o : outputs_) marks[o.node] = true;
    for (const Input& i : inputs_) marks[i.node] = true;
    for (const Scalar& s : scalars_) marks[s.node] = true;
    for (std::size_t i = nodes_.size(); i-- > 0;)
      if (marks[i])
        for (NodeId arg : nodes_[i].operands()) marks[arg] = true;
    return marks;
  }

 private:
  constexpr static std::uint64_t hash(const Node& n) {
    std::uint64_t h = 0x9e3779b97f4a7c15;
    const auto mix = [&h](std::uint64_t word) {
      h = (h ^ word) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    };
    mix((static_cast<std::uint64_t>(n.op) << 8 | static_cast<std::uint64_t>(n.dtype)) << 32 |
        n.shape);
    mix(static_cast<std::uint64_t>(n.args[0]) << 32 | n.args[1]);
    mix(n.args[2]);
    mix(n.attribute[0]);
    mix(n.attribute[1]);
    return h;
  }
  constexpr NodeId intern(const Node& n) {
    if (2 * (nodes_.size() + 1) > buckets_.size()) grow();
    std::size_t at = hash(n) & (buckets_.size() - 1);
    while (buckets_[at] != no_node) {
      if (nodes_[buckets_[at]] == n) return buckets_[at];
      at = (at + 1) & (buckets_.size() - 1);
    }
    nodes_.push_back(n);
    hash_ = hash_ * 0x9e3779b97f4a7c15 + hash(n);
    return buckets_[at] = static_cast<NodeId>(nodes_.size() - 1);
  }
  constexpr void grow() {
    std::size_t size = min_buckets;
    while (size < 2 * (nodes_.size() + 1)) size *= 2;
    buckets_.assign(size, no_node);
    for (NodeId id = 0; id < nodes_.size(); ++id) {
      std::size_t at = hash(nodes_[id]) & (buckets_.size() - 1);
      while (buckets_[at] != no_node) at = (at + 1) & (buckets_.size() - 1);
      buckets_[at] = id;
    }
  }
  constexpr std::uint32_t intern_shape(const Shape& shape) {
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      if (shapes_[i] == shape) return static_cast<std::uint32_t>(i);
    shapes_.push_back(shape);
    return static_cast<std::uint32_t>(shapes_.size() - 1);
  }

  static constexpr std::size_t min_buckets = 64;
  std::vector<Node> nodes_;
  std::uint64_t hash_ = 0;
  std::vector<NodeId> buckets_;  // open addressing over nodes_, a power of two of them; or none
  std::vector<Shape> shapes_;
  std::vector<Input> inputs_;
  std::vector<Scalar> scalars_;
  std::vector<Output> outputs_;
  std::vector<Table> tables_;
};

// The dtype of op over operands of the dtypes `t`, or a null-terminated reason.
constexpr Inferred infer_dtype(Op op, std::span<const DType> t, DType cast_to) {
  const auto fail = [](const char* why) {
    return Inferred{.code = ErrorCode::type_mismatch, .problem = why};
  };
  const auto gives = [](DType dtype) { return Inferred{.dtype = dtype}; };
  const std::size_t first = op == Op::select ? 1 : 0;
  if (op != Op::lookup)
    for (std::size_t i = first + 1; i < t.size(); ++i)
      if (t[i] != t[first]) return fail("the operands have different dtypes");
  switch (info(op).rule) {
    case TypeRule::leaf: return fail("a leaf is not applied to operands");
    case TypeRule::same_number:
      return is_bool(t[0]) ? fail("the operands are bool, not numbers") : gives(t[0]);
    case TypeRule::same_float:
      return is_float(t[0]) ? gives(t[0]) : fail("the operands are not floats");
    case TypeRule::same_int:
      return is_integer(t[0]) ? gives(t[0]) : fail("the operands are not integers");
    case TypeRule::same_any: return gives(t[0]);
    case TypeRule::same_bits:
      return is_float(t[0]) ? fail("the operands are floats, not integers or bools") : gives(t[0]);
    case TypeRule::compare:
      return is_bool(t[0]) ? fail("bools have no order; use and, or, xor, not")
                           : gives(DType::boolean);
    case TypeRule::select: return is_bool(t[0]) ? gives(t[1]) : fail("the condition is not a bool");
    case TypeRule::cast: return gives(cast_to);
    case TypeRule::bitcast:
      if (is_storage_only(t[0]) || is_storage_only(cast_to))
        return fail("there are no 16-bit integers: a bitcast takes f32 and i32, or f64 and i64");
      if (bytes(t[0]) != bytes(cast_to) || is_float(t[0]) == is_float(cast_to))
        return fail("a bitcast goes between a float and an integer of the same width");
      return gives(cast_to);
    case TypeRule::lookup:
      return is_integer(t[0]) ? gives(cast_to) : fail("a table index is an integer");
  }
  return fail("unknown type rule");
}

constexpr Inferred Graph::infer(Op op, std::span<const NodeId> args, const Attribute& attribute,
                                DType cast_to) const {
  if (args.size() != static_cast<std::size_t>(arity(op)))
    return {.code = ErrorCode::type_mismatch, .problem = "the wrong number of operands"};
  std::array<DType, max_arity> types{};
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] >= nodes_.size())
      return {.code = ErrorCode::invalid_graph, .problem = "an operand that does not exist"};
    types[i] = nodes_[args[i]].dtype;
  }
  if (op == Op::lookup) {
    if (attribute[0] >= tables_.size())
      return {.code = ErrorCode::invalid_graph, .problem = "a table that does not exist"};
    cast_to = tables_[attribute[0]].dtype;
  }
  Inferred out = infer_dtype(op, std::span(types).first(args.size()), cast_to);
  if (out.problem) return out;
  if (has_axes(op)) {
    AxisShape of = axis_shape(op, shape(args[0]), shape(args.back()), attribute);
    if (of.problem) return {.code = ErrorCode::shape_mismatch, .problem = of.problem};
    out.shape = std::move(of.shape);
    return out;
  }
  for (NodeId arg : args) {
    std::optional<Shape> shape = broadcast(out.shape, shapes_[nodes_[arg].shape]);
    if (!shape)
      return {.code = ErrorCode::shape_mismatch, .problem = "the shapes do not broadcast"};
    out.shape = std::move(*shape);
  }
  if (op == Op::surrogate && out.shape != shape(args[0]))
    return {.code = ErrorCode::shape_mismatch,
            .problem = "a surrogate has the shape of what it stands for, or broadcasts to it"};
  if (op == Op::compensated && shape(args[0]) != shape(args[1]))
    return {.code = ErrorCode::shape_mismatch,
            .problem = "what is compensated has the shape it has without"};
  return out;
}

// Whether some node reduces or views.
constexpr bool has_axes(const Graph& g) {
  for (NodeId id = 0; id < g.size(); ++id)
    if (has_axes(g[id].op)) return true;
  return false;
}

}  // namespace actjit
