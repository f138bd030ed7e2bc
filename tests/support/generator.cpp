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
    const OpInfo& row = random_.pick(op_table);
    if (is_leaf(row.op) || has_axes(row.op) || (row.kind == OpKind::math && !size_.math)) return add_node();
    std::array<DType, max_arity> types{};
    DType to{};
    if (!choose_types(row.op, types, to)) return;
    std::vector<NodeId> args;
    for (int i = 0; i < row.arity; ++i) args.push_back(operand(types[static_cast<std::size_t>(i)]));
    if (row.op == Op::bitcast) args[0] = without_nan(args[0]);
    if (row.op == Op::copysign) args[1] = without_nan(args[1]);
    Attribute attribute{0, 0};
    if (row.op == Op::lookup) attribute[0] = table(to);
    pool_.push_back(graph_.apply(row.op, args, attribute, to));
  }

  void add_outputs() {
    const std::uint64_t outputs = 1 + random_.below(size_.outputs);
    for (std::uint64_t i = 0; i < outputs; ++i) {
      // The last node at least; a leaf is a fine output too.
      const NodeId node = i == 0 ? pool_.back() : random_.pick(pool_);
      graph_.output("y" + std::to_string(i), node);
    }
  }

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
