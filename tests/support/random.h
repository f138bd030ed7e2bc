// A small random source with the same numbers on every machine, and the seeds of the tests.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

namespace actjit::test {

// splitmix64: any seed is a good one.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t word() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return word() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // In [0, 1).
  double unit() { return static_cast<double>(word() >> 11) * 0x1p-53; }
  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::uint64_t state_;
};

// ACTJIT_SEED=N in the environment reruns that one seed and nothing else.
inline std::optional<std::uint64_t> only_seed() {
  const char* text = std::getenv("ACTJIT_SEED");
  return text ? std::optional<std::uint64_t>(std::strtoull(text, nullptr, 0)) : std::nullopt;
}

}  // namespace actjit::test
