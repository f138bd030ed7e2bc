// Every rewrite rule: both sides, evaluated on special and random values, keep the promise of its
// label; it fires where it may; and its condition is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "ir/print.h"
#include "ir/simplify.h"
#include "ir/widen.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

// The constants that stand for k. Conditions choose among them.
constexpr double constants[] = {1,           2,
                                0.5,         3,
                                10,          0.1,
                                -7,          -4,
                                1.0 / 3,     0x1p125,
                                0x1p126,     0x1p-125,
                                0x1p-126,    0x1p127,
                                0x1p-127,    0x1p-140,
                                0x1.8p127,   0x1.8p-127,
                                1e-39,       1e38,
                                0x1p1000,    0x1p-1000,
                                0x1p1023,    0x1p-1022,
                                0x1p-1060,   0x1.8p1023,
                                5e-324,      0,
                                -0.0,        INFINITY,
                                -INFINITY,   NAN,
                                1 + 0x1p-24, 1 + 0x1.8p-24,
                                1.99999995,  0x1.fffffeffp0};

// The inputs a, b and c that a rule needs, with one of its sides as the output. `base` is the dtype
// of all variables but those that wide() matches, and conditions. Throws where no such graph
// exists.
class Side {
 public:
  Side(const Rule& rule, DType base, double k) : base_(base), k_(k) {
    find_types(rule.from);
    for (const auto& [variable, dtype] : types_)
      inputs_[variable] =
          graph_.input(std::string(1, static_cast<char>('a' + variable)), dtype, {"n"});
  }

  Graph build(const Pattern& side) {
    graph_.output("y", make(side, side.root()));
    return graph_;
  }

 private:
  void find_types(const Pattern& p) {
    for (std::uint8_t at = 0; at < p.size; ++at) {
      const PatternNode& n = p.nodes[at];
      if (n.kind == PatternKind::any) types_.emplace(n.variable, base_);
      if (n.kind == PatternKind::wide) types_[n.variable] = n.dtype;
    }
    for (std::uint8_t at = 0; at < p.size; ++at) {
      const PatternNode& n = p.nodes[at];
      if (n.kind != PatternKind::apply || n.op != Op::select) continue;
      std::uint8_t condition = n.args[0];
      while (p.nodes[condition].kind == PatternKind::apply) condition = p.nodes[condition].args[0];
      types_[p.nodes[condition].variable] = DType::boolean;
    }
  }

  NodeId make(const Pattern& p, std::uint8_t at) {
    const PatternNode& n = p.nodes[at];
    switch (n.kind) {
      case PatternKind::any: return inputs_.at(n.variable);
      case PatternKind::constant: return graph_.constant(base_, k_);
      case PatternKind::number: return graph_.constant(base_, n.number);
      case PatternKind::reciprocal: throw InternalError("made by the driver only");
      case PatternKind::wide: return wide(inputs_.at(n.variable));
      case PatternKind::apply: break;
    }
    std::vector<NodeId> args;
    for (std::size_t i = 0; i < static_cast<std::size_t>(arity(n.op)); ++i)
      args.push_back(make(p, n.args[i]));
    return apply(n.op, args, n.dtype);
  }
  // As widen() writes it.
  NodeId wide(NodeId x) {
    if (is_storage_only(graph_[x].dtype)) x = apply(Op::cast, {x}, DType::f32);
    return apply(Op::cast, {x}, DType::f64);
  }
  NodeId apply(Op op, const std::vector<NodeId>& args, DType to) {
    return graph_.apply(op, args, {0, 0}, to);
  }

  DType base_;
  double k_;
  Graph graph_;
  std::map<std::uint8_t, DType> types_;
  std::map<std::uint8_t, NodeId> inputs_;
};

std::optional<Graph> build(const Rule& rule, const Pattern& side, DType base, double k) {
  try {
    return Side(rule, base, k).build(side);
  } catch (const InternalError&) {
    return std::nullopt;
  }
}

