#include "tests/support/generator.h"

#include <array>
#include <map>
#include <string>
#include <vector>

#include "ir/eval.h"
#include "ir/rebuild.h"
#include "tests/support/values.h"

namespace actjit::test {

namespace {

constexpr std::array<std::int64_t, 10> extents{1, 2, 3, 4, 5, 7, 8, 16, 17, 33};

// Both operands of a compensated value are the same real number, which random ones are not.
const std::vector<OpInfo>& ops_of_random_operands() {
  static const std::vector<OpInfo> ops = [] {
    std::vector<OpInfo> out;
    for (const OpInfo& row : op_table)
      if (row.op != Op::compensated) out.push_back(row);
    return out;
  }();
  return ops;
}

class Generator {
 public:
  Generator(Random& random, const GraphSize& size) : random_(random), size_(size) {}

  Graph run() {
    choose_shape();
    add_leaves();
    for (std::uint64_t n = 1 + random_.below(size_.nodes); n > 0; --n) add_node();
    add_outputs();
    return compact(graph_);
  }

 private:
  DType any_dtype() {
    // Mostly floats: they are what graphs are made of.
    return random_.one_in(3) ? random_.pick(all_dtypes) : random_.pick(float_dtypes);
  }

  // The shape of the iteration: inputs have it, or broadcast to it.
  void choose_shape() {
    std::int64_t total = 1;
    for (std::uint64_t rank = random_.below(size_.rank + 1); rank > 0; --rank) {
      const std::int64_t n = random_.pick(extents);
      if (total * n > size_.elements) continue;
      total *= n;
      if (random_.one_in(3))
        shape_.push_back(std::string_view(names_[shape_.size()]));
      else
        shape_.push_back(n);
    }
  }

  Shape broadcast_of_shape() {
    Shape out = shape_;
    for (Dim& d : out)
      if (random_.one_in(4)) d = Dim(1);
    while (!out.empty() && random_.one_in(4)) out.erase(out.begin());
    return out;
  }

  void add_leaves() {
    const std::uint64_t inputs = 1 + random_.below(size_.inputs);
    for (std::uint64_t i = 0; i < inputs; ++i)
      pool_.push_back(graph_.input("x" + std::to_string(i), any_dtype(),
                                   random_.one_in(2) ? shape_ : broadcast_of_shape()));
    for (std::uint64_t i = random_.below(3); i > 0; --i) {
      const DType dtype = random_.pick(float_dtypes);
      pool_.push_back(graph_.scalar("s" + std::to_string(i), dtype, random_value(DType::f64)));
    }
  }

  double random_value(DType dtype) {
    const Bits bits = random_element(dtype, random_);
    return eval::to_double(dtype, bits);
  }

  NodeId constant(DType dtype) {
    if (!is_float(dtype))
      return graph_.integer(dtype, static_cast<std::int64_t>(random_element(dtype, random_)));
    // Now and then a value its dtype does not have, with a low part.
    const double value = random_value(random_.one_in(4) ? DType::f64 : dtype);
    const bool has_low = random_.one_in(8) && value - value == 0;
    return graph_.constant(dtype, {value, has_low ? value * 0x1p-55 : 0});
  }

  NodeId operand(DType dtype) {
    std::vector<NodeId> fitting;
    for (NodeId id : pool_)
      if (graph_[id].dtype == dtype) fitting.push_back(id);
    if (fitting.empty() || random_.one_in(6)) return constant(dtype);
    // Of two, the later: graphs grow deep rather than wide.
    return std::max(random_.pick(fitting), random_.pick(fitting));
  }

  // The dtypes of a random operation that its row allows, in `types`.
  bool choose_types(Op op, std::array<DType, max_arity>& types, DType& to) {
    const auto n = static_cast<std::size_t>(arity(op));
    for (int attempt = 0; attempt < 50; ++attempt) {
      for (DType& t : types) t = any_dtype();
      // Most rows want equal operands.
      if (!random_.one_in(4)) types = {types[0], types[1], types[1]};
      if (!random_.one_in(4)) types[1] = types[2] = types[0];
      if (op == Op::select) types = {DType::boolean, types[1], types[1]};
      to = any_dtype();
      if (!infer_dtype(op, std::span(types).first(n), to).problem) return true;
    }
    return false;
  }

  // NaNs replaced by a number, where their bits would show.
  NodeId without_nan(NodeId x) {
    if (!is_float(graph_[x].dtype)) return x;
    const NodeId number = graph_.apply(Op::eq, std::array{x, x});
    const NodeId other = graph_.constant(graph_[x].dtype, 1.25);
    return graph_.apply(Op::select, std::array{number, x, other});
  }

  std::uint32_t table(DType dtype) {
    std::vector<Bits> values(std::size_t{1} << random_.below(7));
    for (Bits& b : values) b = random_element(dtype, random_);
    return graph_.table(dtype, values);
  }

