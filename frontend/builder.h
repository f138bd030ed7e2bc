// Builder: values of the text language and the graph nodes they become.
//
// Numbers, run-time scalars and what is computed from them alone have no dtype of their own: they
// take the one of the tensor they meet. Arithmetic on numbers is done here, on real numbers.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "frontend/axis_list.h"
#include "frontend/diagnostic.h"
#include "frontend/real.h"
#include "frontend/syntax.h"
#include "ir/derivative.h"
#include "ir/eval.h"
#include "ir/graph.h"

namespace actjit {

enum class ItemKind : std::uint8_t {
  unbound,
  number,
  truth,
  none,
  text,
  dtype,
  axes,
  scalar,
  node
};

// What an expression of the text language evaluates to.
struct Item {
  ItemKind kind = ItemKind::unbound;
  bool weak = false;  // a node of numbers and scalars only, which yields its dtype
  bool truth = false;
  DType dtype = DType::f64;
  NodeId node = no_node;
  std::uint32_t scalar = 0;
  Real number = {};
  std::string_view text = {};
  AxisList axes = {};

  constexpr bool is_number() const { return kind == ItemKind::number; }
  constexpr bool is_truth() const { return kind == ItemKind::truth; }
  constexpr bool is_value() const {
    return is_number() || is_truth() || kind == ItemKind::scalar || kind == ItemKind::node;
  }

  static constexpr Item of(Real r) { return {.kind = ItemKind::number, .number = r}; }
  static constexpr Item of(bool b) { return {.kind = ItemKind::truth, .truth = b}; }
  static constexpr Item of(const AxisList& a) { return {.kind = ItemKind::axes, .axes = a}; }
};

// How messages call an op: "+" for add.
constexpr std::string_view spelling(Op op) {
  switch (op) {
    case Op::add: return "+";
    case Op::sub:
    case Op::neg: return "-";
    case Op::mul: return "*";
    case Op::div: return "/";
    case Op::lt: return "<";
    case Op::le: return "<=";
    case Op::gt: return ">";
    case Op::ge: return ">=";
    case Op::eq: return "==";
    case Op::ne: return "!=";
    case Op::select: return "where";
    default: return text(op);
  }
}

class Builder {
 public:
  // Numbers that meet no tensor become constants of `working`.
  constexpr explicit Builder(DType working) : working_(working) {}

  // Where errors point from now on, and the function whose formula is being built.
  std::uint32_t position = no_position;
  std::string_view inside;

  constexpr bool failed() const { return problem_.has_value(); }
  constexpr const std::optional<Diagnostic>& problem() const { return problem_; }
  constexpr Item fail(ErrorCode code, const Message& message) {
    if (!failed())
      problem_ = Diagnostic{
          code, position,
          inside.empty() ? message.view() : Message("in ", inside, ": ", message).view()};
    return {};
  }

  constexpr Graph& graph() { return graph_; }

  constexpr Item input(Name name, DType dtype, const Shape& shape) {
    return strong(graph_.input(std::move(name), dtype, shape));
  }
  constexpr Item scalar(Name name, double initial) {
    graph_.scalar(std::move(name), working_, initial);
    return {.kind = ItemKind::scalar,
            .scalar = static_cast<std::uint32_t>(graph_.scalars().size() - 1)};
  }
  // The node of an item that meets nothing else; no_node after a failure.
  constexpr NodeId node(const Item& item) {
    const std::optional<DType> dtype = dtype_of(item);
    return materialise(item, dtype ? *dtype : item.is_truth() ? DType::boolean : working_);
  }
  constexpr void output(Name name, const Item& item) {
    if (const NodeId id = node(item); !failed()) graph_.output(std::move(name), id);
  }

