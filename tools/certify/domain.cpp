#include "tools/certify/domain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/eval.h"

namespace actjit::tools {

namespace {

std::uint64_t sign_bit(DType dtype) { return std::uint64_t{1} << (8 * bytes(dtype) - 1); }
std::uint64_t all_bits(DType dtype) { return sign_bit(dtype) * 2 - 1; }

// A fixed sequence of words without pattern (S. Vigna, splitmix64, 2015).
std::uint64_t scrambled(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// n samples of the ranks [first, last), each at a random place of its n-th of them.
struct Stretch {
  std::uint64_t first, last, n;

  // Samples i, i + 1, ... into all of `out`. Where the n-ths begin is found by adding: a division
  // for each would cost more than the kernel.
  void fill(std::uint64_t i, std::span<Bits> out) const {
    const std::uint64_t width = last - first;
    const std::uint64_t whole = width / n, part = width % n;
    std::uint64_t from = first + whole * i + part * i / n;  // i and n are below 2^32
    std::uint64_t over = part * i % n;
    for (Bits& x : out) {
      const std::uint64_t word = scrambled(i++);
      std::uint64_t to = from + whole;
      over += part;
      if (over >= n) {
        over -= n;
        ++to;
      }
      x = at_rank(DType::f64, from + (to > from ? word % (to - from) : 0));
      from = to;
    }
  }
};

}  // namespace

Bits at_rank(DType dtype, std::uint64_t rank) {
  return rank >= sign_bit(dtype) ? rank - sign_bit(dtype) : all_bits(dtype) - rank;
}

std::uint64_t rank_of(DType dtype, Bits bits) {
  return (bits & sign_bit(dtype)) != 0 ? all_bits(dtype) - bits : bits + sign_bit(dtype);
}

double value_of(DType dtype, Bits bits) { return f64_of(eval::cast(dtype, DType::f64, bits)); }

double least_normal(DType dtype) { return std::ldexp(1.0, soft::format(dtype).min_exponent); }

int precision_of(DType dtype) { return soft::format(dtype).precision; }

Domain::Domain(DType dtype, std::uint64_t every) : dtype_(dtype), every_(every) {
  // Of 2^64, the last whole number of samples; an even one, for the two halves.
  size_ = dtype == DType::f64 ? (~std::uint64_t{0} / every) & ~std::uint64_t{1}
                              : (all_bits(dtype) / every) + 1;
}

Domain::Domain(DType dtype, std::vector<Bits> inputs) : dtype_(dtype), listed_(std::move(inputs)) {
  std::sort(listed_.begin(), listed_.end(),
            [&](Bits a, Bits b) { return rank_of(dtype_, a) < rank_of(dtype_, b); });
  listed_.erase(std::unique(listed_.begin(), listed_.end()), listed_.end());
  size_ = listed_.size();
}

std::uint64_t Domain::whole() const { return dtype_ == DType::f64 ? 0 : all_bits(dtype_) + 1; }

void Domain::fill_samples(std::uint64_t first, std::span<Bits> out) const {
  const auto rank = [](double x) { return rank_of(DType::f64, to_bits(x)); };
  const std::uint64_t half = size_ / 2, quarter = (half + 1) / 2;
  const std::array stretches{
      Stretch{0, ~std::uint64_t{0}, half},
      Stretch{rank(-0x1p11), rank(-0x1p-40), quarter},
      Stretch{rank(0x1p-40), rank(0x1p11), quarter},
  };
  for (const Stretch& s : stretches) {
    if (first < s.n) {
      const std::uint64_t count = std::min<std::uint64_t>(out.size(), s.n - first);
      s.fill(first, out.first(count));
      out = out.subspan(count);
      first += count;
    }
    first -= s.n;
  }
}

void Domain::fill(std::uint64_t first, std::span<Bits> out) const {
  if (!listed_.empty()) {
    std::copy_n(listed_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    return;
  }
  if (dtype_ == DType::f64) return fill_samples(first, out);
  const std::uint64_t sign = sign_bit(dtype_);
  const std::uint64_t all = all_bits(dtype_);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t rank = (first + i) * every_;
    // See at_rank().
    out[i] = rank ^ ((rank & sign) != 0 ? sign : all);
  }
}

Bits Domain::operator[](std::uint64_t i) const {
  Bits x = 0;
  fill(i, std::span(&x, 1));
  return x;
}

}  // namespace actjit::tools
