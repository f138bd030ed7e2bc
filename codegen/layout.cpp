#include "codegen/layout.h"

#include <fmt/format.h>

namespace actjit {

namespace {

std::string_view text(Access a) {
  switch (a) {
    case Access::unit: return "unit";
    case Access::zero: return "zero";
    case Access::strided: return "strided";
    case Access::turned: return "turned";
  }
  return "?";
}

bool serves(Access access, std::int64_t stride, std::int64_t extent) {
  if (extent <= 1) return true;
  if (access == Access::unit || access == Access::turned) return stride == 1;
  return access == Access::strided || stride == 0;
}

// The loop vectors lie along.
std::size_t vector_loop(const Loops& loops, bool across_rows) {
  return across_rows || loops.reduced == 0 ? loops.kept() - 1 : loops.dims.size() - 1;
}

bool serves(const Layout& layout, const Loops& loops) {
  const std::size_t v = vector_loop(loops, layout.across_rows);
  const std::size_t inner = loops.dims.size() - 1;
  for (std::size_t i = 0; i < layout.access.size(); ++i) {
    // What is turned may lie any way from row to row.
    const std::size_t along = layout.access[i] == Access::turned ? inner : v;
    if (!serves(layout.access[i], loops.strides[i][along], loops.dims[along])) return false;
  }
  return true;
}

Loops with_loop(Loops loops, std::size_t at) {
  const auto where = static_cast<std::ptrdiff_t>(at);
  loops.dims.insert(loops.dims.begin() + where, 1);
  for (auto& s : loops.strides) s.insert(s.begin() + where, 0);
  return loops;
}

Access access_of(std::int64_t stride) {
  return stride == 1 ? Access::unit : stride == 0 ? Access::zero : Access::strided;
}

// Rows this short leave most lanes of their last vector empty.
constexpr std::int64_t short_row = 32;
// Fewer rows than this fill no vector.
constexpr std::int64_t few_rows = 8;

// Across rows where that fills the lanes better, or where it alone reads element after element.
bool better_across_rows(const Loops& loops) {
  if (loops.reduced == 0) return false;
  const std::size_t inner = loops.dims.size() - 1;
  const std::size_t outer = loops.kept() - 1;
  if (loops.row() <= short_row) return loops.total() >= few_rows;
  bool inner_strided = false, outer_strided = false;
  for (const auto& s : loops.strides) {
    inner_strided = inner_strided || access_of(s[inner]) == Access::strided;
    outer_strided = outer_strided || access_of(s[outer]) == Access::strided;
  }
  return inner_strided && !outer_strided && loops.dims[outer] >= few_rows;
}

}  // namespace

std::string to_string(const Layout& layout, std::size_t inputs) {
  std::string out = fmt::format("{} {}", layout.rank, layout.rank == 1 ? "loop" : "loops");
  if (layout.reduced > 0)
    out += fmt::format(" of rows of {} {}, vectors {}", layout.reduced,
                       layout.reduced == 1 ? "loop" : "loops",
                       layout.across_rows ? "across rows" : "along rows");
  out += ':';
  for (std::size_t i = 0; i < layout.access.size(); ++i)
    out += fmt::format("{} {}", i == inputs ? " ->" : "", text(layout.access[i]));
  return out;
}

std::int64_t Loops::total() const {
  std::int64_t n = 1;
  for (std::size_t d = 0; d < kept(); ++d) n *= dims[d];
  return n;
}

std::int64_t Loops::row() const {
  std::int64_t n = 1;
  for (std::size_t d = kept(); d < dims.size(); ++d) n *= dims[d];
  return n;
}

Loops collapse(Loops loops) {
  Loops out;
  out.strides.resize(loops.strides.size());
  for (std::size_t d = 0; d < loops.kept(); ++d) {
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
  if (out.dims.empty()) {
    // A single row: as good as a vector of one.
    out.dims = {1};
    for (auto& s : out.strides) s = {1};
  }
  for (std::size_t d = loops.kept(); d < loops.dims.size(); ++d) {
    out.dims.push_back(loops.dims[d]);
    for (std::size_t i = 0; i < loops.strides.size(); ++i)
      out.strides[i].push_back(loops.strides[i][d]);
  }
  out.reduced = loops.reduced;
  return out;
}

Layout layout_of(const Loops& loops) {
  Layout out;
  out.rank = static_cast<int>(loops.kept());
  out.reduced = static_cast<int>(loops.reduced);
  out.across_rows = better_across_rows(loops);
  const std::size_t v = vector_loop(loops, out.across_rows);
  for (const auto& s : loops.strides) {
    const Access access = access_of(s[v]);
    const bool turned = out.across_rows && access == Access::strided && s.back() == 1;
    out.access.push_back(turned ? Access::turned : access);
  }
  return out;
}

Layout any_layout(std::size_t operands, std::size_t reduced) {
  Layout out;
  out.rank = max_loops;
  out.reduced = static_cast<int>(reduced);
  out.access.assign(operands, Access::strided);
  return out;
}

std::optional<Loops> fit(const Loops& collapsed, const Layout& layout) {
  if (static_cast<int>(collapsed.reduced) != layout.reduced) return std::nullopt;
  const auto padded = [&](Loops loops) -> std::optional<Loops> {
    if (static_cast<int>(loops.kept()) > layout.rank) return std::nullopt;
    while (static_cast<int>(loops.kept()) < layout.rank) loops = with_loop(loops, 0);
    return serves(layout, loops) ? std::optional(loops) : std::nullopt;
  };
  if (auto loops = padded(collapsed)) return loops;
  // A broadcast along what is now a single column: rows of one element.
  return padded(with_loop(collapsed, collapsed.kept()));
}

}  // namespace actjit