  // op(items). `sources` are the items' texts, for messages; it may be empty.
  constexpr Item apply(Op op, std::span<const Item> items,
                       std::span<const std::string_view> sources = {});
  constexpr Item apply(Op op, std::initializer_list<Item> items) {
    return apply(op, std::span(items.begin(), items.size()));
  }
  // op(items) of a kind that has axes (ir/axes.h).
  constexpr Item along(Op op, std::span<const Item> items, const Attribute& attribute);
  constexpr Item power(const Item& base, const Item& exponent);
  constexpr Item cast(const Item& item, DType to);
  // The gradient of sum(y * dy) with respect to x; an unbound dy is 1 everywhere.
  constexpr Item gradient(const Item& y, const Item& x, const Item& dy = {});
  // `and`, `or` of two bools; `not` of one.
  constexpr Item logical(Op op, const Item& a, const Item& b);
  constexpr Item negated(const Item& a);
  // Whether the item can stand where a bool is wanted; fails otherwise.
  constexpr bool expect_bool(const Item& item, const char* what);

 private:
  constexpr Item strong(NodeId id) const {
    return {.kind = ItemKind::node, .dtype = graph_[id].dtype, .node = id};
  }
  // The dtype an item insists on.
  constexpr std::optional<DType> dtype_of(const Item& item) const {
    if (item.kind == ItemKind::node && !item.weak) return item.dtype;
    return std::nullopt;
  }
  constexpr NodeId materialise(const Item& item, DType dtype);
  constexpr bool expect_differentiable(const Item& item, const char* what);
  constexpr NodeId cotangent(const Item& dy, NodeId y);
  constexpr std::optional<DType> common_dtype(Op op, std::span<const Item> items,
                                              std::span<const std::string_view> sources);
  constexpr std::optional<Item> fold(Op op, std::span<const Item> items) const;
  constexpr Message dtypes_differ(Op op, const Item& a, const Item& b, std::string_view a_text,
                                  std::string_view b_text) const;
  constexpr Message does_not_fit(Op op, const Inferred& type, std::span<const NodeId> args) const;

