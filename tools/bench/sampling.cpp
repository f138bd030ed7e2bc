#include "tools/bench/sampling.h"

#include <algorithm>
#include <limits>

namespace actjit::bench {

namespace {

// A peer that needs this many times as long as the quickest, and long for a call, is not the best.
constexpr double far_behind = 1.25;
constexpr double long_call_ns = 1e6;

// Of the peers that count; of all, where none does.
double quickest(const std::vector<Contender>& all,
                const std::vector<std::vector<double>>& samples) {
  const bool some_count =
      std::any_of(all.begin(), all.end(), [](const Contender& c) { return c.counts; });
  double out = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (some_count ? all[i].counts : all[i].may_be_left_behind) out = std::min(out, samples[i][0]);
  return out;
}

}  // namespace

// In place every call would find the result of the one before, which soon is zero, subnormal or
// infinite: the first input is restored ahead of each, and only the calls are timed.
tools::Batch batch_of(const Contender& contender, Arena& arena) {
  if (contender.work.batch) return contender.work.batch;
  if (!arena.cell.in_place || !contender.computes) return tools::batch_of(contender.work.run);
  return [run = contender.work.run, &arena](long calls) {
    double ns = 0;
    for (long i = 0; i < calls; ++i) {
      arena.restore();
      const tools::Clock::time_point start = tools::Clock::now();
      run();
      ns += tools::nanoseconds_since(start);
    }
    return ns;
  };
}

std::vector<Figure> sample_all(const std::vector<Contender>& all, Arena& arena,
                               const Timing& timing) {
  std::vector<tools::Batch> batches;
  std::vector<std::vector<double>> samples;
  for (const Contender& c : all) {
    batches.push_back(batch_of(c, arena));
    samples.push_back({batches.back()(1)});
  }
  const double limit = std::max(long_call_ns, far_behind * quickest(all, samples));
  std::vector<tools::Batch> chosen;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].may_be_left_behind || samples[i][0] <= limit) {
      chosen.push_back(batches[i]);
      places.push_back(i);
    }
  auto taken =
      tools::sample_in_turn(chosen, {.batches = timing.rounds,
                                     .batch_ns = timing.batch_ns,
                                     .warm_ns = arena.cell.threads > 1 ? timing.warm_ns : 0});
  for (std::size_t i = 0; i < places.size(); ++i) samples[places[i]] = std::move(taken[i]);
  std::vector<Figure> out;
  for (std::size_t i = 0; i < all.size(); ++i) out.push_back(figure_of(all[i].name, samples[i]));
  return out;
}

}  // namespace actjit::bench
