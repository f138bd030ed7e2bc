#include "codegen/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "codegen/lift_views.h"
#include "codegen/sink_views.h"
#include "ir/rebuild.h"

namespace actjit {

namespace {

// A node of the sunk graph and where its value goes.
struct Sink {
  NodeId node;
  KernelOperand to;
};

// Axes counted from the end, which broadcasting aligns: those of `shape` in `axes`.
std::vector<std::size_t> from_end(Axes axes, std::size_t rank) {
  std::vector<std::size_t> out;
  for (std::size_t d = 0; d < rank; ++d)
    if (axes.has(d)) out.push_back(rank - d);
  return out;
}

// Down to `rank` dimensions at most.
Shape without_leading_ones(Shape shape, std::size_t rank = 0) {
  std::size_t ones = 0;
  while (shape.size() - ones > rank && shape[ones].is_one()) ++ones;
  shape.erase(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(ones));
  return shape;
}

// Kernels in the making.
struct Group {
  int level = 0;
  Shape shape;
  std::vector<std::size_t> reduced;  // axes from the end; none: elementwise
  std::vector<NodeId> reductions;
  std::vector<Sink> sinks;
};

// Cuts a graph without views into kernels.
class Grouper {
 public:
  Grouper(const Graph& graph, const ViewSinker& sunk, Schedule& schedule)
      : g_(graph), sunk_(sunk), schedule_(schedule), group_of_(graph.size(), none) {}

  void run(std::vector<Sink> sinks) {
    mark_live(sinks);
    for (NodeId id = 0; id < g_.size(); ++id)
      if (live_[id] && is_reduction(g_[id].op)) place_reduction(id);
    for (Sink& sink : sinks) place_sink(std::move(sink));
    std::vector<std::size_t> order(groups_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return groups_[a].level < groups_[b].level; });
    find_crossing();
    for (std::size_t i : order) emit(i);
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  void mark_live(const std::vector<Sink>& sinks) {
    live_.assign(g_.size(), false);
    for (const Sink& s : sinks) live_[s.node] = true;
    for (NodeId id = static_cast<NodeId>(g_.size()); id-- > 0;)
      if (live_[id])
        for (NodeId arg : g_[id].operands()) live_[arg] = true;
  }

  // The reductions a node needs, without those that these need.
  std::vector<NodeId> direct_reductions(std::span<const NodeId> roots) const {
    std::vector<bool> seen(g_.size(), false);
    std::vector<NodeId> stack(roots.begin(), roots.end()), out;
    while (!stack.empty()) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (seen[id]) continue;
      seen[id] = true;
      if (is_reduction(g_[id].op))
        out.push_back(id);
      else
        stack.insert(stack.end(), g_[id].operands().begin(), g_[id].operands().end());
    }
    return out;
  }

  void place_reduction(NodeId id) {
    const NodeId operand = g_[id].args[0];
    const Shape& shape = g_.shape(operand);
    const auto axes = from_end(axes_of(g_[id].attribute), shape.size());
    const Shape domain = without_leading_ones(shape, axes.front());
    const auto fits = [&](const Group& g) { return g.reduced == axes && g.shape == domain; };
    int level = 0;
    for (NodeId dep : direct_reductions(g_[id].operands())) {
      const Group& g = groups_[group_of_[dep]];
      level = std::max(level, fits(g) ? g.level : g.level + 1);
    }
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (groups_[i].level == level && fits(groups_[i])) group_of_[id] = i;
    if (group_of_[id] == none) {
      group_of_[id] = groups_.size();
      groups_.push_back({level, domain, axes, {}, {}});
    }
    groups_[group_of_[id]].reductions.push_back(id);
  }

  // Whether a value of this shape is written once by a kernel: as large as what the loops run
  // through, or as its rows.
  static bool is_written_once(const Group& g, const Shape& shape) {
    bool all = true, rows = true;
    const std::size_t rank = std::max(shape.size(), g.shape.size());
    for (std::size_t k = 1; k <= rank; ++k) {
      const Dim want = k <= g.shape.size() ? g.shape[g.shape.size() - k] : Dim(1);
      const Dim have = k <= shape.size() ? shape[shape.size() - k] : Dim(1);
      const bool reduced = std::find(g.reduced.begin(), g.reduced.end(), k) != g.reduced.end();
      all = all && have == want;
      rows = rows && (reduced ? have.is_one() : have == want);
    }
    return all || rows;
  }

