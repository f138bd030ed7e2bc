// Axes: which dimensions an op reduces, inserts, drops, cuts or joins, kept in the attribute words
// of its node.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "ir/op.h"
#include "ir/shape.h"

namespace actjit {

// What a node carries beside its operands, two words whose meaning depends on the op (ir/graph.h).
using Attribute = std::array<std::uint64_t, 2>;

// Sums, maxima and minima have this many partial results: element i along the last reduced axis
// goes to the one of index i modulo this, in order of i and, before it, of the outer reduced axes.
// They are combined in halves: p[i] with p[i + 16], then with p[i + 8], and so on. No
// vector is wider, so that every vector width, split and layout gives the same bits.
inline constexpr std::int64_t reduction_partials = 32;

// A set of dimensions, one bit each, 0 the outermost.
struct Axes {
  std::uint64_t mask = 0;

  constexpr bool has(std::size_t axis) const { return (mask >> axis & 1) != 0; }
  constexpr std::size_t count() const { return static_cast<std::size_t>(std::popcount(mask)); }
  constexpr void add(std::size_t axis) { mask |= std::uint64_t{1} << axis; }
  constexpr std::size_t last() const {
    return static_cast<std::size_t>(63 - std::countl_zero(mask));
  }
  friend constexpr bool operator==(const Axes&, const Axes&) = default;
};
constexpr Attribute attribute_of(Axes axes) { return {axes.mask, 0}; }
constexpr Axes axes_of(const Attribute& a) { return {a[0]}; }

// `count` elements along an axis: start, start + step, start + 2 * step ...
struct Slice {
  std::uint32_t axis = 0;
  std::uint32_t start = 0;
  std::uint32_t count = 0;
  std::uint32_t step = 1;
  friend constexpr bool operator==(const Slice&, const Slice&) = default;
};
constexpr Attribute attribute_of(const Slice& s) {
  return {std::uint64_t{s.step} << 32 | s.axis, std::uint64_t{s.count} << 32 | s.start};
}
constexpr Slice slice_of(const Attribute& a) {
  return {static_cast<std::uint32_t>(a[0]), static_cast<std::uint32_t>(a[1]),
          static_cast<std::uint32_t>(a[1] >> 32), static_cast<std::uint32_t>(a[0] >> 32)};
}

// Two tensors become one along an axis: one behind the other, or element by element in turn.
struct Join {
  std::uint32_t axis = 0;
  bool interleaved = false;
  friend constexpr bool operator==(const Join&, const Join&) = default;
};
constexpr Attribute attribute_of(const Join& j) { return {j.axis, j.interleaved ? 1u : 0u}; }
constexpr Join join_of(const Attribute& a) { return {static_cast<std::uint32_t>(a[0]), a[1] != 0}; }
// Where the operands of a join lie in its result.
constexpr std::array<Slice, 2> parts_of(const Join& j, std::int64_t first, std::int64_t second) {
  const auto a = static_cast<std::uint32_t>(first);
  const auto b = static_cast<std::uint32_t>(second);
  if (j.interleaved) return {Slice{j.axis, 0, a, 2}, Slice{j.axis, 1, b, 2}};
  return {Slice{j.axis, 0, a, 1}, Slice{j.axis, a, b, 1}};
}

inline constexpr std::int64_t max_cut_extent = std::int64_t{1} << 31;

// The shape an op of kind reduction or view gives, or why it does not fit.
struct AxisShape {
  Shape shape = {};
  const char* problem = nullptr;
};

namespace detail {

constexpr AxisShape expanded_shape(const Shape& x, Axes at) {
  const std::size_t rank = x.size() + at.count();
  if (rank > max_rank) return {.problem = "the result has too many dimensions"};
  if (at.mask >> rank != 0) return {.problem = "a new axis lies outside of the result"};
  AxisShape out;
  std::size_t next = 0;
  for (std::size_t d = 0; d < rank; ++d) out.shape.push_back(at.has(d) ? Dim(1) : x[next++]);
  return out;
}

constexpr AxisShape squeezed_shape(const Shape& x, Axes at) {
  AxisShape out;
  for (std::size_t d = 0; d < x.size(); ++d) {
    if (!at.has(d))
      out.shape.push_back(x[d]);
    else if (!x[d].is_one())
      return {.problem = "only an axis of one element can be dropped"};
  }
  return out;
}

constexpr AxisShape reduced_shape(const Shape& x, Axes axes) {
  AxisShape out{.shape = x};
  for (std::size_t d = 0; d < x.size(); ++d)
    if (axes.has(d)) out.shape[d] = Dim(1);
  return out;
}

constexpr AxisShape sliced_shape(const Shape& x, const Slice& s) {
  if (s.axis >= x.size()) return {.problem = "an axis outside of the operand"};
  const Dim& dim = x[s.axis];
  if (dim.is_symbolic()) return {.problem = "only an axis of known extent can be cut"};
  if (s.step == 0) return {.problem = "a slice needs a step"};
  const std::int64_t reach =
      s.count == 0 ? s.start : s.start + std::int64_t{s.step} * (s.count - 1) + 1;
  if (dim.extent > max_cut_extent || reach > dim.extent)
    return {.problem = "a slice reaches past the end of its axis"};
  AxisShape out{.shape = x};
  out.shape[s.axis] = Dim(std::int64_t{s.count});
  return out;
}

constexpr AxisShape joined_shape(const Shape& a, const Shape& b, const Join& j) {
  if (a.size() != b.size()) return {.problem = "the operands of a join have different ranks"};
  if (j.axis >= a.size()) return {.problem = "an axis outside of the operands"};
  AxisShape out{.shape = a};
  for (std::size_t d = 0; d < a.size(); ++d) {
    if (d != j.axis && !(a[d] == b[d])) return {.problem = "the shapes do not join"};
    if (d != j.axis) continue;
    if (a[d].is_symbolic() || b[d].is_symbolic())
      return {.problem = "only axes of known extent can be joined"};
    if (j.interleaved && a[d].extent != b[d].extent)
      return {.problem = "only equal extents can be interleaved"};
    if (a[d].extent > max_cut_extent || b[d].extent > max_cut_extent)
      return {.problem = "an axis is too long"};
    out.shape[d] = Dim(a[d].extent + b[d].extent);
  }
  return out;
}

// The positions along one axis: as long as it there, 1 elsewhere.
constexpr AxisShape index_shape(const Shape& x, Axes axes) {
  if (axes.count() != 1) return {.problem = "positions are counted along one axis"};
  AxisShape out{.shape = x};
  for (std::size_t d = 0; d < x.size(); ++d)
    if (!axes.has(d)) out.shape[d] = Dim(1);
  return out;
}

}  // namespace detail

// `second` is the shape of a join's other operand.
constexpr AxisShape axis_shape(Op op, const Shape& x, const Shape& second, const Attribute& a) {
  if (op == Op::slice) return detail::sliced_shape(x, slice_of(a));
  if (op == Op::join) return detail::joined_shape(x, second, join_of(a));
  if (op == Op::expand_dims) return detail::expanded_shape(x, axes_of(a));
  const Axes axes = axes_of(a);
  if (x.size() < 64 && axes.mask >> x.size() != 0)
    return {.problem = "an axis outside of the operand"};
  if (op == Op::squeeze) return detail::squeezed_shape(x, axes);
  if (axes.mask == 0) return {.problem = "no axis is named"};
  if (op == Op::index) return detail::index_shape(x, axes);
  return detail::reduced_shape(x, axes);
}

// The elements of the dimensions in `axes`, where all of them are known.
constexpr std::optional<std::int64_t> known_count(const Shape& shape, Axes axes) {
  std::int64_t n = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (!axes.has(d)) continue;
    if (shape[d].is_symbolic() || __builtin_mul_overflow(n, shape[d].extent, &n))
      return std::nullopt;
  }
  return n;
}

}  // namespace actjit
