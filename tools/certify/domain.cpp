#include "tools/certify/domain.h"

#include <algorithm>
#include <bit>

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

// Sample i of n, at a random place of its n-th of the ranks [first, last).
std::uint64_t spread(std::uint64_t first, std::uint64_t last, std::uint64_t i, std::uint64_t n) {
  const std::uint64_t width = last - first;
  // width * k / n without leaving 64 bits, as n is below 2^32.
  const auto share = [&](std::uint64_t k) { return width / n * k + width % n * k / n; };
  const std::uint64_t from = share(i);
  const std::uint64_t to = share(i + 1);
  return first + from + (to > from ? scrambled(i) % (to - from) : 0);
}

}  // namespace

Bits at_rank(DType dtype, std::uint64_t rank) {
  return rank >= sign_bit(dtype) ? rank - sign_bit(dtype) : all_bits(dtype) - rank;
}

std::uint64_t rank_of(DType dtype, Bits bits) {
  return (bits & sign_bit(dtype)) != 0 ? all_bits(dtype) - bits : bits + sign_bit(dtype);
}

double value_of(DType dtype, Bits bits) { return f64_of(eval::cast(dtype, DType::f64, bits)); }

double least_normal(DType dtype) {
  // The pattern that has a one in the lowest place of the exponent and zeros elsewhere.
  return value_of(dtype, Bits{1} << (precision_of(dtype) - 1));
}

int precision_of(DType dtype) {
  // 1 has an exponent field that ends in a one, above precision - 1 zeros.
  return std::countr_zero(eval::cast(DType::f64, dtype, to_bits(1.0))) + 1;
}

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

Bits Domain::sample(std::uint64_t i) const {
  const std::uint64_t half = size_ / 2;
  const auto rank = [](double x) { return rank_of(DType::f64, to_bits(x)); };
  if (i < half) return at_rank(DType::f64, spread(0, ~std::uint64_t{0}, i, half));
  i -= half;
  const std::uint64_t quarter = (half + 1) / 2;
  if (i < quarter) return at_rank(DType::f64, spread(rank(-0x1p11), rank(-0x1p-40), i, quarter));
  return at_rank(DType::f64, spread(rank(0x1p-40), rank(0x1p11), i - quarter, quarter));
}

void Domain::fill(std::uint64_t first, std::span<Bits> out) const {
  if (!listed_.empty() || dtype_ == DType::f64) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = (*this)[first + i];
    return;
  }
  const std::uint64_t sign = sign_bit(dtype_);
  const std::uint64_t all = all_bits(dtype_);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t rank = (first + i) * every_;
    // See at_rank().
    out[i] = rank ^ ((rank & sign) != 0 ? sign : all);
  }
}

Bits Domain::operator[](std::uint64_t i) const {
  if (!listed_.empty()) return listed_[i];
  if (dtype_ == DType::f64) return sample(i);
  return at_rank(dtype_, i * every_);
}

}  // namespace actjit::tools