  void add_node() {
    if (size_.axes && random_.one_in(3)) return add_axis_node();
    const OpInfo& row = random_.pick(ops_of_random_operands());
    if (is_leaf(row.op) || has_axes(row.op) || (row.kind == OpKind::math && !size_.math))
      return add_node();
    std::array<DType, max_arity> types{};
    DType to{};
    if (!choose_types(row.op, types, to)) return;
    std::vector<NodeId> args;
    for (int i = 0; i < row.arity; ++i) args.push_back(operand(types[static_cast<std::size_t>(i)]));
    if (row.op == Op::bitcast) args[0] = without_nan(args[0]);
    if (row.op == Op::copysign) args[1] = without_nan(args[1]);
    Attribute attribute{0, 0};
    if (row.op == Op::lookup) attribute[0] = table(to);
    add_if_sound(row.op, args, attribute, to);
  }

  // Views make shapes that do not broadcast against others, and shapes of many elements.
  void add_if_sound(Op op, std::span<const NodeId> args, const Attribute& attribute, DType to) {
    const Inferred type = graph_.infer(op, args, attribute, to);
    if (type.problem) return;
    std::int64_t elements = 1;
    for (const Dim& d : type.shape) elements *= d.is_symbolic() ? 9 : d.extent;
    if (elements <= 20 * size_.elements) pool_.push_back(graph_.apply(op, args, attribute, to));
  }

  Axes any_axes(std::size_t rank) {
    Axes axes;
    while (axes.mask == 0) axes.mask = random_.below(std::uint64_t{1} << rank);
    return axes;
  }

  void add_axis_node() {
    const Op op = random_.pick(axis_ops_);
    const NodeId x = random_.pick(pool_);
    const Shape shape = graph_.shape(x);
    const std::size_t rank = shape.size();
    if (op == Op::expand_dims)
      return add_if_sound(op, std::array{x}, attribute_of(any_axes(rank + 1)), DType::f32);
    if (rank == 0) return;
    if (op == Op::slice) return add_slice(x, random_.below(rank));
    if (op == Op::join) return add_join(x, random_.below(rank));
    Axes axes = any_axes(rank);
    if (op == Op::index) axes.mask = std::uint64_t{1} << random_.below(rank);
    add_if_sound(op, std::array{x}, attribute_of(axes), DType::f32);
  }

  void add_slice(NodeId x, std::uint64_t axis) {
    const Dim& dim = graph_.shape(x)[axis];
    if (dim.is_symbolic() || dim.extent == 0) return;
    const auto extent = static_cast<std::uint64_t>(dim.extent);
    Slice s{static_cast<std::uint32_t>(axis), static_cast<std::uint32_t>(random_.below(extent)), 0,
            static_cast<std::uint32_t>(1 + random_.below(3))};
    const std::uint64_t most = (extent - s.start + s.step - 1) / s.step;
    s.count = static_cast<std::uint32_t>(1 + random_.below(most));
    add_if_sound(Op::slice, std::array{x}, attribute_of(s), DType::f32);
    // Halves of one tensor meet again.
    if (extent % 2 != 0 || !random_.one_in(2)) return;
    const bool turns = random_.one_in(2);
    const auto half = static_cast<std::uint32_t>(extent / 2);
    for (const Slice& part : parts_of({s.axis, turns}, half, half))
      add_if_sound(Op::slice, std::array{x}, attribute_of(part), DType::f32);
  }

  void add_join(NodeId x, std::uint64_t axis) {
    const Join join{static_cast<std::uint32_t>(axis), random_.one_in(2)};
    for (int attempt = 0; attempt < 4; ++attempt) {
      const NodeId y = random_.pick(pool_);
      if (graph_[y].dtype != graph_[x].dtype) continue;
      return add_if_sound(Op::join, std::array{x, y}, attribute_of(join), DType::f32);
    }
  }

  void add_outputs() {
    const std::uint64_t outputs = 1 + random_.below(size_.outputs);
    for (std::uint64_t i = 0; i < outputs; ++i) {
      // The last node at least; a leaf is a fine output too.
      const NodeId node = i == 0 ? pool_.back() : random_.pick(pool_);
      graph_.output("y" + std::to_string(i), node);
    }
  }

  static constexpr std::array<Op, 13> axis_ops_{
      Op::reduce_sum, Op::reduce_sum,       Op::reduce_max, Op::reduce_max, Op::reduce_max_number,
      Op::reduce_min, Op::sparse_threshold, Op::count,      Op::index,      Op::slice,
      Op::join,       Op::expand_dims,      Op::squeeze};
  static constexpr std::array<const char*, 8> names_{"n", "m", "k", "p", "q", "r", "u", "v"};
  Random& random_;
  GraphSize size_;
  Graph graph_;
  Shape shape_;
  std::vector<NodeId> pool_;
};

}  // namespace

Graph random_graph(Random& random, const GraphSize& size) { return Generator(random, size).run(); }

std::vector<std::vector<std::int64_t>> random_dims(const Graph& graph, Random& random) {
  std::map<std::string, std::int64_t> symbols;
  std::vector<std::vector<std::int64_t>> out;
  for (const Input& i : graph.inputs()) {
    out.emplace_back();
    for (const Dim& d : graph.shape(i.node))
      out.back().push_back(
          d.is_symbolic() ? symbols.emplace(d.symbol.string(), random.between(0, 9)).first->second
                          : d.extent);
  }
  return out;
}

}  // namespace actjit::test
