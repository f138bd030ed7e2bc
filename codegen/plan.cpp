#include "codegen/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codegen/plan_block.h"
#include "codegen/plan_rows.h"
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

// Across rows, whole cache lines are worth more than fewer instructions.
bool reads_lines_across_rows(const Plan& plan) {
  if (!plan.layout.across_rows) return false;
  for (const Input& input : plan.graph.inputs()) {
    const std::size_t i = plan.graph[input.node].attribute[0];
    if (plan.level[input.node] == Level::element && plan.layout.access[i] == Access::unit)
      return true;
  }
  return false;
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
  const bool mostly_wide = !reads_lines_across_rows(plan) && ops[8] > 2 * (ops[4] + ops[2] + 1);
  return plan.target.lanes(mostly_wide ? 8 : narrowest);
}

// Short bodies are unrolled so that loop control and latency hide; long ones have parallelism of
// their own and would only take longer to compile.
unsigned unroll_of(std::size_t ops) {
  if (ops <= 8) return 4;
  return ops <= 24 ? 2 : 1;
}

// To take two bf16 out of a word, and to put them there, is a shift and a mask, where vectors of
// neighbours are widened and narrowed.
bool is_in_pairs(const Plan& plan) {
  const Graph& g = plan.graph;
  bool any = false;
  for (std::size_t i = 0; i < plan.operands(); ++i) {
    const std::size_t inputs = g.inputs().size();
    const NodeId node = i < inputs ? g.inputs()[i].node : g.outputs()[i - inputs].node;
    const Access access = plan.layout.access[i];
    if (access == Access::zero) continue;
    if (access != Access::unit || g[node].dtype != DType::bf16) return false;
    any = true;
  }
  return any && plan.lanes == plan.target.lanes(2);
}

// What lower() leaves.
void check_primitive(const Graph& g, NodeId id) {
  const Node& n = g[id];
  check(!is_math(n.op) && !is_view(n.op), "a plan is made of primitives and reductions");
  const bool moves = n.op == Op::cast || n.op == Op::select;
  for (NodeId arg : n.operands())
    check(moves || !is_storage_only(g[arg].dtype), "16-bit floats are cast and selected only");
}

Result<void> check_stores(const Plan& plan) {
  for (std::size_t i = 0; i < plan.graph.outputs().size(); ++i)
    if (plan.level[plan.graph.outputs()[i].node] > plan.store_level(i))
      return make_error(ErrorCode::unsupported,
                        fmt::format("the output '{}' changes along the innermost loop, so it "
                                    "cannot have the stride 0 there",
                                    plan.graph.outputs()[i].name.view()));
  return {};
}

}  // namespace

std::size_t Plan::element_ops() const {
  std::size_t n = 0;
  for (NodeId id = 0; id < graph.size(); ++id)
    n += level[id] == Level::element && !is_leaf(graph[id].op);
  return n;
}

Level Plan::store_level(std::size_t output) const {
  if (has_rows()) return store[output];
  const Access access = layout.access[graph.inputs().size() + output];
  return access == Access::zero ? Level::row : Level::element;
}

bool Plan::is_turned(NodeId node) const {
  const Node& n = graph[node];
  return n.op == Op::input && std::ranges::count(turned, std::size_t{n.attribute[0]}) > 0 &&
         !is_storage_only(n.dtype) && !is_bool(n.dtype);
}

bool Plan::has_walk(const Pass& of) const { return !of.keep.empty() || !of.stores.empty(); }

// As often as a reduction has registers that take turns, so that they need not; twice that where
// the steps are a few instructions, beside which those of the loop count.
unsigned Plan::steps_at_a_time(const Pass& of) const {
  const auto ops = std::count_if(of.compute.begin(), of.compute.end(),
                                 [this](NodeId id) { return !is_leaf(graph[id].op); });
  const auto turns = static_cast<unsigned>(reduction_partials) / lanes;
  if (ops > 8) return 1;
  const unsigned steps = turns * (ops <= 2 ? 2 : 1);
  return of.reductions.empty() ? std::min(steps, 4u) : steps;
}

std::int64_t Plan::scratch_bytes(std::int64_t row, std::int64_t rows) const {
  if (layout.across_rows) return block_scratch_bytes(*this, row, rows);
  std::int64_t width = 0;
  for (NodeId id : kept) width += bytes(graph[id].dtype);
  // Whole vectors are kept, the last of which reaches past the end.
  return width * (row + lanes);
}

Result<Plan> make_plan(const Step& step, const Layout& layout, const Target& target) {
  Plan plan;
  plan.graph = compact(step.graph);
  plan.layout = layout;
  plan.target = target;
  if (layout.access.size() != plan.operands() || layout.rank < 1 || layout.rank > max_loops ||
      layout.reduced != static_cast<int>(step.reduced.count()))
    return make_error(
        ErrorCode::unsupported,
        fmt::format("the layout is for {} operands in {} loops and {} inside a row, the kernel has "
                    "{} operands, 1 to {} loops and {} inside a row",
                    layout.access.size(), layout.rank, layout.reduced, plan.operands(), max_loops,
                    step.reduced.count()));
  for (NodeId id = 0; id < plan.graph.size(); ++id) check_primitive(plan.graph, id);
  plan.level = plan.has_rows() ? place_in_rows(plan.graph, step) : place(plan.graph, layout);
  if (plan.has_rows()) {
    plan.store = stores_in_rows(step);
    const Dim& last = step.shape[step.reduced.last()];
    if (!last.is_symbolic() && last.extent > 0) plan.row_extent = last.extent;
  }
  if (const auto fits = check_stores(plan); !fits) return fits.error();
  plan.lanes = lanes_of(plan);
  if (plan.has_rows())
    plan_passes(plan);
  else
    plan.unroll = unroll_of(plan.element_ops());
  plan.in_pairs = is_in_pairs(plan);
  if (plan.in_pairs) plan.unroll = std::min(plan.unroll, 2u);
  if (layout.across_rows) plan_block(plan);
  return plan;
}

}  // namespace actjit
