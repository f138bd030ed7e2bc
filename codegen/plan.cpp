#include "codegen/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ir/print.h"
#include "ir/rebuild.h"

namespace actjit {

namespace {

std::vector<Level> place(const Graph& g, const Layout& layout) {
  std::vector<Level> level(g.size(), Level::call);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    if (n.op == Op::input)
      level[id] = layout.access[n.attribute[0]] == Access::zero ? Level::row : Level::element;
    for (NodeId arg : n.operands()) level[id] = std::max(level[id], level[arg]);
  }
  return level;
}

// A vector step is one register of the type most of the work is done in. Elements that are narrower
// fill a part of theirs; wider ones take several. f32 formulas that are evaluated in f64 so have
// one instruction an op to select, not two, and the processor overlaps the steps by itself.
unsigned lanes_of(const Plan& plan) {
  std::array<std::size_t, 9> ops{};  // by bytes of the result
  unsigned narrowest = 8;
  for (NodeId id = 0; id < plan.graph.size(); ++id) {
    const Node& n = plan.graph[id];
    if (plan.level[id] != Level::element || is_bool(n.dtype)) continue;
    const auto size = static_cast<unsigned>(bytes(n.dtype));
    narrowest = std::min(narrowest, size);
    ops[size] += !is_leaf(n.op);
  }
  const bool mostly_wide = ops[8] > 2 * (ops[4] + ops[2] + 1);
  return plan.target.lanes(mostly_wide ? 8 : narrowest);
}

// Short bodies are unrolled so that loop control and latency hide; long ones have parallelism of
// their own and would only take longer to compile.
unsigned unroll_of(std::size_t ops) {
  if (ops <= 8) return 4;
  return ops <= 24 ? 2 : 1;
}

// What lower() leaves.
void check_primitive(const Graph& g, NodeId id) {
  const Node& n = g[id];
  check(!is_math(n.op), "a plan is made of primitives");
  const bool moves = n.op == Op::cast || n.op == Op::select;
  for (NodeId arg : n.operands())
    check(moves || !is_storage_only(g[arg].dtype), "16-bit floats are cast and selected only");
}

std::string_view text(Level level) {
  switch (level) {
    case Level::call: return "call";
    case Level::row: return "row";
    case Level::element: return "element";
  }
  return "?";
}

}  // namespace

std::size_t Plan::element_ops() const {
  std::size_t n = 0;
  for (NodeId id = 0; id < graph.size(); ++id)
    n += level[id] == Level::element && !is_leaf(graph[id].op);
  return n;
}

Level Plan::store_level(std::size_t output) const {
  const Access access = layout.access[graph.inputs().size() + output];
  return access == Access::zero ? Level::row : Level::element;
}

Result<Plan> make_plan(Graph graph, const Layout& layout, const Target& target) {
  Plan plan{compact(graph), layout, target, 1, 1, {}};
  if (layout.access.size() != plan.operands() || layout.rank < 1 || layout.rank > max_loops)
    return make_error(ErrorCode::unsupported,
                      fmt::format("the layout is for {} operands in {} loops, the graph has {} "
                                  "operands and a kernel 1 to {} loops",
                                  layout.access.size(), layout.rank, plan.operands(), max_loops));
  for (NodeId id = 0; id < plan.graph.size(); ++id) check_primitive(plan.graph, id);
  plan.level = place(plan.graph, layout);
  for (std::size_t i = 0; i < plan.graph.outputs().size(); ++i) {
    if (plan.level[plan.graph.outputs()[i].node] > plan.store_level(i))
      return make_error(ErrorCode::unsupported,
                        fmt::format("the output '{}' changes along the innermost loop, so it "
                                    "cannot have the stride 0 there",
                                    plan.graph.outputs()[i].name.view()));
  }
  plan.lanes = lanes_of(plan);
  plan.unroll = unroll_of(plan.element_ops());
  return plan;
}

std::string print(const Plan& plan) {
  const Graph& g = plan.graph;
  std::string out = fmt::format("plan for {}, {} lanes, unrolled {} times\n", plan.target.name,
                                plan.lanes, plan.unroll);
  out += "layout: " + to_string(plan.layout, g.inputs().size()) + "\n";
  const auto nodes_at = [&](Level level, int depth) {
    for (NodeId id = 0; id < g.size(); ++id) {
      if (plan.level[id] != level || g[id].op == Op::constant) continue;
      out += fmt::format("{:{}}%{} = {}", "", 2 * depth, id, actjit::text(g[id].op));
      if (g[id].op == Op::input)
        out += fmt::format(" {}", g.inputs()[g[id].attribute[0]].name.view());
      if (g[id].op == Op::scalar)
        out += fmt::format(" {}", g.scalars()[g[id].attribute[0]].name.view());
      for (NodeId arg : g[id].operands())
        out += g.is_constant(arg) && is_float(g[arg].dtype) ? fmt::format(" {}", g.real(arg).hi)
                                                            : fmt::format(" %{}", arg);
      out += fmt::format(" : {}\n", actjit::text(g[id].dtype));
    }
    for (std::size_t i = 0; i < g.outputs().size(); ++i)
      if (plan.store_level(i) == level)
        out += fmt::format("{:{}}store {} = %{}\n", "", 2 * depth, g.outputs()[i].name.view(),
                           g.outputs()[i].node);
  };
  out += fmt::format("once a {}:\n", text(Level::call));
  nodes_at(Level::call, 1);
  int depth = 1;
  for (; depth < plan.layout.rank; ++depth)
    out += fmt::format("{:{}}for i{} in 0..dims[{}]:\n", "", 2 * (depth - 1), depth - 1, depth - 1);
  nodes_at(Level::row, depth);
  out += fmt::format("{:{}}for i{} in 0..dims[{}], {} elements a step:\n", "", 2 * (depth - 1),
                     depth - 1, depth - 1, plan.lanes * plan.unroll);
  nodes_at(Level::element, depth);
  return out;
}

}  // namespace actjit
