#include "tools/certify/borders.h"

#include <cmath>

#include "tools/certify/column.h"

namespace actjit::tools {

namespace {

constexpr std::uint64_t around = 48;  // neighbours on each side
// More samples show no more borders.
constexpr std::uint64_t most_samples = std::uint64_t{1} << 17;

class Finder {
 public:
  Finder(const Kernel& kernel, DType input, DType output)
      : kernel_(kernel), input_(input), output_(output) {}

  Result<std::vector<Bits>> run(std::uint64_t every) {
    powers_of_two();
    const Domain samples(input_, every);
    const std::uint64_t step = samples.size() / most_samples + 1;
    std::vector<Bits> x;
    for (std::uint64_t i = 0; i < samples.size(); i += step) x.push_back(samples[i]);
    const Result<std::vector<int>> kinds = kinds_of(x);
    if (!kinds) return kinds.error();
    for (std::size_t i = 1; i < x.size(); ++i) {
      if ((*kinds)[i] == (*kinds)[i - 1]) continue;
      if (auto done = bisect(rank(x[i - 1]), rank(x[i]), (*kinds)[i - 1]); !done)
        return done.error();
    }
    return std::move(found_);
  }

 private:
  std::uint64_t rank(Bits bits) const { return rank_of(input_, bits); }

  void near(std::uint64_t middle) {
    const std::uint64_t top =
        input_ == DType::f64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes(input_))) - 1;
    const std::uint64_t from = middle < around ? 0 : middle - around;
    const std::uint64_t to = top - middle < around ? top : middle + around;
    for (std::uint64_t r = from;; ++r) {
      found_.push_back(at_rank(input_, r));
      if (r == to) break;
    }
  }

  void powers_of_two() {
    const int mantissa = precision_of(input_) - 1;
    const std::uint64_t half = std::uint64_t{1} << (8 * bytes(input_) - 1);
    for (std::uint64_t bits = 0; bits < half; bits += std::uint64_t{1} << mantissa) {
      near(rank(bits));
      near(rank(bits | half));
    }
  }

  // Zero, subnormal, normal, infinite or NaN, and the sign.
  int kind(Bits bits) const {
    const double y = value_of(output_, bits);
    if (std::isnan(y)) return 0;
    const int size = y == 0 ? 1 : std::fabs(y) < least_normal(output_) ? 2 : std::isinf(y) ? 4 : 3;
    return std::signbit(y) ? -size : size;
  }

  Result<std::vector<int>> kinds_of(const std::vector<Bits>& inputs) const {
    const Result<std::vector<Bits>> y = results_of(kernel_, inputs);
    if (!y) return y.error();
    std::vector<int> kinds;
    for (Bits bits : *y) kinds.push_back(kind(bits));
    return kinds;
  }

  // One change of kind between two ranks.
  Result<void> bisect(std::uint64_t low, std::uint64_t high, int low_kind) {
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      const Result<std::vector<int>> kinds = kinds_of({at_rank(input_, middle)});
      if (!kinds) return kinds.error();
      ((*kinds)[0] == low_kind ? low : high) = middle;
    }
    near(high);
    return {};
  }

  const Kernel& kernel_;
  DType input_, output_;
  std::vector<Bits> found_;
};

}  // namespace

Result<std::vector<Bits>> border_inputs(const Kernel& kernel, DType input, DType output,
                                        std::uint64_t every) {
  return Finder(kernel, input, output).run(every);
}

}  // namespace actjit::tools
