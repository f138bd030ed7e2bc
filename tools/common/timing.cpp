#include "tools/common/timing.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace actjit::tools {

namespace {

// How many calls fill a batch; warms caches and pages up on the way.
long calls_of_a_batch(const Batch& work, double batch_ns) {
  long calls = 1;
  work(calls);
  while (true) {
    const double ns = work(calls);
    if (ns >= batch_ns) return calls;
    const double more = ns > batch_ns / 100 ? 1.1 * batch_ns / ns : 16;
    calls = std::max(calls + 1, static_cast<long>(static_cast<double>(calls) * more));
  }
}

}  // namespace

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  if (samples.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(samples.begin(), middle)) / 2;
}

void run_chain() {
  std::uint64_t x = 1;
  for (int i = 0; i < 100; ++i)
    asm volatile(
        "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
        "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0"
        : "+r"(x));
}

Batch batch_of(std::function<void()> work) {
  return [work = std::move(work)](long calls) {
    const Clock::time_point start = Clock::now();
    for (long i = 0; i < calls; ++i) work();
    return nanoseconds_since(start);
  };
}

std::vector<std::vector<double>> sample_in_turn(std::span<const Batch> works,
                                                const Timing& timing) {
  std::vector<long> calls;
  for (const auto& work : works) calls.push_back(calls_of_a_batch(work, timing.batch_ns));
  std::vector<std::vector<double>> samples(works.size());
  for (int batch = 0; batch < timing.batches; ++batch) {
    for (std::size_t w = 0; w < works.size(); ++w) {
      for (double ns = 0; ns < timing.warm_ns;) ns += works[w](calls[w]);
      samples[w].push_back(works[w](calls[w]) / static_cast<double>(calls[w]));
    }
    if (timing.progress) timing.progress((batch + 1.0) / timing.batches);
  }
  return samples;
}

std::vector<double> time_in_turn(std::span<const std::function<void()>> works,
                                 const Timing& timing) {
  std::vector<Batch> batches;
  for (const std::function<void()>& work : works) batches.push_back(batch_of(work));
  std::vector<double> out;
  for (std::vector<double>& s : sample_in_turn(batches, timing))
    out.push_back(median(std::move(s)));
  return out;
}

}  // namespace actjit::tools
