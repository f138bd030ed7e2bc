// How functions that look along axes become nodes: axes are resolved against the shape, and what
// does not fit is said in words of the call.
#pragma once

#include <optional>
#include <span>

#include "frontend/axis_function.h"
#include "frontend/builder.h"

namespace actjit {

// The integer an item is, bounded before it is converted; no shape has a thousand axes.
constexpr std::optional<std::int32_t> small_integer(const Item& item) {
  const double value = item.number.hi;
  if (!item.is_number() || item.number.lo != 0 || !(value >= -1000 && value <= 1000))
    return std::nullopt;
  const auto integer = static_cast<std::int32_t>(value);
  return value == static_cast<double>(integer) ? std::optional(integer) : std::nullopt;
}

// The integers an item gives for axes; none for `none`. `name` is the parameter's.
constexpr std::optional<AxisList> axis_list_of(Builder& builder, const Item& item,
                                               std::string_view name) {
  if (item.kind == ItemKind::axes) return item.axes;
  if (const std::optional<std::int32_t> axis = small_integer(item)) {
    AxisList one;
    one.push_back(*axis);
    return one;
  }
  if (item.kind != ItemKind::none)
    builder.fail(ErrorCode::invalid_argument,
                 Message("'", name, "' is an integer, a list of integers as in [0, 1], or none"));
  return std::nullopt;
}

// The value of a list in the text: its elements are integers that are known now.
constexpr Item list_item(Builder& builder, std::span<const Item> elements) {
  AxisList list;
  if (elements.size() > list.values.size())
    return builder.fail(ErrorCode::limit,
                        Message("a list of axes has at most ", list.values.size(), " elements"));
  for (const Item& element : elements) {
    const std::optional<std::int32_t> axis = small_integer(element);
    if (!axis)
      return builder.fail(ErrorCode::type_mismatch,
                          Message("a list holds axes: integers that are known now"));
    list.push_back(*axis);
  }
  if (list.count == 0)
    return builder.fail(ErrorCode::invalid_argument,
                        Message("the list names no axis; none stands for all axes"));
  return Item::of(list);
}

// Builds calls of the functions in axis_function_table.
class AxisLowering {
 public:
  constexpr AxisLowering(Builder& builder, AxisFunction f) : builder_(builder), f_(f) {}

  // An item for each slot of the function.
  constexpr Item call(std::span<const Item> items) {
    if (builder_.failed()) return {};
    switch (f_) {
      case AxisFunction::sum: return reduced(Op::reduce_sum, items);
      case AxisFunction::amax: return reduced(Op::reduce_max, items);
      case AxisFunction::amin: return reduced(Op::reduce_min, items);
      case AxisFunction::mean: return mean(items);
      case AxisFunction::count: return count(items);
      case AxisFunction::position: return position(items);
      case AxisFunction::half: return half(items);
      case AxisFunction::expand_dims: return expand_dims(items);
      case AxisFunction::squeeze: return squeeze(items);
      case AxisFunction::given: return Item::of(items[0].kind != ItemKind::none);
      case AxisFunction::rank: return rank(items[0]);
      case AxisFunction::refuse:
        return builder_.fail(ErrorCode::invalid_argument, Message(items[0].text));
      case AxisFunction::masked: return masked(items);
      case AxisFunction::axes_from: return axes_from(items);
      case AxisFunction::threshold_along: return threshold(items);
      case AxisFunction::channel_slope: return channel_slope(items);
      case AxisFunction::shared_slope: return shared_slope(items);
    }
    return {};
  }

 private:
  static constexpr Item number(std::int64_t n) { return Item::of(Real(static_cast<double>(n))); }

