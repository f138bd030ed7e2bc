#include "tools/common/reference_tensor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "ir/axes.h"
#include "ir/extents.h"
#include "tools/common/reference_element.h"

namespace actjit::tools {

namespace {

using T = long double;
using Math = ElementMath<T>;
using Dims = std::vector<std::int64_t>;

struct Value {
  Dims dims;
  std::vector<Element<T>> elements;
};

std::int64_t count_of(const Dims& dims) { return element_count(dims).value(); }

Extents extents_of(const Graph& g, std::span<const TensorView> inputs) {
  Extents out;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check(out.bind(g.inputs()[i].name, g.shape(g.inputs()[i].node), inputs[i].dims).has_value(),
          "a tensor does not fit its input");
  return out;
}

// Calls each(offset) for all elements of a tensor of `dims`, in C order, where they lie with these
// strides.
template <class Each>
void walk(const Dims& dims, const Dims& strides, Each each) {
  Dims index(dims.size(), 0);
  std::int64_t at = 0;
  for (std::int64_t left = count_of(dims); left > 0; --left) {
    each(at);
    for (std::size_t d = dims.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < dims[d]) break;
      at -= strides[d] * dims[d];
      index[d] = 0;
    }
  }
}

class TensorEvaluator {
 public:
  TensorEvaluator(const Graph& g, NodeId root, std::span<const TensorView> inputs,
                  std::span<const double> scalars)
      : g_(g),
        root_(root),
        inputs_(inputs),
        scalars_(scalars),
        extents_(extents_of(g, inputs)),
        values_(g.size()),
        users_(g.size(), 0) {
    users_[root] = 1;
    for (NodeId id = root + 1; id-- > 0;)
      if (users_[id] > 0)
        for (NodeId arg : g[id].operands()) ++users_[arg];
  }

  Value run() {
    for (NodeId id = 0; id <= root_; ++id) {
      if (users_[id] == 0) continue;
      values_[id] = node(id);
      for (NodeId arg : g_[id].operands())
        if (--users_[arg] == 0) values_[arg] = {};
    }
    return std::move(values_[root_]);
  }

 private:
  Value node(NodeId id) const {
    const Node& n = g_[id];
    Value out{extents_.resolve(g_.shape(id)), {}};
    if (n.op == Op::input)
      read(inputs_[n.attribute[0]], out);
    else if (n.op == Op::scalar || n.op == Op::constant)
      out.elements = {Math::leaf(g_, id, scalars_)};
    else if (is_reduction(n.op))
      reduce(n, values_[n.args[0]], out);
    else if (has_axes(n.op))
      view(n, out);
    else
      elementwise(n, out);
    return out;
  }

  static void read(const TensorView& v, Value& out) {
    const auto width = static_cast<std::size_t>(bytes(v.dtype));
    walk(v.dims, v.strides, [&](std::int64_t at) {
      Bits bits = 0;
      std::memcpy(&bits, static_cast<const char*>(v.data) + at * bytes(v.dtype), width);
      out.elements.push_back(Math::from_bits(v.dtype, bits));
    });
  }

  void elementwise(const Node& n, Value& out) const {
    out.elements.resize(static_cast<std::size_t>(count_of(out.dims)));
    std::array<std::vector<Element<T>>, max_arity> args;
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      const Value& from = values_[n.args[i]];
      args[i].reserve(out.elements.size());
      walk(
          out.dims, broadcast_strides(from.dims, dense_strides(from.dims), out.dims),
          [&](std::int64_t at) { args[i].push_back(from.elements[static_cast<std::size_t>(at)]); });
    }
    for (std::size_t k = 0; k < out.elements.size(); ++k) {
      std::array<Element<T>, max_arity> a{};
      for (std::size_t i = 0; i < n.operands().size(); ++i) a[i] = args[i][k];
      out.elements[k] = Math::apply(g_, n, a);
    }
  }

  // Row by row: the elements that differ along the reduced axes only.
  static void reduce(const Node& n, const Value& from, Value& out) {
    Dims dims, strides;
    const Dims all = dense_strides(from.dims);
    for (std::size_t d = 0; d < from.dims.size(); ++d) {
      if (!axes_of(n.attribute).has(d)) continue;
      dims.push_back(from.dims[d]);
      strides.push_back(all[d]);
    }
    std::vector<Element<T>> row;
    walk(out.dims, all, [&](std::int64_t base) {
      row.clear();
      walk(dims, strides, [&](std::int64_t at) {
        row.push_back(from.elements[static_cast<std::size_t>(base + at)]);
      });
      out.elements.push_back(reduced(n, row));
    });
  }