bool has_kind(const Pattern& p, PatternKind kind) {
  return std::any_of(p.nodes.begin(), p.nodes.begin() + p.size,
                     [kind](const PatternNode& n) { return n.kind == kind; });
}

bool keeps(Preserves promise, DType dtype, Bits from, Bits to) {
  if (promise == Preserves::bits) return same(dtype, from, to);
  if (is_nan(dtype, from) || is_nan(dtype, to)) return is_nan(dtype, from) && is_nan(dtype, to);
  return !is_normal(dtype, from) || ulps_between(dtype, from, to) <= 1;
}

// Tuples of elements for the inputs: all pairs of special values, then random ones.
std::vector<std::vector<Bits>> samples(const Graph& g) {
  Random random(7);
  std::vector<std::vector<Bits>> out;
  const auto dtype = [&](std::size_t i) { return g[g.inputs()[i].node].dtype; };
  const std::size_t inputs = g.inputs().size();
  for (Bits a : special_values(dtype(0)))
    for (Bits b : special_values(dtype(inputs > 1 ? 1 : 0))) {
      out.push_back({a, b});
      out.back().resize(inputs);
      if (inputs > 2) out.back()[2] = random_element(dtype(2), random);
    }
  for (int n = 0; n < 20000; ++n) {
    out.emplace_back();
    for (std::size_t i = 0; i < inputs; ++i) out.back().push_back(random_element(dtype(i), random));
  }
  return out;
}

void expect_kept(const Rule& rule, const Graph& from, const Graph& to) {
  const DType dtype = from[from.outputs()[0].node].dtype;
  for (const std::vector<Bits>& elements : samples(from)) {
    const Bits x = interpret_element(from, elements, {})[0];
    const Bits y = interpret_element(to, elements, {})[0];
    if (keeps(rule.preserves, dtype, x, y)) continue;
    std::string inputs;
    for (std::size_t i = 0; i < elements.size(); ++i)
      inputs += "\n  " + from.inputs()[i].name.string() + " = " +
                describe(from[from.inputs()[i].node].dtype, elements[i]);
    ADD_FAILURE() << rule.name << " turns " << describe(dtype, x) << " into " << describe(dtype, y)
                  << " for" << inputs << "\n"
                  << print(from) << print(to);
    return;
  }
}

struct Tally {
  int matched = 0;
  int refused = 0;  // by the condition
  int fired = 0;    // through simplify
};

void check_instance(const Rule& rule, DType base, double k, Tally& tally) {
  std::optional<Graph> from = build(rule, rule.from, base, k);
  if (!from) return;
  Graph with_constants = *from;
  if (!match(rule, with_constants, from->outputs()[0].node)) {
    EXPECT_NE(rule.when, nullptr) << rule.name << " does not match its own left side\n"
                                  << print(*from);
    ++tally.refused;
    return;
  }
  ++tally.matched;
  if (const auto to = build(rule, rule.to, base, k)) expect_kept(rule, *from, *to);
  std::vector<Firing> log;
  const Graph simplified = simplify(*from, rule.preserves, &log);
  const bool fired =
      std::any_of(log.begin(), log.end(), [&](const Firing& f) { return f.rule == rule.name; });
  tally.fired += fired;
  if (fired) expect_kept(rule, *from, simplified);
}

class Rules : public testing::TestWithParam<std::size_t> {};

TEST_P(Rules, KeepTheirPromise) {
  const Rule& rule = all_rules()[GetParam()];
  Tally tally;
  for (DType base : all_dtypes) {
    if (is_storage_only(base)) continue;  // widen() leaves no formula in them
    if (!has_kind(rule.from, PatternKind::constant))
      check_instance(rule, base, 0, tally);
    else
      for (double k : constants) check_instance(rule, base, k, tally);
  }
  EXPECT_GT(tally.matched, 0) << rule.name;
  EXPECT_GT(tally.fired, 0) << rule.name << " never fires";
  EXPECT_EQ(tally.refused > 0, rule.when != nullptr) << rule.name << " has a condition";
}

