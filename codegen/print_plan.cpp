// The loop nest as text.
#include <fmt/format.h>

#include "codegen/plan.h"
#include "ir/print.h"

namespace actjit {

namespace {

class PlanPrinter {
 public:
  explicit PlanPrinter(const Plan& plan) : plan_(plan), g_(plan.graph) {}

  std::string run() {
    out_ = plan_.has_rows()
               ? fmt::format("plan for {}, {} lanes {}{}\n", plan_.target.name, plan_.lanes,
                             plan_.layout.across_rows ? "across rows" : "along rows", pairs())
               : fmt::format("plan for {}, {} lanes, unrolled {} times{}\n", plan_.target.name,
                             plan_.lanes, plan_.unroll, pairs());
    out_ += "layout: " + to_string(plan_.layout, g_.inputs().size()) + "\n";
    out_ += "once a call:\n";
    nodes_at(Level::call, 1);
    if (plan_.has_rows())
      rows();
    else
      elements();
    return out_;
  }

 private:
  const char* pairs() const { return plan_.in_pairs ? ", in pairs" : ""; }
  void line(int depth, const std::string& text) {
    out_ += fmt::format("{:{}}{}\n", "", 2 * depth, text);
  }

  void node(NodeId id, int depth) {
    const Node& n = g_[id];
    std::string text = fmt::format("%{} = {}", id, actjit::text(n.op));
    if (n.op == Op::input) text += fmt::format(" {}", g_.inputs()[n.attribute[0]].name.view());
    if (n.op == Op::scalar) text += fmt::format(" {}", g_.scalars()[n.attribute[0]].name.view());
    for (NodeId arg : n.operands())
      text += g_.is_constant(arg) && is_float(g_[arg].dtype) ? fmt::format(" {}", g_.real(arg).hi)
                                                             : fmt::format(" %{}", arg);
    line(depth, text + fmt::format(" : {}", actjit::text(n.dtype)));
  }

  void store(std::size_t output, int depth) {
    line(depth, fmt::format("store {} = %{}", g_.outputs()[output].name.view(),
                            g_.outputs()[output].node));
  }

  void nodes_at(Level level, int depth) {
    for (NodeId id = 0; id < g_.size(); ++id)
      if (plan_.level[id] == level && g_[id].op != Op::constant) node(id, depth);
    for (std::size_t i = 0; i < g_.outputs().size(); ++i)
      if (plan_.store_level(i) == level) store(i, depth);
  }

  void elements() {
    int depth = 1;
    for (; depth < plan_.layout.rank; ++depth)
      line(depth - 1, fmt::format("for i{0} in 0..dims[{0}]:", depth - 1));
    nodes_at(Level::row, depth);
    line(depth - 1, fmt::format("for i{0} in 0..dims[{0}], {1} elements a step:", depth - 1,
                                plan_.lanes * plan_.unroll));
    nodes_at(Level::element, depth);
  }

  void rows() {
    int depth = 0;
    for (; depth < plan_.layout.rank; ++depth) {
      const bool innermost = depth + 1 == plan_.layout.rank;
      line(depth, fmt::format("for i{0} in 0..dims[{0}]{1}:", depth, innermost ? steps() : ""));
    }
    turned(depth, false);
    between_passes(0, depth);
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) {
      pass(plan_.passes[p], depth);
      between_passes(p + 1, depth);
    }
    turned(depth, true);
  }

  // Of the loop through rows.
  std::string steps() const {
    if (turns()) return fmt::format(", {} a step", plan_.lanes);
    return plan_.layout.across_rows ? ", in blocks" : "";
  }
  bool turns() const { return !plan_.turned.empty(); }
  bool in_blocks() const { return plan_.layout.across_rows && !turns(); }

  void turned(int depth, bool outputs) {
    for (std::size_t i : plan_.turned) {
      if ((i >= g_.inputs().size()) != outputs) continue;
      line(depth, fmt::format("turn {}", outputs ? g_.outputs()[i - g_.inputs().size()].name.view()
                                                 : g_.inputs()[i].name.view()));
    }
  }

  // What belongs to rows and is there behind so many passes.
  void between_passes(std::size_t passes, int depth) {
    const std::size_t before = out_.size();
    const int inside = depth + (in_blocks() ? 1 : 0);
    if (passes > 0)
      for (NodeId r : plan_.passes[passes - 1].reductions)
        line(inside,
             fmt::format("%{} = {} %{} : {}", r, text(g_[r].op), g_[r].args[0], text(g_[r].dtype)));
    for (NodeId id = 0; id < g_.size(); ++id)
      if (plan_.level[id] == Level::row && plan_.pass[id] == passes && !is_reduction(g_[id].op))
        node(id, inside);
    for (std::size_t o = 0; passes == plan_.passes.size() && o < g_.outputs().size(); ++o)
      if (plan_.store[o] != Level::element) store(o, inside);
    if (inside == depth || out_.size() == before) return;
    const std::string nodes = out_.substr(before);
    out_.resize(before);
    each_row(depth);
    out_ += nodes;
  }
  void each_row(int depth) {
    line(depth, fmt::format("for the block's rows, {} a step:", plan_.lanes));
  }

  void pass(const Pass& pass, int depth) {
    const bool repeats =
        !pass.reductions.empty() && g_[pass.reductions[0]].op == Op::sparse_threshold;
    if (turns() && !repeats && !plan_.has_walk(pass)) return;
    if (repeats) line(depth++, fmt::format("while %{} grows:", pass.reductions[0]));
    const unsigned steps = repeats ? 1 : plan_.steps_at_a_time(pass);
    for (int d = 0; d < plan_.layout.reduced; ++d) {
      const int at = plan_.layout.rank + d;
      const bool vectors = !plan_.layout.across_rows && d + 1 == plan_.layout.reduced;
      const bool is_known = plan_.row_extent && d + 1 == plan_.layout.reduced;
      const std::string end =
          is_known ? fmt::format("{}", *plan_.row_extent) : fmt::format("dims[{}]", at);
      line(depth++,
           fmt::format("for i{} in 0..{}{}:", at, end,
                       vectors ? fmt::format(", {} elements a step", steps * plan_.lanes) : ""));
    }
    if (in_blocks()) each_row(depth++);
    for (NodeId id : pass.load) line(depth, fmt::format("%{} = kept", id));
    for (NodeId id : pass.compute) node(id, depth);
    for (NodeId id : pass.keep) line(depth, fmt::format("keep %{}", id));
    for (NodeId r : pass.reductions) line(depth, fmt::format("%{} takes %{}", r, g_[r].args[0]));
    for (std::size_t o : pass.stores) store(o, depth);
  }

  const Plan& plan_;
  const Graph& g_;
  std::string out_;
};

}  // namespace

std::string print(const Plan& plan) { return PlanPrinter(plan).run(); }

}  // namespace actjit