  DType working_;
  Graph graph_;
  std::optional<Diagnostic> problem_;
};

// Numbers and bools only: computed at once. Comparisons see the nearest doubles, so that a
// parameter given as 0.2 equals the 0.2 of a formula.
constexpr std::optional<Item> Builder::fold(Op op, std::span<const Item> items) const {
  for (const Item& item : items)
    if (!item.is_number()) return std::nullopt;
  const Real a = items[0].number;
  const Real b = items.size() > 1 ? items[1].number : Real();
  switch (op) {
    case Op::add: return Item::of(real::add(a, b));
    case Op::sub: return Item::of(real::sub(a, b));
    case Op::mul: return Item::of(real::mul(a, b));
    case Op::div: return Item::of(real::div(a, b));
    case Op::neg: return Item::of(real::neg(a));
    case Op::abs: return Item::of((to_bits(a.hi) >> 63) != 0 ? real::neg(a) : a);
    case Op::sqrt: return Item::of(real::sqrt(a));
    case Op::min: return Item::of(b.hi < a.hi || b.hi != b.hi ? b : a);
    case Op::surrogate: return items[0];
    case Op::compensated: return items[1];
    case Op::max: return Item::of(b.hi > a.hi || b.hi != b.hi ? b : a);
    case Op::lt: return Item::of(a.hi < b.hi);
    case Op::le: return Item::of(a.hi <= b.hi);
    case Op::gt: return Item::of(a.hi > b.hi);
    case Op::ge: return Item::of(a.hi >= b.hi);
    case Op::eq: return Item::of(a.hi == b.hi);
    case Op::ne: return Item::of(a.hi != b.hi);
    default: return std::nullopt;
  }
}

constexpr NodeId Builder::materialise(const Item& item, DType dtype) {
  switch (item.kind) {
    case ItemKind::node:
      if (item.dtype == dtype) return item.node;
      if (!is_float(dtype)) {
        fail(ErrorCode::type_mismatch, Message("a number stands beside ", text(dtype),
                                               "; write cast(..., ", text(dtype), ")"));
        return no_node;
      }
      return graph_.apply(Op::cast, std::span(&item.node, 1), {0, 0}, dtype);
    case ItemKind::truth:
      if (is_bool(dtype)) return graph_.integer(dtype, item.truth ? 1 : 0);
      fail(ErrorCode::type_mismatch,
           Message("a bool stands beside ", text(dtype), "; write where(condition, 1, 0)"));
      return no_node;
    case ItemKind::number:
      if (is_float(dtype)) return graph_.constant(dtype, item.number);
      if (is_bool(dtype)) {
        fail(ErrorCode::type_mismatch,
             Message("a number stands beside a bool; write where(condition, 1, 0)"));
        return no_node;
      }
      if (const double x = item.number.hi; item.number.lo != 0 || !(x >= -0x1p53 && x <= 0x1p53) ||
                                           x != static_cast<double>(static_cast<std::int64_t>(x))) {
        fail(ErrorCode::type_mismatch, Message("a number that is no integer stands beside ",
                                               text(dtype), "; write cast(..., f64)"));
        return no_node;
      }
      return graph_.integer(dtype, static_cast<std::int64_t>(item.number.hi));
    case ItemKind::scalar:
      if (is_float(dtype)) return graph_.scalar_as(item.scalar, dtype);
      fail(ErrorCode::type_mismatch,
           Message("a run-time scalar stands beside ", text(dtype), "; write cast(..., f64)"));
      return no_node;
    case ItemKind::none:
      fail(ErrorCode::type_mismatch, Message("'none' is a value for parameters only"));
      return no_node;
    case ItemKind::text:
      fail(ErrorCode::type_mismatch, Message("a string is a value for parameters only"));
      return no_node;
    case ItemKind::dtype:
      fail(ErrorCode::type_mismatch,
           Message("'", text(item.dtype), "' is a dtype; it stands in cast(x, ", text(item.dtype),
                   ") only"));
      return no_node;
    case ItemKind::axes:
      fail(ErrorCode::type_mismatch, Message("a list is a value for parameters only"));
      return no_node;
    case ItemKind::unbound: break;
  }
  fail(ErrorCode::internal, Message("a value that does not exist"));
  return no_node;
}

constexpr Message Builder::dtypes_differ(Op op, const Item& a, const Item& b,
                                         std::string_view a_text, std::string_view b_text) const {
  const auto rank = [](DType t) { return (is_float(t) ? 100 : is_integer(t) ? 50 : 0) + bytes(t); };
  const bool cast_a = rank(a.dtype) < rank(b.dtype);
  const auto shown = [](std::string_view source) {
    return !source.empty() && source.size() <= 40 ? source : std::string_view("...");
  };
  Message message("'", spelling(op), "' has operands of ", text(a.dtype), " and ", text(b.dtype),
                  "; write ");
  // Neither 16-bit float has the values of the other.
  if (is_storage_only(a.dtype) && is_storage_only(b.dtype))
    return message.add("cast(")
        .add(shown(a_text))
        .add(", f32) and cast(")
        .add(shown(b_text))
        .add(", f32)");
  return message.add("cast(")
      .add(shown(cast_a ? a_text : b_text))
      .add(", ")
      .add(text(cast_a ? b.dtype : a.dtype))
      .add(")");
}

// The dtype the values agree on; a condition of select does not count.
constexpr std::optional<DType> Builder::common_dtype(Op op, std::span<const Item> items,
                                                     std::span<const std::string_view> sources) {
  std::optional<std::size_t> first;
  bool truths = false;
  for (std::size_t i = op == Op::select ? 1 : 0; i < items.size(); ++i) {
    truths = truths || items[i].is_truth();
    if (!dtype_of(items[i])) continue;
    if (!first) first = i;
    if (items[*first].dtype == items[i].dtype) continue;
    const bool known = sources.size() == items.size();
    fail(ErrorCode::type_mismatch,
         dtypes_differ(op, items[*first], items[i], known ? sources[*first] : std::string_view(),
                       known ? sources[i] : std::string_view()));
    return std::nullopt;
  }
  if (first) return items[*first].dtype;
  return truths ? DType::boolean : working_;
}

constexpr Message Builder::does_not_fit(Op op, const Inferred& type,
                                        std::span<const NodeId> args) const {
  Message message("'", spelling(op), "': ", std::string_view(type.problem));
  if (type.code == ErrorCode::shape_mismatch) {
    message = Message("'", spelling(op), "' cannot broadcast shapes ");
    for (std::size_t i = 0; i < args.size(); ++i)
      message.add(i == 0 ? "" : i + 1 < args.size() ? ", " : " and ").add(graph_.shape(args[i]));
  } else if (info(op).rule == TypeRule::same_float) {
    message.add(", but ").add(text(graph_[args[0]].dtype)).add("; write cast(..., f64)");
  }
  return message;
}

constexpr Item Builder::apply(Op op, std::span<const Item> items,
                              std::span<const std::string_view> sources) {
  if (failed()) return {};
  if (const std::optional<Item> folded = fold(op, items)) return *folded;
  const std::optional<DType> dtype = common_dtype(op, items, sources);
  if (!dtype) return {};
  std::array<NodeId, max_arity> ids{};
  bool weak = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool condition = op == Op::select && i == 0;
    ids[i] = materialise(items[i], condition ? DType::boolean : *dtype);
    if (failed()) return {};
    if (!condition) weak = weak && !dtype_of(items[i]) && !items[i].is_truth();
  }
  const std::span<const NodeId> args = std::span(ids).first(items.size());
  const Inferred type = graph_.infer(op, args, {0, 0}, DType::f32);
  if (type.problem) return fail(type.code, does_not_fit(op, type, args));
  Item out = strong(graph_.apply(op, args));
  out.weak = weak && !is_bool(out.dtype);
  if (graph_.size() > max_graph_nodes)
    return fail(ErrorCode::limit,
                Message("the expression has more than ", max_graph_nodes, " operations"));
  return out;
}