  void place_sink(Sink sink) {
    const Shape shape = without_leading_ones(shape_of(sink.to.view));
    int level = 0;
    std::vector<std::size_t> needed;
    for (NodeId dep : direct_reductions(std::span(&sink.node, 1))) {
      const std::size_t i = group_of_[dep];
      level = std::max(level, groups_[i].level);
      if (std::find(needed.begin(), needed.end(), i) == needed.end()) needed.push_back(i);
    }
    // Behind reductions, if all of the last ones it needs are of one kernel.
    std::vector<std::size_t> last;
    for (std::size_t i : needed)
      if (groups_[i].level == level) last.push_back(i);
    if (last.size() == 1 && is_written_once(groups_[last[0]], shape)) {
      groups_[last[0]].sinks.push_back(std::move(sink));
      return;
    }
    // Beside reductions that read as much, where it needs none.
    if (needed.empty())
      for (Group& g : groups_)
        if (!g.reduced.empty() && without_leading_ones(g.shape) == shape) {
          g.sinks.push_back(std::move(sink));
          return;
        }
    if (!needed.empty()) ++level;
    for (Group& g : groups_) {
      if (g.level != level || !g.reduced.empty()) continue;
      std::optional<Shape> both = broadcast(g.shape, shape);
      if (!both) continue;
      g.shape = std::move(*both);
      g.sinks.push_back(std::move(sink));
      return;
    }
    groups_.push_back({level, shape, {}, {}, {std::move(sink)}});
  }

  // Which reductions other kernels read.
  void find_crossing() {
    intermediate_.assign(g_.size(), none);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      for (NodeId r : groups_[i].reductions)
        for (NodeId dep : direct_reductions(g_[r].operands())) cross(dep, i);
      for (const Sink& s : groups_[i].sinks)
        for (NodeId dep : direct_reductions(std::span(&s.node, 1))) cross(dep, i);
    }
  }
  void cross(NodeId reduction, std::size_t to) {
    if (group_of_[reduction] == to || intermediate_[reduction] != none) return;
    intermediate_[reduction] = schedule_.intermediates.size();
    schedule_.intermediates.push_back({g_[reduction].dtype, g_.shape(reduction)});
  }

  KernelOperand intermediate(NodeId reduction) const {
    return {.place = Place::intermediate,
            .index = intermediate_[reduction],
            .view = ViewSinker::whole(g_.shape(reduction))};
  }

  void emit(std::size_t at) {
    const Group& group = groups_[at];
    Step step;
    step.shape = group.shape;
    for (std::size_t k : group.reduced) step.reduced.add(group.shape.size() - k);
    step.counts = sunk_.counts();
    std::vector<NodeId> made(g_.size(), no_node);
    for (const Scalar& s : g_.scalars())
      made[s.node] = step.graph.scalar(s.name, g_[s.node].dtype, s.initial);
    std::vector<NodeId> roots = group.reductions;
    for (const Sink& s : group.sinks) roots.push_back(s.node);
    const std::vector<bool> needed = cone(roots, at);
    for (NodeId id = 0; id < g_.size(); ++id)
      if (needed[id] && made[id] == no_node) made[id] = copy(id, at, made, step);
    for (NodeId r : group.reductions)
      if (intermediate_[r] != none)
        write(step, fmt::format("between.{}", intermediate_[r]), made[r], intermediate(r));
    for (const Sink& s : group.sinks)
      write(step, fmt::format("y.{}", step.writes.size()), made[s.node], s.to);
    schedule_.steps.push_back(std::move(step));
  }

  static void write(Step& step, const std::string& name, NodeId node, KernelOperand to) {
    step.graph.output(Name(name), node);
    step.writes.push_back(std::move(to));
  }