  // Inside a formula the name of the activation stands in front of the message.
  constexpr Item fail(ErrorCode code, const Message& message) {
    if (!builder_.inside.empty()) return builder_.fail(code, message);
    return builder_.fail(code, Message("'", info(f_).name, "': ", message));
  }
  constexpr Shape shape_of(const Item& x) {
    const NodeId id = builder_.node(x);
    return builder_.failed() ? Shape() : builder_.graph().shape(id);
  }
  constexpr bool expect_number(const Item& x, bool floats_only) {
    const NodeId id = builder_.node(x);
    if (builder_.failed()) return false;
    const DType dtype = builder_.graph()[id].dtype;
    if (is_float(dtype) || (is_integer(dtype) && !floats_only)) return true;
    if (is_bool(dtype))
      fail(ErrorCode::type_mismatch,
           Message("the operand is bool, not a number; write where(..., 1, 0)"));
    else
      fail(ErrorCode::type_mismatch,
           Message("the operand is ", text(dtype), ", not a float; write cast(..., f64)"));
    return false;
  }
  constexpr std::optional<bool> truth(const Item& item, std::string_view name) {
    if (item.is_truth()) return item.truth;
    fail(ErrorCode::invalid_argument, Message("'", name, "' is true or false"));
    return std::nullopt;
  }

  // The axes an item names in a shape of `rank` dimensions, of which `whose` is one; `none` names
  // all of them.
  constexpr std::optional<Axes> resolve(const Item& item, std::size_t rank, const Message& whose) {
    if (rank == 0) {
      fail(ErrorCode::shape_mismatch, Message(whose, " has no axes"));
      return std::nullopt;
    }
    if (item.kind == ItemKind::none) return Axes{(std::uint64_t{1} << rank) - 1};
    const std::optional<AxisList> list = axis_list_of(builder_, item, "axis");
    if (!list) return std::nullopt;
    Axes axes;
    for (std::int32_t axis : list->span()) {
      const auto n = static_cast<std::int32_t>(rank);
      if (axis < -n || axis >= n) {
        fail(ErrorCode::invalid_argument,
             Message("the axis ", axis, " is out of range: ", whose, " has ", rank,
                     rank == 1 ? " axis" : " axes", ", ", -n, " to ", n - 1));
        return std::nullopt;
      }
      const auto at = static_cast<std::size_t>(axis < 0 ? axis + n : axis);
      if (axes.has(at)) {
        fail(ErrorCode::invalid_argument,
             Message("the axis ", axis, " is named twice: ", whose, " has ", rank, " axes"));
        return std::nullopt;
      }
      axes.add(at);
    }
    return axes;
  }
  constexpr std::optional<Axes> resolve(const Item& axis, const Item& x) {
    const Shape shape = shape_of(x);
    if (builder_.failed()) return std::nullopt;
    return resolve(axis, shape.size(), Message("the operand of shape ", shape));
  }
  // The one axis an item names.
  constexpr std::optional<std::size_t> resolve_one(const Item& axis, const Item& x) {
    const std::optional<Axes> axes = resolve(axis, x);
    if (axes && axes->count() == 1) return axes->last();
    if (axes) fail(ErrorCode::invalid_argument, Message("'axis' names one axis here: an integer"));
    return std::nullopt;
  }

