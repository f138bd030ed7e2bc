#include "tools/bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/common/file.h"
#include "tools/common/timing.h"

namespace actjit::bench {

namespace {

// What is measured, with a name. The last two are the copy and the steady loop.
struct Contender {
  std::string name;
  Work work;
};

// Multiplications that wait for each other: their time tells whether the processor keeps its pace.
void steady_loop() {
  double x = 1;
  for (int i = 0; i < 1000; ++i) {
    x *= 0.999999;
    tools::keep(&x);
  }
}

// The tensors of a cell and the works on them.
struct Arena {
  Source source;
  std::vector<Buffer> inputs;
  Buffer output;

  static Result<Arena> make(const Cell& cell) {
    Result<Source> source = source_of(cell);
    if (!source) return source.error();
    const double bytes_of_one = static_cast<double>(cell.elements() * bytes(cell.dtype));
    const auto tensors = static_cast<double>(source->bindings.size() + 1);
    if (auto fits = tools::check_memory("the tensors", bytes_of_one * tensors); !fits)
      return fits.error();
    Result<std::vector<Buffer>> inputs = inputs_of(cell, *source);
    if (!inputs) return inputs.error();
    Result<Buffer> output = Buffer::make(cell.dtype, inputs->front().dims());
    if (!output) return output.error();
    return Arena{std::move(*source), std::move(*inputs), std::move(*output)};
  }

  std::vector<TensorView> views() const {
    std::vector<TensorView> out;
    for (const Buffer& b : inputs) out.push_back(b.view());
    return out;
  }
};

Result<Work> our_work(const Engine& engine, Arena& arena, Tier tier, const ParallelFor* parallel) {
  const Result<Spec> spec = make_spec(arena.source.graph, tier);
  if (!spec) return spec.error();
  const Result<Kernel> kernel = engine.compile(arena.source.graph, *spec);
  if (!kernel) return kernel.error();
  const std::vector<TensorView> inputs = arena.views();
  const TensorView output = arena.output.view();
  Result<BoundCall> bound = kernel->bind(inputs, std::span(&output, 1));
  if (!bound) return bound.error();
  return Work([call = std::move(*bound), parallel] { call(parallel); });
}

Work copy_work(Arena& arena) {
  return [to = arena.output.data(), from = arena.inputs.front().data(),
          size = arena.output.size_bytes()] {
    std::memcpy(to, from, size);
    tools::keep(to);
  };
}

void add_peers(const Cell& cell, const std::vector<const Peer*>& peers, Arena& arena,
               const ParallelFor* parallel, std::vector<Contender>& out,
               std::vector<std::string>& notes) {
  Job job{.cell = cell, .output = arena.output.data(), .parallel = parallel};
  for (const Buffer& b : arena.inputs) job.inputs.push_back(b.data());
  for (const Peer* peer : peers) {
    try {
      if (Work work = peer->prepare(job)) out.push_back({peer->name(), std::move(work)});
    } catch (const std::exception& error) {
      notes.push_back(fmt::format("{}: refuses {} {} {}: {}", peer->name(), cell.workload->name,
                                  text(cell.dtype), cell.shape(), error.what()));
    }
  }
}

// Nobody's result is taken for that of the one before.
Deviation check_results(const Contender& contender, const Yardstick& yardstick, Buffer& output) {
  std::memset(output.data(), 0xff, output.size_bytes());
  contender.work();
  return yardstick.judge(output);
}

// A peer that needs this many times as long as the quickest contender, and long for a call, cannot
// be the best: one sample of it is enough.
constexpr double far_behind = 4;
constexpr double long_call_ns = 1e6;

// Samples of all; the first `ours` of them are never left behind.
std::vector<std::vector<double>> sample_all(const std::vector<Contender>& all, std::size_t ours,
                                            const Timing& timing) {
  std::vector<double> once;
  for (const Contender& c : all) {
    const tools::Clock::time_point start = tools::Clock::now();
    c.work();
    once.push_back(tools::nanoseconds_since(start));
  }
  // The copy and the steady loop, at the end, compute nothing.
  const auto computing = once.end() - 2;
  const double limit =
      std::max(long_call_ns, far_behind * *std::min_element(once.begin(), computing));
  std::vector<Work> works;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i < ours || once[i] <= limit) {
      works.push_back(all[i].work);
      places.push_back(i);
    }
  auto taken =
      tools::sample_in_turn(works, {.batches = timing.rounds, .batch_ns = timing.batch_ns});
  std::vector<std::vector<double>> out;
  for (const double ns : once) out.push_back({ns});
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(taken[i]);
  return out;
}

Figure figure(const Contender& contender, const std::vector<double>& samples) {
  Figure out{.name = contender.name, .ns = tools::median(samples)};
  std::vector<double> distances;
  for (const double s : samples) distances.push_back(std::fabs(s - out.ns));
  out.spread = out.ns > 0 ? tools::median(std::move(distances)) / out.ns : 0;
  return out;
}

}  // namespace

