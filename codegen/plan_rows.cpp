#include "codegen/plan_rows.h"

#include <algorithm>

namespace actjit {

namespace {

// To compute up to so many operations again is cheaper than to store and load a value.
constexpr std::size_t cheap_ops = 6;

class PassPlanner {
 public:
  explicit PassPlanner(Plan& plan) : plan_(plan), g_(plan.graph), computed_(g_.size(), none) {}

  void run() {
    plan_.pass.assign(g_.size(), 0);
    for (NodeId id = 0; id < g_.size(); ++id) number(id);
    plan_.passes.resize(count_);
    for (NodeId id = 0; id < g_.size(); ++id)
      if (is_reduction(g_[id].op)) plan_.passes[plan_.pass[id] - 1].reductions.push_back(id);
    place_stores();
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) fill(p);
    sort_by_width(plan_.kept, g_);
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  // Behind how many passes the node can be computed; for an element, in which pass at the earliest.
  void number(NodeId id) {
    const Node& n = g_[id];
    std::size_t& at = plan_.pass[id];
    for (NodeId arg : n.operands()) at = std::max(at, plan_.pass[arg]);
    if (!is_reduction(n.op)) return;
    // A threshold repeats its pass, so nothing else may be in it.
    const bool alone = n.op == Op::sparse_threshold;
    while (at < taken_.size() && (taken_[at] || (alone && at < count_ && used_[at]))) ++at;
    if (taken_.size() <= at) taken_.resize(at + 1, false), used_.resize(at + 1, false);
    taken_[at] = taken_[at] || alone;
    used_[at] = true;
    count_ = std::max(count_, at + 1);
    ++at;
  }

  // All in the last pass: an output may lie on an input that the passes before it read.
  void place_stores() {
    std::size_t last = plan_.passes.empty() ? 0 : plan_.passes.size() - 1;
    std::vector<std::size_t> stores;
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      if (plan_.store[o] != Level::element) continue;
      last = std::max(last, plan_.pass[g_.outputs()[o].node]);
      stores.push_back(o);
    }
    if (stores.empty()) return;
    if (last < taken_.size() && taken_[last]) ++last;
    if (last >= plan_.passes.size()) plan_.passes.resize(last + 1);
    plan_.passes[last].stores = std::move(stores);
  }

  // What the pass computes, and what it takes from scratch memory instead.
  void fill(std::size_t p) {
    Pass& pass = plan_.passes[p];
    std::vector<bool> needed(g_.size(), false);
    for (NodeId r : pass.reductions) needed[g_[r].args[0]] = true;
    for (std::size_t o : pass.stores) needed[g_.outputs()[o].node] = true;
    for (NodeId id = static_cast<NodeId>(g_.size()); id-- > 0;) {
      if (!needed[id] || plan_.level[id] != Level::element) continue;
      if (computed_[id] != none && is_worth_keeping(id)) {
        keep(id);
        pass.load.push_back(id);
        continue;
      }
      pass.compute.push_back(id);
      for (NodeId arg : g_[id].operands()) needed[arg] = true;
    }
    std::reverse(pass.compute.begin(), pass.compute.end());
    for (NodeId id : pass.compute)
      if (computed_[id] == none) computed_[id] = p;
  }

  void keep(NodeId id) {
    if (std::find(plan_.kept.begin(), plan_.kept.end(), id) != plan_.kept.end()) return;
    plan_.kept.push_back(id);
    plan_.passes[computed_[id]].keep.push_back(id);
  }

  // Whether more than a few operations stand behind the value.
  bool is_worth_keeping(NodeId id) const {
    if (is_bool(g_[id].dtype)) return false;
    std::vector<NodeId> stack{id}, seen;
    std::size_t ops = 0;
    while (!stack.empty() && ops <= cheap_ops) {
      const NodeId at = stack.back();
      stack.pop_back();
      if (plan_.level[at] != Level::element) continue;
      if (is_gathered(at)) return true;
      if (is_leaf(g_[at].op)) continue;
      if (std::find(seen.begin(), seen.end(), at) != seen.end()) continue;
      seen.push_back(at);
      // A division takes as long as many others.
      ops += g_[at].op == Op::div || g_[at].op == Op::sqrt ? cheap_ops : 1;
      stack.insert(stack.end(), g_[at].operands().begin(), g_[at].operands().end());
    }
    return ops > cheap_ops;
  }

  // Elements that lie apart are loaded one by one; across rows, each from another place.
  bool is_gathered(NodeId id) const {
    const Node& n = g_[id];
    if (n.op != Op::input) return false;
    const Access access = plan_.layout.access[n.attribute[0]];
    return access == Access::strided || (plan_.layout.across_rows && access == Access::unit);
  }

  Plan& plan_;
  const Graph& g_;
  std::size_t count_ = 0;
  std::vector<bool> taken_;            // by pass: it is a threshold's
  std::vector<bool> used_;             // by pass: it has a reduction
  std::vector<std::size_t> computed_;  // by node: the first pass that computes it
};

// Whether something of this rank has more than one element along some reduced axis.
template <class IsOne>
Level varies_in_row(const Step& step, std::size_t rank, IsOne is_one) {
  for (std::size_t k = 1; k <= std::min(rank, step.shape.size()); ++k)
    if (step.reduced.has(step.shape.size() - k) && !is_one(rank - k)) return Level::element;
  return Level::row;
}

}  // namespace

std::vector<Level> place_in_rows(const Graph& g, const Step& step) {
  std::vector<Level> level(g.size(), Level::call);
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& n = g[id];
    for (NodeId arg : n.operands()) level[id] = std::max(level[id], level[arg]);
    if (is_reduction(n.op)) level[id] = Level::row;
    if (n.op != Op::input) continue;
    const Shape& shape = g.shape(id);
    level[id] = varies_in_row(step, shape.size(), [&](std::size_t d) { return shape[d].is_one(); });
  }
  return level;
}

std::vector<Level> stores_in_rows(const Step& step) {
  std::vector<Level> out;
  for (const KernelOperand& o : step.writes)
    out.push_back(varies_in_row(step, o.view.size(),
                                [&](std::size_t d) { return o.view[d].extent.is_one(); }));
  return out;
}

void sort_by_width(std::vector<NodeId>& nodes, const Graph& g) {
  std::ranges::sort(nodes, [&g](NodeId a, NodeId b) {
    const int x = bytes(g[a].dtype), y = bytes(g[b].dtype);
    return x != y ? x > y : a < b;
  });
}

void plan_passes(Plan& plan) {
  // The partial results of a reduction fill whole vectors.
  plan.lanes = std::min(plan.lanes, static_cast<unsigned>(reduction_partials));
  PassPlanner(plan).run();
}

}  // namespace actjit
