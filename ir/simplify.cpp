#include "ir/simplify.h"

#include <algorithm>
#include <optional>

#include "ir/eval.h"
#include "ir/exactness.h"
#include "ir/rebuild.h"
#include "ir/rules/algebra.h"
#include "ir/rules/cast.h"
#include "ir/rules/select.h"

namespace actjit {

namespace {

constexpr auto make_all_rules() {
  std::array<Rule, rules::algebra.size() + rules::select.size() + rules::cast.size()> all{};
  std::size_t n = 0;
  for (const Rule& r : rules::algebra) all[n++] = r;
  for (const Rule& r : rules::select) all[n++] = r;
  for (const Rule& r : rules::cast) all[n++] = r;
  return all;
}
constexpr auto rule_table = make_all_rules();

// Rules shrink or narrow their node, so chains are short; this bound is a net below them.
constexpr int max_chain = 64;

class Matcher {
 public:
  Matcher(const Pattern& p, Graph& g) : pattern_(p), graph_(g) { match_.graph = &g; }

  std::optional<Match> run(NodeId node) {
    if (!visit(pattern_.root(), node)) return std::nullopt;
    return match_;
  }

 private:
  bool bind(std::uint8_t variable, NodeId node) {
    NodeId& bound = match_.nodes[variable];
    if (bound == no_node) bound = node;
    return bound == node;
  }

  bool visit(std::uint8_t at, NodeId id) {
    const PatternNode& p = pattern_.nodes[at];
    const Node n = graph_[id];  // a copy: wide() may add a node
    const bool real = n.op == Op::constant && is_float(n.dtype);
    switch (p.kind) {
      case PatternKind::any: return bind(p.variable, id);
      case PatternKind::constant: return real && bind(p.variable, id);
      case PatternKind::number: return real && graph_.real(id) == Real(p.number);
      case PatternKind::wide: return wide(p.variable, id, p.dtype);
      case PatternKind::reciprocal: return false;
      case PatternKind::apply: break;
    }
    if (n.op != p.op || (n.op == Op::cast && n.dtype != p.dtype)) return false;
    for (std::size_t i = 0; i < n.operands().size(); ++i)
      if (!visit(p.args[i], n.args[i])) return false;
    return true;
  }

  // A value of `narrow` in a wider dtype. Under a rounding it may have come through ops that round
  // nothing; elsewhere it is likely to be needed as it is, too.
  bool wide(std::uint8_t variable, NodeId id, DType narrow) {
    const DType dtype = graph_[id].dtype;
    if (!is_float(dtype) || bytes(dtype) <= bytes(narrow)) return false;
    if (const NodeId direct = narrowed_leaf(id, narrow); direct != no_node)
      return bind(variable, direct);
    const bool rounds = pattern_.nodes[pattern_.root()].op == Op::cast;
    if (!rounds || narrow != DType::f32 || !is_value_of(graph_, id, narrow)) return false;
    return bind(variable, narrowed(id, narrow));
  }
  NodeId narrowed_leaf(NodeId id, DType narrow) {
    if (!graph_.is_constant(id)) return widened_from(graph_, id, narrow);
    const Real r = graph_.real(id);
    return is_exact_in(narrow, r) ? graph_.constant(narrow, r) : no_node;
  }
  // is_value_of() holds.
  NodeId narrowed(NodeId id, DType narrow) {
    if (const NodeId leaf = narrowed_leaf(id, narrow); leaf != no_node) return leaf;
    const Node n = graph_[id];  // a copy: nodes are added
    std::array<NodeId, max_arity> args{};
    for (std::size_t i = 0; i < n.operands().size(); ++i)
      args[i] = n.op == Op::select && i == 0 ? n.args[i] : narrowed(n.args[i], narrow);
    return graph_.apply(n.op, std::span(args).first(n.operands().size()), n.attribute);
  }

  const Pattern& pattern_;
  Graph& graph_;
  Match match_;
};

class Simplifier {
 public:
  Simplifier(Graph& out, Preserves permitted, std::vector<Firing>* log)
      : out_(out), permitted_(permitted), log_(log) {}

  NodeId make(Op op, std::span<const NodeId> operands, Attribute attribute, DType dtype,
              int chain = 0) {
    std::array<NodeId, max_arity> args{};
    std::copy(operands.begin(), operands.end(), args.begin());
    if (has(op, Traits::commutes) && out_.is_constant(args[0]) && !out_.is_constant(args[1]))
      std::swap(args[0], args[1]);
    const std::span<const NodeId> ordered = std::span(args).first(operands.size());
    if (const auto folded = fold(op, ordered, attribute, dtype)) return *folded;
    // A cast to the dtype at hand is no cast.
    if (op == Op::cast && out_[args[0]].dtype == dtype) return args[0];
    if (const auto narrow = narrow_extremum(op, args[0], attribute)) return *narrow;
    const NodeId id = out_.apply(op, ordered, attribute, dtype);
    if (chain == max_chain) return id;
    for (const Rule& rule : rule_table)
      if (const auto rewritten = fire(rule, id, chain)) return *rewritten;
    return id;
  }