  bool is_foreign(NodeId id, std::size_t at) const {
    return is_reduction(g_[id].op) && group_of_[id] != at;
  }

  // What the kernel computes: down to its operands and to other kernels' reductions.
  std::vector<bool> cone(std::span<const NodeId> roots, std::size_t at) const {
    std::vector<bool> needed(g_.size(), false);
    for (NodeId r : roots) needed[r] = true;
    for (NodeId id = static_cast<NodeId>(g_.size()); id-- > 0;)
      if (needed[id] && !is_foreign(id, at))
        for (NodeId arg : g_[id].operands()) needed[arg] = true;
    return needed;
  }

  NodeId copy(NodeId id, std::size_t at, const std::vector<NodeId>& made, Step& step) const {
    const Node& n = g_[id];
    if (is_foreign(id, at)) {
      step.reads.push_back(intermediate(id));
      return step.graph.input(Name(fmt::format("between.{}", intermediate_[id])), n.dtype,
                              g_.shape(id));
    }
    if (n.op == Op::input) step.reads.push_back(sunk_.reads()[n.attribute[0]]);
    std::array<NodeId, max_arity> args{};
    for (std::size_t i = 0; i < n.operands().size(); ++i) args[i] = made[n.args[i]];
    return copy_node(g_, n, std::span(args).first(n.operands().size()), step.graph);
  }

  const Graph& g_;
  const ViewSinker& sunk_;
  Schedule& schedule_;
  std::vector<bool> live_;
  std::vector<Group> groups_;
  std::vector<std::size_t> group_of_;      // by node: of reductions
  std::vector<std::size_t> intermediate_;  // by node: of reductions other kernels read
};

// The parts of an output that is a join, and what of the output's tensor each of them is.
void add_sinks(const Graph& g, NodeId node, const KernelOperand& to, ViewSinker& sinker,
               std::vector<Sink>& sinks) {
  const Node& n = g[node];
  if (n.op != Op::join) {
    sinks.push_back({sinker.sink(node), to});
    return;
  }
  const Join j = join_of(n.attribute);
  const auto extent = [&](NodeId part) { return g.shape(part)[j.axis].extent; };
  const auto parts = parts_of(j, extent(n.args[0]), extent(n.args[1]));
  for (std::size_t p = 0; p < 2; ++p) {
    KernelOperand part = to;
    ViewAxis& axis = part.view[j.axis];
    axis.start += axis.step * parts[p].start;
    axis.step *= parts[p].step;
    axis.extent = Dim(std::int64_t{parts[p].count});
    add_sinks(g, n.args[p], part, sinker, sinks);
  }
}

// Where an output lies in its tensor, which does not have the axes that were dropped.
View view_of_output(const Shape& shape, Axes dropped) {
  View view;
  int next = 0;
  for (std::size_t d = 0; d < shape.size(); ++d)
    view.push_back(dropped.has(d) ? ViewAxis{} : ViewAxis{.dim = next++, .extent = shape[d]});
  return view;
}

// `reads` says what the graph's inputs are, `writes` what its outputs are.
void add_steps(const Graph& graph, std::span<const KernelOperand> reads,
               std::span<const KernelOperand> writes, Schedule& out) {
  const Unsqueezed flat = lift_squeezes(graph);
  ViewSinker sinker(flat.graph, reads, out);
  std::vector<Sink> sinks;
  for (std::size_t o = 0; o < flat.graph.outputs().size(); ++o) {
    const NodeId node = flat.graph.outputs()[o].node;
    KernelOperand to = writes[o];
    to.view = view_of_output(flat.graph.shape(node), flat.dropped[o]);
    add_sinks(flat.graph, node, to, sinker, sinks);
  }
  const Graph sunk = std::move(sinker.graph());
  Grouper(sunk, sinker, out).run(std::move(sinks));
}

// Copies the nodes of a graph up to `end`, each once; `made` knows some of them already.
void copy_nodes(const Graph& in, NodeId end, std::vector<NodeId>& made, Graph& out) {
  for (NodeId id = 0; id < end; ++id) {
    if (made[id] != no_node) continue;
    const Node& n = in[id];
    std::array<NodeId, max_arity> args{};
    for (std::size_t i = 0; i < n.operands().size(); ++i) args[i] = made[n.args[i]];
    made[id] = copy_node(in, n, std::span(args).first(n.operands().size()), out);
  }
}