  static Element<T> reduced(const Node& n, std::span<const Element<T>> row) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    switch (n.op) {
      case Op::reduce_sum: return folded(Op::add, n.dtype, {}, row);
      case Op::reduce_max: return folded(Op::max, n.dtype, {.real = -infinity}, row);
      case Op::reduce_max_number: {
        std::vector<Element<T>> numbers(row.begin(), row.end());
        std::erase_if(numbers, [](const Element<T>& e) { return e.real != e.real; });
        return folded(Op::max, n.dtype, {.real = -infinity}, numbers);
      }
      case Op::reduce_min: return folded(Op::min, n.dtype, {.real = infinity}, row);
      case Op::count: return {.real = static_cast<T>(row.size())};
      case Op::sparse_threshold: return {.real = threshold(row)};
      default: throw InternalError("not a reduction");
    }
  }
  static Element<T> folded(Op op, DType dtype, Element<T> so_far, std::span<const Element<T>> row) {
    for (const Element<T>& e : row) {
      const std::array<Element<T>, max_arity> a{so_far, e};
      so_far = Math::apply(op, dtype, dtype, a);
    }
    return so_far;
  }
  // As ir/ops.def says.
  static T threshold(std::span<const Element<T>> row) {
    T t = -1;
    while (true) {
      T sum = 0, many = 0;
      for (const Element<T>& e : row)
        if (e.real > t) sum += e.real, many += 1;
      const T next = (sum - 1) / many;
      if (!(next > t)) return t;
      t = next;
    }
  }

  void view(const Node& n, Value& out) const {
    const Value& from = values_[n.args[0]];
    switch (n.op) {
      case Op::expand_dims:
      case Op::squeeze: out.elements = from.elements; return;
      case Op::index:
        for (std::int64_t i = 0; i < count_of(out.dims); ++i)
          out.elements.push_back({.real = static_cast<T>(i)});
        return;
      case Op::slice: {
        const Slice s = slice_of(n.attribute);
        const std::int64_t start = part_of(s, from.dims).first;
        walk(out.dims, part_of(s, from.dims).second, [&](std::int64_t at) {
          out.elements.push_back(from.elements[static_cast<std::size_t>(start + at)]);
        });
        return;
      }
      case Op::join: return join(n, out);
      default: throw InternalError("not a view");
    }
  }

  // Where a slice of a dense tensor begins, and its strides.
  static std::pair<std::int64_t, Dims> part_of(const Slice& s, const Dims& dims) {
    Dims strides = dense_strides(dims);
    const std::int64_t start = strides[s.axis] * s.start;
    strides[s.axis] *= s.step;
    return {start, std::move(strides)};
  }

  void join(const Node& n, Value& out) const {
    const Join j = join_of(n.attribute);
    out.elements.resize(static_cast<std::size_t>(count_of(out.dims)));
    const auto length = [&](std::size_t p) { return values_[n.args[p]].dims[j.axis]; };
    const std::array<Slice, 2> parts = parts_of(j, length(0), length(1));
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Value& from = values_[n.args[p]];
      const auto [start, strides] = part_of(parts[p], out.dims);
      std::size_t next = 0;
      walk(from.dims, strides, [&, start = start](std::int64_t at) {
        out.elements[static_cast<std::size_t>(start + at)] = from.elements[next++];
      });
    }
  }

  const Graph& g_;
  NodeId root_;
  std::span<const TensorView> inputs_;
  std::span<const double> scalars_;
  Extents extents_;
  std::vector<Value> values_;
  std::vector<std::uint32_t> users_;  // that are still to come
};

}  // namespace

std::int64_t largest_value(const Graph& graph, std::span<const TensorView> inputs) {
  const Extents extents = extents_of(graph, inputs);
  constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();
  std::int64_t largest = 0;
  for (NodeId id = 0; id < graph.size(); ++id)
    largest = std::max(largest, element_count(extents.resolve(graph.shape(id))).value_or(endless));
  return largest;
}

std::vector<long double> reference_tensor(const Graph& graph, std::size_t output,
                                          std::span<const TensorView> inputs,
                                          std::span<const double> scalars) {
  const Value value = TensorEvaluator(graph, graph.outputs()[output].node, inputs, scalars).run();
  std::vector<long double> out;
  for (const Element<T>& e : value.elements) out.push_back(e.real);
  return out;
}

}  // namespace actjit::tools
