#include "tools/bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tools/common/operations.h"

namespace actjit::bench {

namespace {

void add_peers(Arena& arena, const std::vector<const Peer*>& peers, const ParallelFor* parallel,
               std::vector<Contender>& out, std::vector<std::string>& notes) {
  const Job job = arena.job(parallel);
  for (const Peer* peer : peers) {
    try {
      if (Work work = peer->prepare(job)) out.push_back({peer->name(), std::move(work), true});
    } catch (const std::exception& error) {
      notes.push_back(fmt::format("{}: refuses {} in {}: {}", peer->name(), arena.cell.label(),
                                  text(arena.cell.dtype), error.what()));
    }
  }
}

// Nobody's result is taken for that of the one before.
Deviation check_results(const Contender& contender, const Yardstick& yardstick, Arena& arena) {
  Buffer& output = arena.output();
  if (arena.cell.in_place)
    arena.restore();
  else
    std::memset(output.data(), 0xff, output.size_bytes());
  contender.work();
  return yardstick.judge(output);
}

// Cells of one function and form, whose elements all take the same operations.
std::string form_of(const Cell& c) {
  const bool is_flat = c.workload->form == Form::flat;
  return fmt::format("{} {} {} {}", c.workload->name, text(c.dtype), c.first_axis,
                     is_flat        ? 0
                     : c.first_axis ? c.outer
                                    : c.inner);
}

// Stepping takes up to twenty microseconds an instruction on a virtual machine. What takes more
// steps than this computes element by element, and is not worth a second.
constexpr std::int64_t counted_elements = 512, max_counted = 8192;
constexpr std::uint64_t max_steps = 50'000;

// Of an element; empty where the work is another process', or too long.
std::optional<Operations> count(const Work& work, std::int64_t elements) {
  if (work.batch) return std::nullopt;
  const Result<Operations> counted = tools::count_operations(work.run, {}, max_steps);
  if (!counted) return std::nullopt;
  return *counted / static_cast<double>(elements);
}

}  // namespace

Result<Bench> Bench::create(Method method) {
  Result<Engine> engine = Engine::create();
  if (!engine) return engine.error();
  return Bench(std::move(*engine), std::move(method));
}

// Threads are started when they are needed first, so that they are pinned as the caller is then.
const ParallelFor* Bench::parallel(int threads) {
  if (threads == 1) return nullptr;
  std::unique_ptr<tools::Pool>& pool = pools_[threads];
  if (!pool) {
    pool = std::make_unique<tools::Pool>(threads);
    parallel_[threads] = pool->parallel_for();
  }
  return &parallel_[threads];
}

Result<void> Bench::add_tiers(Arena& arena, const ParallelFor* parallel, std::string_view suffix,
                              std::vector<Contender>& out) const {
  for (const Tier tier : method_.tiers) {
    Result<Work> work = our_work(engine_, arena, tier, method_.target, parallel);
    if (!work) return work.error();
    out.push_back({fmt::format("{}{}", text(tier), suffix), std::move(*work)});
  }
  return {};
}

// On a smaller cell of the same form. All elements take the same operations, so that the counts
// serve all sizes.
void Bench::count_operations(Measured& m, const std::vector<const Peer*>& peers) {
  Counted& known = counts_[form_of(m.cell)];
  Cell cell = m.cell.smaller(counted_elements);
  cell.threads = 1;
  cell.in_place = false;
  if (cell.elements() > max_counted) return;
  Result<Arena> arena = Arena::make(cell);
  if (!arena) return;
  const auto counted = [&](const std::string& name, auto&& make_work) -> std::optional<Operations> {
    const auto [found, is_new] = known.try_emplace(name);
    if (is_new) found->second = count(make_work(), cell.elements());
    return found->second;
  };
  for (std::size_t t = 0; t < m.tiers.size(); ++t)
    m.tiers[t].operations = counted(m.tiers[t].name, [&] {
      return our_work(engine_, *arena, method_.tiers[t], method_.target, nullptr).value();
    });
  for (Figure& p : m.peers) {
    const bool is_best = std::any_of(m.tiers.begin(), m.tiers.end(), [&](const Figure& t) {
      return m.best_peer(t.peer_ulp) == &p;
    });
    const auto peer = std::find_if(peers.begin(), peers.end(),
                                   [&](const Peer* other) { return other->name() == p.name; });
    if (is_best && peer != peers.end())
      p.operations = counted(p.name, [&] { return (*peer)->prepare(arena->job(nullptr)); });
  }
}

Result<Measured> Bench::measure(const Cell& cell, const std::vector<const Peer*>& peers,
                                std::vector<std::string>& notes) {
  Result<Arena> arena = Arena::make(cell);
  if (!arena) return arena.error();
  const Result<Yardstick> yardstick = Yardstick::make(cell, arena->inputs);
  if (!yardstick) return yardstick.error();

  const ParallelFor* const threads = parallel(cell.threads);
  std::vector<Contender> all;
  if (auto done = add_tiers(*arena, threads, "", all); !done) return done.error();
  add_peers(*arena, peers, threads, all, notes);
  std::vector<Deviation> deviations;
  for (Contender& c : all) {
    deviations.push_back(check_results(c, *yardstick, *arena));
    c.counts = c.may_be_left_behind && deviations.back().typical_ulp <= max_peer_ulp;
  }
  const std::size_t computing = all.size();
  all.push_back({.name = "memcpy", .work = copy_work(*arena), .computes = false});
  all.push_back({.name = "steady", .work = Work(tools::run_chain), .computes = false});
  if (cell.threads > 1)
    if (auto done = add_tiers(*arena, nullptr, " alone", all); !done) return done.error();

  std::vector<Figure> figures = sample_all(all, *arena, method_.timing);
  Measured out{.cell = cell, .copy = figures[computing], .steady = figures[computing + 1]};
  for (std::size_t i = 0; i < computing; ++i) {
    figures[i].deviation = deviations[i];
    const bool is_ours = i < method_.tiers.size();
    if (is_ours) figures[i].peer_ulp = peer_ulp(method_.tiers[i], cell.dtype);
    (is_ours ? out.tiers : out.peers).push_back(std::move(figures[i]));
  }
  out.alone.assign(figures.begin() + static_cast<std::ptrdiff_t>(computing + 2), figures.end());
  if (method_.counts && out.worst_ratio().value_or(1) < 1) count_operations(out, peers);
  return out;
}

}  // namespace actjit::bench