std::vector<NodeId> with_interface(const Graph& in, Graph& out) {
  std::vector<NodeId> made(in.size(), no_node);
  for (const Input& i : in.inputs())
    made[i.node] = out.input(i.name, in[i.node].dtype, in.shape(i.node));
  for (const Scalar& s : in.scalars())
    made[s.node] = out.scalar(s.name, in[s.node].dtype, s.initial);
  return made;
}

// The graph with `nodes` as further inputs, the first of them between.`first`.
Graph behind(const Graph& in, std::span<const NodeId> nodes, std::size_t first) {
  Graph out;
  std::vector<NodeId> made = with_interface(in, out);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    made[nodes[i]] = out.input(Name(fmt::format("between.{}", first + i)), in[nodes[i]].dtype,
                               in.shape(nodes[i]));
  copy_nodes(in, static_cast<NodeId>(in.size()), made, out);
  for (const Output& o : in.outputs()) out.output(o.name, made[o.node]);
  return lift_joins(compact(out));
}

// What the graph does for `nodes`, which become its outputs.
Graph before(const Graph& in, std::span<const NodeId> nodes) {
  Graph out;
  std::vector<NodeId> made = with_interface(in, out);
  copy_nodes(in, *std::max_element(nodes.begin(), nodes.end()) + 1, made, out);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    out.output(Name(fmt::format("kept.{}", i)), made[nodes[i]]);
  return lift_joins(out);
}

std::size_t operations(const Graph& g) {
  std::size_t n = 0;
  for (NodeId id = 0; id < g.size(); ++id) n += !is_leaf(g[id].op);
  return n;
}

// The values that cross a cut through a graph that is too large, where the fewest do.
std::vector<NodeId> values_at_cut(const Graph& g) {
  std::vector<NodeId> last_use(g.size(), 0);
  for (NodeId id = 0; id < g.size(); ++id)
    for (NodeId arg : g[id].operands()) last_use[arg] = id;
  for (const Output& o : g.outputs()) last_use[o.node] = static_cast<NodeId>(g.size());
  const auto crossing = [&](NodeId at) {
    std::vector<NodeId> out;
    for (NodeId id = 0; id < at; ++id)
      if (!is_leaf(g[id].op) && last_use[id] >= at) out.push_back(id);
    return out;
  };
  std::vector<NodeId> best;
  std::size_t operations = 0;
  constexpr std::size_t candidates = 64;
  for (NodeId id = 0; id < g.size() && operations < max_kernel_operations; ++id) {
    operations += !is_leaf(g[id].op);
    const bool late = operations > max_kernel_operations / 2;
    if (!late || operations % (max_kernel_operations / 2 / candidates) != 0) continue;
    std::vector<NodeId> values = crossing(id + 1);
    if (best.empty() || values.size() < best.size()) best = std::move(values);
  }
  return best;
}

std::optional<Shape> shape_of_outputs(const Graph& graph) {
  std::optional<Shape> shape = Shape();
  for (const Output& o : graph.outputs())
    if (shape) shape = broadcast(*shape, graph.shape(o.node));
  return shape;
}

// What is elementwise and has outputs that broadcast is one kernel as it stands.
std::optional<Step> whole(const Graph& graph) {
  const std::optional<Shape> shape = shape_of_outputs(graph);
  if (has_axes(graph) || !shape || operations(graph) > max_kernel_operations) return std::nullopt;
  Step step{
      .graph = graph, .reads = {}, .writes = {}, .shape = *shape, .reduced = {}, .counts = {}};
  for (std::size_t i = 0; i < graph.inputs().size(); ++i)
    step.reads.push_back({Place::input, i, ViewSinker::whole(graph.shape(graph.inputs()[i].node))});
  for (std::size_t o = 0; o < graph.outputs().size(); ++o)
    step.writes.push_back(
        {Place::output, o, ViewSinker::whole(graph.shape(graph.outputs()[o].node))});
  return step;
}