  constexpr Item along(Op op, const Item& x, const Attribute& attribute) {
    return builder_.along(op, std::span(&x, 1), attribute);
  }
  constexpr Item reduced(Op op, std::span<const Item> items) {
    if (!expect_number(items[0], info(op).rule == TypeRule::same_float)) return {};
    const std::optional<Axes> axes = resolve(items[1], items[0]);
    if (!axes) return {};
    const std::optional<bool> keep = truth(items[2], "keepdims");
    if (!keep) return {};
    const Item row = along(op, items[0], attribute_of(*axes));
    if (*keep) return row;
    return along(Op::squeeze, row, attribute_of(*axes));
  }
  constexpr Item mean(std::span<const Item> items) {
    if (!expect_number(items[0], true)) return {};
    const Item total = reduced(Op::reduce_sum, items);
    if (builder_.failed()) return {};
    const Item many = items[2].truth ? counted(items) : count(items);
    return builder_.apply(Op::div, {total, many});
  }
  // A number where the extents are known now, else a node of the axes with one element each.
  constexpr Item counted(std::span<const Item> items) {
    const std::optional<Axes> axes = resolve(items[1], items[0]);
    if (!axes) return {};
    if (const std::optional<std::int64_t> known = known_count(shape_of(items[0]), *axes))
      return number(*known);
    return along(Op::count, items[0], attribute_of(*axes));
  }
  constexpr Item count(std::span<const Item> items) {
    if (!expect_number(items[0], true)) return {};
    const Item many = counted(items);
    if (many.kind != ItemKind::node) return many;
    return along(Op::squeeze, many, attribute_of(*resolve(items[1], items[0])));
  }
  constexpr Item position(std::span<const Item> items) {
    if (!expect_number(items[0], true)) return {};
    const std::optional<Axes> axes = resolve(items[1], items[0]);
    if (!axes) return {};
    const std::size_t rank = shape_of(items[0]).size();
    Item out;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (!axes->has(axis)) continue;
      Axes one;
      one.add(axis);
      const Item here = along(Op::index, items[0], attribute_of(one));
      if (out.kind == ItemKind::unbound) {
        out = here;
        continue;
      }
      const std::array row{items[0], number(static_cast<std::int64_t>(axis))};
      const Item extent = counted(row);
      const Item before = builder_.apply(Op::mul, {out, extent});
      out = builder_.apply(Op::add, {before, here});
    }
    return out;
  }

  constexpr Item half(std::span<const Item> items) {
    const std::optional<std::size_t> axis = resolve_one(items[1], items[0]);
    if (!axis) return {};
    const std::optional<bool> second = truth(items[2], "second");
    if (!second) return {};
    const std::optional<bool> interleaved = truth(items[3], "interleaved");
    if (!interleaved) return {};
    const Shape shape = shape_of(items[0]);
    if (!expect_halves(shape, *axis)) return {};
    const auto many = static_cast<std::uint32_t>(shape[*axis].extent / 2);
    const std::uint32_t start = !*second ? 0 : *interleaved ? 1 : many;
    return along(Op::slice, items[0],
                 attribute_of(Slice{.axis = static_cast<std::uint32_t>(*axis),
                                    .start = many == 0 ? 0 : start,
                                    .count = many,
                                    .step = *interleaved ? 2u : 1u}));
  }
  constexpr bool expect_halves(const Shape& shape, std::size_t axis) {
    const Dim& dim = shape[axis];
    if (dim.is_symbolic())
      fail(ErrorCode::shape_mismatch,
           Message("the axis ", axis, " of shape ", shape, " is split in halves, but its extent '",
                   dim.symbol.view(),
                   "' is not known now; give it as a number, or two tensors instead of one"));
    else if (dim.extent % 2 != 0)
      fail(ErrorCode::shape_mismatch,
           Message("the axis ", axis, " of shape ", shape, " has ", dim.extent,
                   dim.extent == 1 ? " element" : " elements",
                   ", which make no halves; an even extent or two tensors would do"));
    return !builder_.failed();
  }

  constexpr Item expand_dims(std::span<const Item> items) {
    const std::size_t rank = shape_of(items[0]).size();
    if (builder_.failed()) return {};
    const std::optional<AxisList> list = axis_list_of(builder_, items[1], "axis");
    if (builder_.failed()) return {};
    if (!list) return fail(ErrorCode::invalid_argument, Message("'axis' cannot be none"));
    const std::size_t wanted = rank + list->count;
    if (wanted > max_rank)
      return fail(ErrorCode::limit, Message("the result has ", wanted, " axes; at most ", max_rank,
                                            " are supported"));
    const std::optional<Axes> axes = resolve(items[1], wanted, Message("the result"));
    return axes ? along(Op::expand_dims, items[0], attribute_of(*axes)) : Item();
  }
  constexpr Item squeeze(std::span<const Item> items) {
    const std::optional<Axes> axes = resolve(items[1], items[0]);
    if (!axes) return {};
    const Shape shape = shape_of(items[0]);
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (axes->has(d) && !shape[d].is_one())
        return fail(ErrorCode::shape_mismatch,
                    Message("the axis ", d, " of shape ", shape,
                            " has not one element, which alone can be dropped"));
    return along(Op::squeeze, items[0], attribute_of(*axes));
  }