 private:
  // The largest of widened elements is the widened largest: in half the registers.
  std::optional<NodeId> narrow_extremum(Op op, NodeId x, const Attribute& attribute) {
    if (op != Op::reduce_max && op != Op::reduce_min) return std::nullopt;
    const NodeId narrow = widened_from(out_, x, DType::f32);
    if (narrow == no_node || out_[x].dtype != DType::f64) return std::nullopt;
    const NodeId extremum = out_.apply(op, std::span(&narrow, 1), attribute);
    return out_.apply(Op::cast, std::span(&extremum, 1), {0, 0}, DType::f64);
  }

  std::optional<NodeId> fire(const Rule& rule, NodeId id, int chain) {
    const Pattern& from = rule.from;
    if (from.nodes[from.root()].op != out_[id].op || rule.preserves > permitted_)
      return std::nullopt;
    const std::optional<Match> found = match(rule, out_, id);
    if (!found) return std::nullopt;
    // What a rule builds must have the shape of what it replaces.
    const DType operands = out_[out_[id].operands().back()].dtype;
    const NodeId made = build(rule.to, rule.to.root(), *found, operands, chain + 1);
    if (out_.shape(made) != out_.shape(id)) return std::nullopt;
    if (log_) log_->push_back({rule.name, made});
    return made;
  }

  NodeId build(const Pattern& p, std::uint8_t at, const Match& m, DType number_dtype, int chain) {
    const PatternNode& n = p.nodes[at];
    switch (n.kind) {
      case PatternKind::any:
      case PatternKind::constant:
      case PatternKind::wide: return m.nodes[n.variable];
      case PatternKind::number: return out_.constant(number_dtype, n.number);
      case PatternKind::reciprocal:
        return out_.constant(number_dtype, 1 / rounded(m.nodes[n.variable]));
      case PatternKind::apply: break;
    }
    std::array<NodeId, max_arity> args{};
    const std::size_t count = static_cast<std::size_t>(arity(n.op));
    for (std::size_t i = 0; i < count; ++i) args[i] = build(p, n.args[i], m, number_dtype, chain);
    return make(n.op, std::span(args).first(count), {0, 0}, n.dtype, chain);
  }

  // The constant that a primitive over constants gives.
  std::optional<NodeId> fold(Op op, std::span<const NodeId> args, Attribute attribute,
                             DType dtype) {
    if (info(op).kind != OpKind::primitive) return std::nullopt;
    if (op == Op::select && out_.is_constant(args[0])) return fold_select(args);
    std::array<Bits, max_arity> values{};
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (!out_.is_constant(args[i])) return std::nullopt;
      const Node& n = out_[args[i]];
      values[i] = is_float(n.dtype) ? eval::real(n.dtype, out_.real(args[i])) : n.attribute[0];
    }
    const Inferred type = out_.infer(op, args, attribute, dtype);
    if (op == Op::lookup) {
      const std::vector<Bits>& table = out_.tables()[attribute[0]].values;
      return constant(type.dtype, table[values[0] & (table.size() - 1)]);
    }
    return constant(type.dtype, eval::apply(op, out_[args.back()].dtype, type.dtype, values[0],
                                            values[1], values[2]));
  }

  std::optional<NodeId> fold_select(std::span<const NodeId> args) {
    const NodeId chosen = out_[args[0]].attribute[0] ? args[1] : args[2];
    const NodeId other = out_[args[0]].attribute[0] ? args[2] : args[1];
    if (broadcast(out_.shape(chosen), out_.shape(other)) != out_.shape(chosen)) return std::nullopt;
    return chosen;
  }

  // The value a float constant has in its dtype.
  double rounded(NodeId id) const {
    const DType dtype = out_[id].dtype;
    return eval::to_double(dtype, eval::real(dtype, out_.real(id)));
  }

  NodeId constant(DType dtype, Bits bits) {
    if (!is_float(dtype)) return out_.integer(dtype, static_cast<std::int64_t>(bits));
    return out_.constant(dtype, eval::to_double(dtype, bits));
  }

  Graph& out_;
  Preserves permitted_;
  std::vector<Firing>* log_;
};

}  // namespace

std::span<const Rule> all_rules() { return rule_table; }

std::optional<Match> match(const Rule& rule, Graph& graph, NodeId node) {
  std::optional<Match> found = Matcher(rule.from, graph).run(node);
  if (found && rule.when && !rule.when(*found)) return std::nullopt;
  return found;
}

Graph simplify(const Graph& graph, Preserves permitted, std::vector<Firing>* log) {
  const auto each = [&](Graph& out, NodeId id, std::span<const NodeId> args, auto copy) {
    const Node& n = graph[id];
    if (is_leaf(n.op)) return copy();
    Attribute attribute = n.attribute;
    if (n.op == Op::lookup) {
      const Table& table = graph.tables()[n.attribute[0]];
      attribute[0] = out.table(table.dtype, table.values);
    }
    return Simplifier(out, permitted, log).make(n.op, args, attribute, n.dtype);
  };
  return compact(rebuild(graph, each));
}

}  // namespace actjit
