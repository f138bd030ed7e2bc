#include "tools/certify/repair.h"

#include "ir/patch.h"

namespace actjit::tools {

namespace {

// What is kept of inputs that no variant mends: a repair of that many is refused anyway.
constexpr std::size_t most_points = 100'000;

}  // namespace

std::int64_t nudge_for(DType output, bool in_f32) {
  // f32 is corrected in f64, in whatever its other tiers are evaluated.
  if (bytes(output) != 2) return 4;
  return in_f32 ? f32_unit : std::int64_t{1} << 24;
}

void Repair::add(double x, double result, std::uint8_t allowed) {
  if (allowed == nothing) {
    if (points.size() < most_points) points.push_back({x, result});
    return;
  }
  if (runs.empty() || (runs.back().allowed & allowed) == 0) {
    if (runs.size() >= most_points) return;
    runs.push_back({});
  }
  Run& run = runs.back();
  run.allowed &= allowed;
  if ((allowed & as_is) != 0) return;
  if (run.misses == 0) run.first = {x, result};
  if (run.misses == 1) run.second = {x, result};
  run.last = {x, result};
  ++run.misses;
}

void Repair::skip() {
  Run unchanged;
  unchanged.allowed = as_is;
  const bool marked = !runs.empty() && runs.back().allowed == unchanged.allowed;
  if (!marked && runs.size() < most_points) runs.push_back(unchanged);
}

void Repair::add(const Repair& later) {
  points.insert(points.end(), later.points.begin(), later.points.end());
  std::size_t next = 0;
  if (!runs.empty() && !later.runs.empty()) {
    Run& run = runs.back();
    const Run& more = later.runs.front();
    if ((run.allowed & more.allowed) != 0) {
      run.allowed &= more.allowed;
      if (run.misses == 0) run.first = more.first;
      if (run.misses + more.misses >= 2 && run.misses < 2)
        run.second = run.misses == 0 ? more.second : more.first;
      if (more.misses != 0) run.last = more.last;
      run.misses += more.misses;
      next = 1;
    }
  }
  for (; next < later.runs.size() && runs.size() < most_points; ++next)
    runs.push_back(later.runs[next]);
}

// An interval takes about as many instructions as two selections.
bool Repair::is_interval(const Run& run) { return (run.allowed & as_is) == 0 && run.misses > 2; }

std::uint64_t Repair::needed() const {
  std::uint64_t n = points.size();
  for (const Run& run : runs)
    if ((run.allowed & as_is) == 0) n += is_interval(run) ? 1 : run.misses;
  return n;
}

std::vector<Patch> Repair::patches(std::int64_t nudge) const {
  std::vector<Patch> out;
  const auto point = [&](const Point& p) { out.push_back({p.x, p.x, 0, p.result}); };
  for (const Run& run : runs) {
    if ((run.allowed & as_is) != 0) continue;
    if (is_interval(run)) {
      out.push_back({run.first.x, run.last.x, (run.allowed & away) != 0 ? nudge : -nudge, 0});
      continue;
    }
    point(run.first);
    if (run.misses == 2) point(run.second);
  }
  for (const Point& p : points) point(p);
  return out;
}

}  // namespace actjit::tools
