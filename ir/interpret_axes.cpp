#include "ir/interpret_axes.h"

#include <limits>

#include "ir/extents.h"
#include "ir/walk.h"

namespace actjit {

namespace {

// The dims along some axes, and the strides there.
struct Nest {
  std::vector<std::int64_t> dims, strides;
};
Nest nest_of(const Tensor& a, Axes axes, bool inside) {
  const std::vector<std::int64_t> strides = dense_strides(a.dims);
  Nest out;
  for (std::size_t d = 0; d < a.dims.size(); ++d) {
    if (axes.has(d) != inside) continue;
    out.dims.push_back(a.dims[d]);
    out.strides.push_back(strides[d]);
  }
  return out;
}

// One row: the elements that become one, in C order, `length` of them along the last axis.
struct Row {
  DType dtype;
  std::span<const Bits> elements;
  std::int64_t length;

  Bits constant(double x) const {
    return is_float(dtype) ? eval::real(dtype, x) : static_cast<Bits>(static_cast<std::int64_t>(x));
  }
  Bits apply(Op op, Bits a, Bits b) const {
    const bool compares = info(op).rule == TypeRule::compare;
    return eval::apply(op, dtype, compares ? DType::boolean : dtype, a, b, 0);
  }

  // In the order ir/axes.h gives, of the elements `value` makes of them.
  template <class Value>
  Bits reduce(Op combine, Bits identity, Value value) const {
    std::array<Bits, reduction_partials> partial;
    partial.fill(identity);
    std::int64_t at = 0;
    for (Bits element : elements) {
      Bits& p = partial[static_cast<std::size_t>(at % reduction_partials)];
      p = apply(combine, p, value(element));
      if (++at == length) at = 0;
    }
    for (std::size_t half = reduction_partials / 2; half > 0; half /= 2)
      for (std::size_t i = 0; i < half; ++i)
        partial[i] = apply(combine, partial[i], partial[i + half]);
    return partial[0];
  }

  Bits threshold() const {
    const Bits zero = constant(0);
    const Bits one = constant(1);
    Bits t = constant(-1);
    while (true) {
      const auto above = [&](Bits a) { return apply(Op::gt, a, t) != 0; };
      const Bits sum = reduce(Op::add, zero, [&](Bits a) { return above(a) ? a : zero; });
      const Bits many = reduce(Op::add, zero, [&](Bits a) { return above(a) ? one : zero; });
      const Bits next = apply(Op::div, apply(Op::sub, sum, one), many);
      if (apply(Op::gt, next, t) == 0) return t;
      t = next;
    }
  }

  Bits run(Op op) const {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const auto itself = [](Bits a) { return a; };
    const auto number = [&](Bits a) { return apply(Op::eq, a, a) != 0 ? a : constant(-inf); };
    switch (op) {
      case Op::reduce_sum: return reduce(Op::add, constant(0), itself);
      case Op::reduce_max: return reduce(Op::max, constant(-inf), itself);
      case Op::reduce_max_number: return reduce(Op::max, constant(-inf), number);
      case Op::reduce_min: return reduce(Op::min, constant(inf), itself);
      case Op::sparse_threshold: return threshold();
      case Op::count: return constant(static_cast<double>(elements.size()));
      default: throw InternalError("not a reduction");
    }
  }
};

std::vector<Bits> reduction(const Node& n, const Tensor& a) {
  const Axes axes = axes_of(n.attribute);
  const Nest kept = nest_of(a, axes, false);
  const Nest reduced = nest_of(a, axes, true);
  std::vector<Bits> out;
  std::vector<Bits> row(static_cast<std::size_t>(count_of(reduced.dims)));
  walk(kept.dims, kept.strides, [&](std::int64_t base) {
    std::size_t next = 0;
    walk(reduced.dims, reduced.strides,
         [&](std::int64_t at) { row[next++] = a.elements[static_cast<std::size_t>(base + at)]; });
    out.push_back(Row{n.dtype, row, reduced.dims.back()}.run(n.op));
  });
  return out;
}

// The strides and the offset of a part of a dense tensor.
std::vector<std::int64_t> sliced(std::vector<std::int64_t> strides, const Slice& s,
                                 std::int64_t& offset) {
  offset = strides[s.axis] * s.start;
  strides[s.axis] *= s.step;
  return strides;
}

std::vector<Bits> slice(const Slice& s, const Tensor& a, std::span<const std::int64_t> dims) {
  std::int64_t offset = 0;
  const std::vector<std::int64_t> strides = sliced(dense_strides(a.dims), s, offset);
  std::vector<Bits> out;
  walk(dims, strides,
       [&](std::int64_t at) { out.push_back(a.elements[static_cast<std::size_t>(offset + at)]); });
  return out;
}

std::vector<Bits> join(const Join& j, const Tensor& a, const Tensor& b,
                       std::span<const std::int64_t> dims) {
  std::vector<Bits> out(static_cast<std::size_t>(count_of(dims)));
  const std::array<Slice, 2> parts = parts_of(j, a.dims[j.axis], b.dims[j.axis]);
  for (std::size_t p = 0; p < 2; ++p) {
    const Tensor& from = p == 0 ? a : b;
    std::int64_t offset = 0;
    const std::vector<std::int64_t> strides = sliced(dense_strides(dims), parts[p], offset);
    std::size_t next = 0;
    walk(from.dims, strides, [&](std::int64_t at) {
      out[static_cast<std::size_t>(offset + at)] = from.elements[next++];
    });
  }
  return out;
}

std::vector<Bits> positions(DType dtype, std::span<const std::int64_t> dims) {
  std::vector<Bits> out;
  for (std::int64_t i = 0; i < count_of(dims); ++i)
    out.push_back(eval::real(dtype, static_cast<double>(i)));
  return out;
}

}  // namespace

std::vector<Bits> along_axes(const Node& n, const Tensor& a, const Tensor& b,
                             const std::vector<std::int64_t>& dims) {
  switch (n.op) {
    case Op::slice: return slice(slice_of(n.attribute), a, dims);
    case Op::join: return join(join_of(n.attribute), a, b, dims);
    case Op::index: return positions(n.dtype, dims);
    case Op::expand_dims:
    case Op::squeeze: return a.elements;
    default: return reduction(n, a);
  }
}

}  // namespace actjit