std::string describe(const KernelOperand& operand, const Graph& graph, const Schedule& schedule) {
  std::string out;
  switch (operand.place) {
    case Place::input: out = graph.inputs()[operand.index].name.string(); break;
    case Place::output: out = graph.outputs()[operand.index].name.string(); break;
    case Place::intermediate: {
      const Intermediate& i = schedule.intermediates[operand.index];
      out = fmt::format("between.{} : {}{}", operand.index, text(i.dtype), to_string(i.shape));
      break;
    }
    case Place::positions: out = fmt::format("positions.{}", operand.index); break;
  }
  bool plain = true;
  for (std::size_t d = 0; d < operand.view.size(); ++d)
    plain = plain && operand.view[d].dim == static_cast<int>(d) && operand.view[d].start == 0 &&
            operand.view[d].step == 1;
  if (plain) return out;
  out += " seen as [";
  for (std::size_t d = 0; d < operand.view.size(); ++d) {
    const ViewAxis& a = operand.view[d];
    out += d == 0 ? "" : ", ";
    if (a.dim == ViewAxis::no_dim)
      out += "1";
    else if (a.start == 0 && a.step == 1)
      out += fmt::format("d{}", a.dim);
    else
      out += fmt::format("d{} from {} by {}", a.dim, a.start, a.step);
  }
  return out + "]";
}

}  // namespace

Shape shape_of(const View& view) {
  Shape shape;
  for (const ViewAxis& a : view) shape.push_back(a.extent);
  return shape;
}

Schedule schedule(const Graph& graph) {
  Schedule out;
  if (std::optional<Step> all = whole(graph)) {
    out.steps.push_back(std::move(*all));
    return out;
  }
  out.has_views = true;
  Graph rest = lift_joins(graph);
  std::vector<KernelOperand> reads;
  for (std::size_t i = 0; i < rest.inputs().size(); ++i)
    reads.push_back({.place = Place::input, .index = i, .view = {}});
  // The values become tensors, which the rest of the graph reads.
  const auto keep = [&](std::span<const NodeId> values) {
    std::vector<KernelOperand> kept;
    const std::size_t first = out.intermediates.size();
    for (NodeId id : values) {
      kept.push_back({.place = Place::intermediate, .index = out.intermediates.size(), .view = {}});
      out.intermediates.push_back({rest[id].dtype, rest.shape(id)});
    }
    add_steps(before(rest, values), reads, kept, out);
    rest = behind(rest, values, first);
    reads.insert(reads.end(), kept.begin(), kept.end());
  };
  while (operations(rest) > max_kernel_operations) keep(values_at_cut(rest));
  for (NodeId kept = join_to_keep(rest); kept != no_node; kept = join_to_keep(rest))
    keep(std::span(&kept, 1));
  std::vector<KernelOperand> writes;
  for (std::size_t o = 0; o < rest.outputs().size(); ++o)
    writes.push_back({.place = Place::output, .index = o, .view = {}});
  add_steps(rest, reads, writes, out);
  return out;
}

std::string print(const Schedule& schedule, const Graph& graph) {
  std::string out;
  for (std::size_t s = 0; s < schedule.steps.size(); ++s) {
    const Step& step = schedule.steps[s];
    out += fmt::format("kernel {} over {}", s, to_string(step.shape));
    if (step.reduced.mask != 0) {
      out += ", reducing axis";
      for (std::size_t d = 0; d < step.shape.size(); ++d)
        if (step.reduced.has(d)) out += fmt::format(" {}", d);
    }
    out += '\n';
    for (std::size_t i = 0; i < step.reads.size(); ++i)
      out += fmt::format("  reads {} = {}\n", step.graph.inputs()[i].name.view(),
                         describe(step.reads[i], graph, schedule));
    for (std::size_t o = 0; o < step.writes.size(); ++o)
      out += fmt::format("  writes {} = {}\n", step.graph.outputs()[o].name.view(),
                         describe(step.writes[o], graph, schedule));
  }
  return out;
}

}  // namespace actjit