constexpr Item Builder::along(Op op, std::span<const Item> items, const Attribute& attribute) {
  if (failed()) return {};
  const std::optional<DType> dtype = common_dtype(op, items, {});
  if (!dtype) return {};
  std::array<NodeId, max_arity> ids{};
  bool weak = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    ids[i] = materialise(items[i], *dtype);
    if (failed()) return {};
    weak = weak && !dtype_of(items[i]) && !items[i].is_truth();
  }
  const std::span<const NodeId> args = std::span(ids).first(items.size());
  const Inferred type = graph_.infer(op, args, attribute, DType::f32);
  if (type.problem)
    return fail(type.code,
                Message(std::string_view(type.problem), "; the shape is ", graph_.shape(args[0]),
                        ", the dtype ", text(graph_[args[0]].dtype)));
  Item out = strong(graph_.apply(op, args, attribute));
  out.weak = weak;
  return out;
}

// Small integer exponents multiply: up to 8, the error of which stays below 4 units in the last
// place. x ** 0.5 is no square root, which differs at -0 and -inf.
constexpr Item Builder::power(const Item& base, const Item& exponent) {
  if (failed() || !exponent.is_number()) return apply(Op::pow, {base, exponent});
  const double e = exponent.number.hi;
  const bool small = exponent.number.lo == 0 && e >= -64 && e <= 64 &&
                     e == static_cast<double>(static_cast<int>(e));
  const int n = small ? static_cast<int>(e) : 0;
  if (base.is_number() && small) return Item::of(real::power(base.number, n));
  if (base.is_number() && exponent.number == Real(0.5) && base.number.hi > 0)
    return Item::of(real::sqrt(base.number));
  if (n == -1) return apply(Op::div, {Item::of(Real(1)), base});
  if (n < 1 || n > 8) return apply(Op::pow, {base, exponent});
  Item result = base, square = base;
  bool started = false;
  for (int bits = n; bits != 0; bits >>= 1) {
    if (bits & 1) result = started ? apply(Op::mul, {result, square}) : square, started = true;
    if (bits > 1) square = apply(Op::mul, {square, square});
  }
  return result;
}

constexpr Item Builder::cast(const Item& item, DType to) {
  if (failed()) return {};
  if (item.is_number() && is_float(to))
    return Item::of(Real(eval::to_double(to, eval::real(to, item.number))));
  if (item.kind == ItemKind::scalar && is_float(to))
    return strong(graph_.scalar_as(item.scalar, to));
  const NodeId id = node(item);
  if (failed()) return {};
  if (graph_[id].dtype == to) return strong(id);
  return strong(graph_.apply(Op::cast, std::span(&id, 1), {0, 0}, to));
}

