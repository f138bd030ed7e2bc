#include "codegen/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/extents.h"

namespace actjit {

namespace {

std::string_view text(Access a) {
  switch (a) {
    case Access::unit: return "unit";
    case Access::zero: return "zero";
    case Access::strided: return "strided";
  }
  return "?";
}

bool serves(Access access, std::int64_t stride, std::int64_t extent) {
  if (extent <= 1) return true;
  if (access == Access::unit) return stride == 1;
  return access == Access::strided || stride == 0;
}

bool serves(const Layout& layout, const Loops& loops) {
  for (std::size_t i = 0; i < layout.access.size(); ++i)
    if (!serves(layout.access[i], loops.strides[i].back(), loops.dims.back())) return false;
  return true;
}

Loops with_loop(Loops loops, std::size_t at) {
  const auto where = static_cast<std::ptrdiff_t>(at);
  loops.dims.insert(loops.dims.begin() + where, 1);
  for (auto& s : loops.strides) s.insert(s.begin() + where, 0);
  return loops;
}

}  // namespace

std::string to_string(const Layout& layout, std::size_t inputs) {
  std::string out = fmt::format("{} {}:", layout.rank, layout.rank == 1 ? "loop" : "loops");
  for (std::size_t i = 0; i < layout.access.size(); ++i)
    out += fmt::format("{} {}", i == inputs ? " ->" : "", text(layout.access[i]));
  return out;
}

std::int64_t Loops::total() const {
  std::int64_t n = 1;
  for (std::int64_t d : dims) n *= d;
  return n;
}

Loops collapse(Loops loops) {
  Loops out;
  out.strides.resize(loops.strides.size());
  for (std::size_t d = 0; d < loops.dims.size(); ++d) {
    if (loops.dims[d] == 1) continue;
    bool merges = !out.dims.empty();
    for (std::size_t i = 0; merges && i < loops.strides.size(); ++i)
      merges = out.strides[i].back() == loops.strides[i][d] * loops.dims[d];
    if (merges) {
      out.dims.back() *= loops.dims[d];
      for (std::size_t i = 0; i < loops.strides.size(); ++i)
        out.strides[i].back() = loops.strides[i][d];
      continue;
    }
    out.dims.push_back(loops.dims[d]);
    for (std::size_t i = 0; i < loops.strides.size(); ++i)
      out.strides[i].push_back(loops.strides[i][d]);
  }
  if (!out.dims.empty()) return out;
  // A single element: as good as a vector of one.
  out.dims = {1};
  for (auto& s : out.strides) s = {1};
  return out;
}

Layout layout_of(const Loops& loops) {
  Layout out{static_cast<int>(loops.dims.size()), {}};
  for (const auto& s : loops.strides)
    out.access.push_back(s.back() == 1   ? Access::unit
                         : s.back() == 0 ? Access::zero
                                         : Access::strided);
  return out;
}

std::optional<Loops> fit(const Loops& collapsed, const Layout& layout) {
  const auto padded = [&](Loops loops) -> std::optional<Loops> {
    if (static_cast<int>(loops.dims.size()) > layout.rank) return std::nullopt;
    while (static_cast<int>(loops.dims.size()) < layout.rank) loops = with_loop(loops, 0);
    return serves(layout, loops) ? std::optional(loops) : std::nullopt;
  };
  if (auto loops = padded(collapsed)) return loops;
  // A broadcast along what is now a single column: rows of one element.
  return padded(with_loop(collapsed, collapsed.dims.size()));
}

Result<Shape> iteration_shape(const Graph& graph) {
  Shape shape;
  for (const Output& o : graph.outputs()) {
    const std::optional<Shape> both = broadcast(shape, graph.shape(o.node));
    if (!both)
      return make_error(
          ErrorCode::unsupported,
          fmt::format("the output '{}' of shape {} does not broadcast with {}, the shape of the "
                      "outputs before it; compile it as a graph of its own",
                      o.name.view(), to_string(graph.shape(o.node)), to_string(shape)));
    shape = *both;
  }
  return shape;
}

namespace {

// Numbers in the place of symbols, so different that no two loops merge by accident.
std::vector<std::int64_t> sample(const Shape& shape, std::map<std::string, std::int64_t>& symbols) {
  std::vector<std::int64_t> dims;
  for (const Dim& d : shape) {
    const auto next = static_cast<std::int64_t>(1009 + 2 * symbols.size());
    dims.push_back(d.is_symbolic() ? symbols.emplace(d.symbol.string(), next).first->second
                                   : d.extent);
  }
  return dims;
}

}  // namespace

Result<Layout> dense_layout(const Graph& graph) {
  const Result<Shape> shape = iteration_shape(graph);
  if (!shape) return shape.error();
  std::map<std::string, std::int64_t> symbols;
  Loops loops;
  loops.dims = sample(*shape, symbols);
  const auto add = [&](NodeId node) {
    const std::vector<std::int64_t> dims = sample(graph.shape(node), symbols);
    // An operand no output depends on may have any shape; it is never read.
    const bool fits = broadcast(graph.shape(node), *shape) == *shape;
    loops.strides.push_back(fits ? broadcast_strides(dims, dense_strides(dims), loops.dims)
                                 : std::vector<std::int64_t>(loops.dims.size(), 0));
  };
  for (const Input& i : graph.inputs()) add(i.node);
  for (const Output& o : graph.outputs()) add(o.node);
  // Empty tensors have no strides to speak of; their kernel is that of the full ones.
  for (std::int64_t& d : loops.dims) d = std::max<std::int64_t>(d, 1);
  const Layout layout = layout_of(collapse(loops));
  if (layout.rank > max_loops)
    return make_error(ErrorCode::limit, fmt::format("the operands need {} nested loops, at most {} "
                                                    "are compiled; make them contiguous",
                                                    layout.rank, max_loops));
  return layout;
}

}  // namespace actjit