std::string name_of(std::size_t index) {
  const Rule& rule = all_rules()[index];
  std::string out = std::to_string(index) + "_" + std::string(rule.name);
  std::replace(out.begin(), out.end(), '-', '_');
  // Rules made for every op bear the same name: the outermost op but one tells them apart.
  const Pattern& p = rule.to;
  if (!rule.name.starts_with("narrow")) return out;
  const PatternNode& root = p.nodes[p.root()];
  const bool rounds = root.kind == PatternKind::apply && root.op == Op::cast;
  const PatternNode& named = rounds ? p.nodes[root.args[0]] : root;
  out.append("_").append(text(named.op));
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, Rules, testing::Range<std::size_t>(0, all_rules().size()),
                         [](const auto& p) { return name_of(p.param); });

// Ops of trait `exact` narrow with their operands, through each other, under any rounding.
TEST(Simplify, NarrowsExactOps) {
  for (DType to : {DType::f32, DType::f16, DType::bf16})
    for (const OpInfo& row : op_table) {
      if (!has(row.op, Traits::exact)) continue;
      Graph g;
      const Value x{&g, g.input("x", to, {"n"})}, y{&g, g.input("y", to, {"n"})};
      const auto op = [&](Value a, Value b) {
        return row.arity == 1 ? apply(row.op, {a}) : apply(row.op, {a, b});
      };
      g.output("z", select(x < y, op(op(x, y), y), op(y, op(x, x.like(1.5)))).id);
      const Graph wide = widen(g);
      const Graph s = simplify(wide, Preserves::bits);
      for (NodeId id = 0; id < s.size(); ++id) EXPECT_NE(s[id].dtype, DType::f64) << print(s);
      expect_kept(Rule{row.text, {}, {}}, wide, s);
    }
}

// Rules alone do not say what the driver does with shapes.
TEST(Simplify, KeepsShapes) {
  Graph g;
  const NodeId p = g.input("p", DType::boolean, {3, 1});
  const NodeId x = g.input("x", DType::f32, {4});
  g.output("y", g.apply(Op::select, std::array{p, x, x}));  // select-same would drop a dimension
  const Graph s = simplify(g, Preserves::bits);
  EXPECT_EQ(s.shape(s.outputs()[0].node), (Shape{3, 4}));
}

TEST(Simplify, FoldsConstantsAsEvalDoes) {
  Random random(11);
  for (const OpInfo& row : op_table) {
    if (row.kind != OpKind::primitive || row.op == Op::lookup) continue;
    for (int n = 0; n < 2000; ++n) {
      Graph g;
      std::vector<NodeId> args;
      std::array<DType, max_arity> types{};
      for (DType& t : types) t = random.pick(all_dtypes);
      if (random.one_in(2)) types[1] = types[0], types[2] = types[random.below(2)];
      if (row.op == Op::select) types = {DType::boolean, types[1], types[1]};
      const DType to = random.pick(all_dtypes);
      const auto used = std::span(types).first(static_cast<std::size_t>(row.arity));
      if (infer_dtype(row.op, used, to).problem) continue;
      const bool moves = row.op == Op::cast || row.op == Op::select;
      if (!moves && is_storage_only(types[0])) continue;
      for (DType t : used) {
        const Bits b = random_element(t, random);
        if (!is_float(t))
          args.push_back(g.integer(t, static_cast<std::int64_t>(b)));
        else
          args.push_back(g.constant(t, eval::to_double(t, b)));
      }
      const NodeId y = g.apply(row.op, args, {0, 0}, to);
      g.output("y", y);
      const Graph s = simplify(g, Preserves::bits);
      EXPECT_TRUE(s.is_constant(s.outputs()[0].node)) << print(s);
      ASSERT_TRUE(
          same(g[y].dtype, interpret_element(g, {}, {})[0], interpret_element(s, {}, {})[0]))
          << print(g) << print(s);
    }
  }
}

}  // namespace
}  // namespace actjit::test