  constexpr Item rank(const Item& x) {
    const auto n = static_cast<std::int64_t>(shape_of(x).size());
    return builder_.failed() ? Item() : number(n);
  }
  constexpr Item masked(std::span<const Item> items) {
    const Item& mask = items[1];
    if (mask.kind == ItemKind::none) return items[0];
    if (!builder_.expect_bool(mask, "the mask")) return {};
    const Shape x = shape_of(items[0]);
    const Shape m = shape_of(mask);
    if (builder_.failed()) return {};
    if (broadcast(x, m) != x)
      return fail(ErrorCode::shape_mismatch,
                  Message("a mask of shape ", m, " does not stretch to the shape ", x));
    return builder_.apply(Op::select, {mask, items[0], items[2]});
  }
  constexpr Item axes_from(std::span<const Item> items) {
    const std::optional<std::size_t> first = resolve_one(items[1], items[0]);
    if (!first) return {};
    AxisList out;
    for (std::size_t d = *first; d < shape_of(items[0]).size(); ++d)
      out.push_back(static_cast<std::int32_t>(d));
    return Item::of(out);
  }
  constexpr Item threshold(std::span<const Item> items) {
    if (!expect_number(items[0], true)) return {};
    const std::optional<Axes> axes = resolve(items[1], items[0]);
    return axes ? along(Op::sparse_threshold, items[0], attribute_of(*axes)) : Item();
  }

  // A torch weight: a vector becomes one value for each channel, which is axis 1.
  constexpr Item channel_slope(std::span<const Item> items) {
    const Shape x = shape_of(items[0]);
    const Shape alpha = shape_of(items[1]);
    if (builder_.failed()) return {};
    if (alpha.empty() || (alpha.size() == 1 && alpha[0].is_one() && !x.empty())) return items[1];
    if (alpha.size() != 1 || x.size() < 2 || !(alpha[0] == x[1]))
      return fail(
          ErrorCode::shape_mismatch,
          Message("alpha of shape ", alpha,
                  " is neither one value nor one for each channel, which is axis 1 of ", x));
    if (x.size() == 2) return items[1];
    Axes behind;
    for (std::size_t d = 1; d + 1 < x.size(); ++d) behind.add(d);
    return along(Op::expand_dims, items[1], attribute_of(behind));
  }
  // What Keras' layer makes: the shape of the input without the batch, 1 at the shared axes, which
  // are counted in the input.
  constexpr Item shared_slope(std::span<const Item> items) {
    if (items[2].kind == ItemKind::none) return items[1];
    const Shape x = shape_of(items[0]);
    const Shape alpha = shape_of(items[1]);
    const std::optional<Axes> axes = resolve(items[2], items[0]);
    if (!axes) return {};
    if (axes->has(0))
      return fail(ErrorCode::invalid_argument,
                  Message("'shared_axes' cannot name the axis 0, the batch, along which alpha is "
                          "shared anyhow"));
    Shape wanted(x.begin() + 1, x.end());
    for (std::size_t d = 1; d < x.size(); ++d)
      if (axes->has(d)) wanted[d - 1] = Dim(1);
    if (alpha == wanted) return items[1];
    return fail(ErrorCode::shape_mismatch,
                Message("alpha has the shape ", alpha, "; an input of shape ", x,
                        " and these shared axes want ", wanted));
  }

  Builder& builder_;
  AxisFunction f_;
};

}  // namespace actjit
