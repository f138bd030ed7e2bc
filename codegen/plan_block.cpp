#include "codegen/plan_block.h"

#include <algorithm>

namespace actjit {

namespace {

// So many rows make the loop over them long; their elements are whole cache lines.
constexpr std::int64_t block_rows = 64;
// Turned rows are short, and gain nothing by more of them than the nearest cache holds.
constexpr std::int64_t turned_bytes = std::int64_t{24} << 10;
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

}  // namespace

void plan_block(Plan& plan) {
  plan.saved = Saved(plan).run();
  const std::size_t inputs = plan.graph.inputs().size();
  for (std::size_t i = 0; i < plan.operands(); ++i) {
    if (plan.layout.access[i] != Access::turned) continue;
    const bool of_elements = i < inputs ? plan.level[plan.graph.inputs()[i].node] == Level::element
                                        : plan.store[i - inputs] == Level::element;
    if (of_elements) plan.turned.push_back(i);
  }
}

BlockBytes block_bytes(const Plan& plan) {
  BlockBytes out;
  for (NodeId id : plan.kept) out.element += bytes(plan.graph[id].dtype);
  for (std::size_t i : plan.turned) out.element += bytes(operand_dtype(plan, i));
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
  out.row += partials;
  return out;
}

std::int64_t block_scratch_bytes(const Plan& plan, std::int64_t row, std::int64_t rows) {
  const BlockBytes of = block_bytes(plan);
  const std::int64_t one = row * of.element + of.row;
  std::int64_t block = block_rows;
  if (!plan.turned.empty())
    block = std::min(block, turned_bytes / one);
  else if (one * block > cache_bytes)
    block = std::min(wide_block_rows, most_bytes / one);
  const auto lanes = static_cast<std::int64_t>(plan.lanes);
  block = std::max(std::min(block, rows + lanes - 1) / lanes, std::int64_t{1}) * lanes;
  return one * block;
}

}  // namespace actjit
