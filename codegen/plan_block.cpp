#include "codegen/plan_block.h"

#include <algorithm>

#include "codegen/plan_rows.h"

namespace actjit {

namespace {

// So many rows make the loop over them long; their elements are whole cache lines.
constexpr std::int64_t block_rows = 64;
// Turned rows are short, and gain nothing by more of them than the nearest cache holds, or than
// the processor looks ahead.
constexpr std::int64_t turned_bytes = std::int64_t{24} << 10;
constexpr std::int64_t max_columns = 8;
// What rows that do not fit this lose at every step to another page of memory is less, the more of
// them share it.
constexpr std::int64_t cache_bytes = std::int64_t{1} << 20;
constexpr std::int64_t wide_block_rows = 128;
constexpr std::int64_t most_bytes = std::int64_t{1} << 24;

DType operand_dtype(const Plan& plan, std::size_t operand) {
  const std::size_t inputs = plan.graph.inputs().size();
  return plan
      .graph[operand < inputs ? plan.graph.inputs()[operand].node
                              : plan.graph.outputs()[operand - inputs].node]
      .dtype;
}

// Which nodes of rows are needed elsewhere than between the two passes where they are computed.
class Saved {
 public:
  explicit Saved(const Plan& plan) : plan_(plan), g_(plan.graph), out_(g_.size(), false) {}

  std::vector<NodeId> run() {
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (g_[id].op == Op::sparse_threshold) out_[id] = true;
      if (plan_.level[id] != Level::row || is_reduction(g_[id].op)) continue;
      for (NodeId arg : g_[id].operands())
        if (plan_.pass[arg] != plan_.pass[id]) mark(arg);
    }
    for (const Pass& pass : plan_.passes) {
      for (NodeId id : pass.compute)
        for (NodeId arg : g_[id].operands()) mark(arg);
      for (NodeId r : pass.reductions) mark(g_[r].args[0]);
      for (std::size_t o : pass.stores) mark(g_.outputs()[o].node);
    }
    for (std::size_t o = 0; o < g_.outputs().size(); ++o)
      if (plan_.pass[g_.outputs()[o].node] != plan_.passes.size()) mark(g_.outputs()[o].node);
    std::vector<NodeId> saved;
    for (NodeId id = 0; id < g_.size(); ++id)
      if (out_[id]) saved.push_back(id);
    return saved;
  }

 private:
  void mark(NodeId id) {
    if (plan_.level[id] == Level::row) out_[id] = true;
  }

  const Plan& plan_;
  const Graph& g_;
  std::vector<bool> out_;
};

// The operands of reductions are in scratch memory, where their values are combined.
void keep_reduced(Plan& plan) {
  for (Pass& pass : plan.passes) {
    for (NodeId r : pass.reductions) {
      const NodeId operand = plan.graph[r].args[0];
      if (plan.graph[r].op == Op::sparse_threshold || plan.is_turned(operand)) continue;
      if (std::ranges::count(pass.load, operand) + std::ranges::count(pass.keep, operand) > 0)
        continue;
      pass.keep.push_back(operand);
      if (std::ranges::count(plan.kept, operand) == 0) plan.kept.push_back(operand);
    }
  }
  sort_by_width(plan.kept, plan.graph);
}

// Which nodes of rows are needed in a later pass than the one that computes them.
std::vector<NodeId> saved_of_turned(const Plan& plan) {
  const Graph& g = plan.graph;
  std::vector<NodeId> saved;
  const auto use = [&](NodeId id, std::size_t pass) {
    if (plan.level[id] == Level::row && plan.row_pass(id) < pass &&
        std::ranges::count(saved, id) == 0)
      saved.push_back(id);
  };
  for (NodeId id = 0; id < g.size(); ++id)
    if (plan.level[id] == Level::row && !is_reduction(g[id].op))
      for (NodeId arg : g[id].operands()) use(arg, plan.row_pass(id));
  for (std::size_t p = 0; p < plan.passes.size(); ++p) {
    for (NodeId id : plan.passes[p].compute)
      for (NodeId arg : g[id].operands()) use(arg, p);
    for (NodeId id : plan.passes[p].keep) use(id, p);
    for (std::size_t o : plan.passes[p].stores) use(g.outputs()[o].node, p);
  }
  for (const Output& o : g.outputs()) use(o.node, plan.passes.size() - 1);
  return saved;
}

}  // namespace

void plan_block(Plan& plan) {
  const std::size_t inputs = plan.graph.inputs().size();
  for (std::size_t i = 0; i < plan.operands(); ++i) {
    if (plan.layout.access[i] != Access::turned) continue;
    const bool of_elements = i < inputs ? plan.level[plan.graph.inputs()[i].node] == Level::element
                                        : plan.store[i - inputs] == Level::element;
    if (of_elements) plan.turned.push_back(i);
  }
  if (plan.turned.empty()) {
    plan.saved = Saved(plan).run();
    return;
  }
  keep_reduced(plan);
  plan.saved = saved_of_turned(plan);
  sort_by_width(plan.saved, plan.graph);
}

BlockBytes block_bytes(const Plan& plan) {
  BlockBytes out;
  for (NodeId id : plan.kept) out.element += bytes(plan.graph[id].dtype);
  for (std::size_t i : plan.turned) {
    const std::int64_t width = bytes(operand_dtype(plan, i));
    out.element += width;
    out.shared_element = std::max(out.shared_element, width);
  }
  for (NodeId id : plan.saved) out.row += bytes(plan.graph[id].dtype);
  std::int64_t partials = 0;
  for (const Pass& pass : plan.passes) {
    std::int64_t of_pass = 0;
    for (NodeId r : pass.reductions) {
      const Node& n = plan.graph[r];
      // A threshold has two sums.
      of_pass += (n.op == Op::sparse_threshold ? 2 : 1) * reduction_partials * bytes(n.dtype);
    }
    partials = std::max(partials, of_pass);
  }
  if (plan.turned.empty()) {
    out.row += partials;
  } else {
    out.row = (out.row + 15) / 16 * 16;  // arrays begin where cache lines do
    out.shared = partials;
  }
  return out;
}

std::int64_t block_scratch_bytes(const Plan& plan, std::int64_t row, std::int64_t rows) {
  const BlockBytes of = block_bytes(plan);
  const auto lanes = static_cast<std::int64_t>(plan.lanes);
  if (!plan.turned.empty()) {
    // An array of a turned row is one of partial results too.
    const std::int64_t entries = std::max(row, reduction_partials);
    const std::int64_t column = (entries * of.element + of.row) * lanes;
    const std::int64_t shared = (entries * of.shared_element + of.shared) * lanes;
    const std::int64_t wanted = (rows + lanes - 1) / lanes;
    const std::int64_t columns = std::clamp<std::int64_t>(turned_bytes / column, 1, max_columns);
    return std::min(columns, wanted) * column + shared;
  }
  const std::int64_t one = row * of.element + of.row;
  std::int64_t block = block_rows;
  if (one * block > cache_bytes) block = std::min(wide_block_rows, most_bytes / one);
  block = std::max(std::min(block, rows + lanes - 1) / lanes, std::int64_t{1}) * lanes;
  return one * block;
}

}  // namespace actjit