const Figure* Measured::best_peer() const {
  const Figure* best = nullptr;
  for (const Figure& p : peers)
    if (p.is_accurate() && (!best || p.ns < best->ns)) best = &p;
  return best;
}

const Figure* Measured::quickest_peer() const {
  const auto quicker = [](const Figure& a, const Figure& b) { return a.ns < b.ns; };
  const auto at = std::min_element(peers.begin(), peers.end(), quicker);
  return at == peers.end() ? nullptr : &*at;
}

std::optional<double> Measured::ratio(const Figure& tier) const {
  const Figure* best = best_peer();
  return best ? std::optional(best->ns / tier.ns) : std::nullopt;
}

std::optional<double> Measured::worst_ratio() const {
  std::optional<double> worst;
  for (const Figure& t : tiers)
    if (const auto r = ratio(t)) worst = worst ? std::min(*worst, *r) : *r;
  return worst;
}

bool Measured::is_noisy() const {
  const Figure* best = best_peer();
  const auto noisy = [](const Figure& f) { return f.spread > noisy_spread; };
  return noisy(steady) || (best && noisy(*best)) || std::any_of(tiers.begin(), tiers.end(), noisy);
}

Result<Bench> Bench::create(const std::vector<Tier>& tiers, const Timing& timing,
                            const ParallelFor* parallel) {
  Result<Engine> engine = Engine::create();
  if (!engine) return engine.error();
  return Bench(std::move(*engine), tiers, timing, parallel);
}

Result<Measured> Bench::measure(const Cell& cell, const std::vector<const Peer*>& peers,
                                std::vector<std::string>& notes) const {
  Result<Arena> arena = Arena::make(cell);
  if (!arena) return arena.error();
  const Result<Yardstick> yardstick = Yardstick::make(cell, arena->source, arena->inputs);
  if (!yardstick) return yardstick.error();

  std::vector<Contender> all;
  for (const Tier tier : tiers_) {
    Result<Work> work = our_work(engine_, *arena, tier, parallel_);
    if (!work) return work.error();
    all.push_back({std::string(text(tier)), std::move(*work)});
  }
  add_peers(cell, peers, *arena, parallel_, all, notes);
  const std::size_t computing = all.size();
  all.push_back({"memcpy", copy_work(*arena)});
  all.push_back({"steady", steady_loop});

  std::vector<Deviation> deviations;
  for (std::size_t i = 0; i < computing; ++i)
    deviations.push_back(check_results(all[i], *yardstick, arena->output));
  const auto samples = sample_all(all, tiers_.size(), timing_);

  Measured out{.cell = cell};
  for (std::size_t i = 0; i < computing; ++i) {
    Figure f = figure(all[i], samples[i]);
    f.deviation = deviations[i];
    (i < tiers_.size() ? out.tiers : out.peers).push_back(std::move(f));
  }
  out.copy = figure(all[computing], samples[computing]);
  out.steady = figure(all[computing + 1], samples[computing + 1]);
  return out;
}

}  // namespace actjit::bench