// What stands for y or x of a gradient: a float.
constexpr bool Builder::expect_differentiable(const Item& item, const char* what) {
  if (failed()) return false;
  if (item.kind == ItemKind::scalar) return true;
  const bool is_tensor = item.kind == ItemKind::node;
  if (is_tensor && is_float(item.dtype)) return true;
  if (is_tensor)
    fail(ErrorCode::type_mismatch,
         Message(what, " is ", text(item.dtype), "; only floats have derivatives"));
  else
    fail(ErrorCode::type_mismatch,
         Message(what, " is known now; a gradient goes from a tensor or run-time scalar to one"));
  return false;
}

// dy as a node that broadcasts to y.
constexpr NodeId Builder::cotangent(const Item& dy, NodeId y) {
  const DType dtype = graph_[y].dtype;
  if (dy.kind == ItemKind::unbound) return graph_.constant(dtype, Real(1));
  const std::optional<DType> has = dtype_of(dy);
  if (has && *has != dtype) {
    fail(ErrorCode::type_mismatch, Message("'dy' is ", text(*has), " and 'y' is ", text(dtype),
                                           "; write cast(dy, ", text(dtype), ")"));
    return no_node;
  }
  const NodeId id = materialise(dy, dtype);
  if (failed()) return no_node;
  const std::optional<Shape> both = broadcast(graph_.shape(id), graph_.shape(y));
  if (!both || *both != graph_.shape(y))
    fail(ErrorCode::shape_mismatch, Message("'dy' of shape ", graph_.shape(id),
                                            " does not broadcast to 'y' of ", graph_.shape(y)));
  return id;
}

constexpr Item Builder::gradient(const Item& y, const Item& x, const Item& dy) {
  if (!expect_differentiable(y, "'y'") || !expect_differentiable(x, "'x'")) return {};
  const NodeId of = node(y);
  // A run-time scalar has no dtype of its own.
  const DType dtype = x.kind == ItemKind::scalar ? graph_[of].dtype : x.dtype;
  const NodeId wrt = materialise(x, dtype);
  const Seed seed{of, cotangent(dy, of)};
  if (failed()) return {};
  const Gradients found = differentiate(graph_, std::span(&seed, 1), std::span(&wrt, 1));
  if (found.problem)
    return fail(ErrorCode::unsupported,
                Message("'y' depends on 'x' by '", spelling(graph_[found.at].op),
                        "': ", std::string_view(found.problem)));
  if (graph_.size() > max_graph_nodes)
    return fail(ErrorCode::limit,
                Message("the gradient has more than ", max_graph_nodes, " operations"));
  Item out = strong(found.nodes[0]);
  out.weak = y.kind != ItemKind::node || y.weak;
  return out;
}

constexpr bool Builder::expect_bool(const Item& item, const char* what) {
  if (failed()) return false;
  if (item.is_truth() || (item.kind == ItemKind::node && is_bool(item.dtype))) return true;
  if (item.is_value())
    fail(ErrorCode::type_mismatch,
         Message(what, " is ", item.kind == ItemKind::node ? text(item.dtype) : "a number",
                 ", not a bool; write x != 0"));
  else
    materialise(item, DType::boolean);  // says what is wrong
  return false;
}

constexpr Item Builder::logical(Op op, const Item& a, const Item& b) {
  const bool conjunction = op == Op::bit_and;
  const char* what = conjunction ? "an operand of 'and'" : "an operand of 'or'";
  if (!expect_bool(a, what) || !expect_bool(b, what)) return {};
  if (a.is_truth()) return a.truth == conjunction ? b : a;
  if (b.is_truth()) return b.truth == conjunction ? a : b;
  return apply(op, {a, b});
}

constexpr Item Builder::negated(const Item& a) {
  if (!expect_bool(a, "the operand of 'not'")) return {};
  if (a.is_truth()) return Item::of(!a.truth);
  return apply(Op::bit_not, {a});
}

}  // namespace actjit
