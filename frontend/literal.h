// Decimal literals as real numbers: hi is the nearest double, lo what is left, so that digits
// beyond the seventeenth count.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "frontend/real.h"

namespace actjit {

namespace literal_detail {

// A natural number, 32 bits a limb, lowest first.
class Natural {
 public:
  constexpr explicit Natural(std::uint32_t n) : limbs_{n} {}

  constexpr void multiply_add(std::uint32_t factor, std::uint32_t addend) {
    std::uint64_t carry = addend;
    for (std::uint32_t& limb : limbs_) {
      carry += std::uint64_t{limb} * factor;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs_.push_back(static_cast<std::uint32_t>(carry));
  }
  constexpr void multiply_by_power_of_ten(int n) {
    for (; n >= 9; n -= 9) multiply_add(1'000'000'000, 0);
    for (; n > 0; --n) multiply_add(10, 0);
  }
  constexpr void shift_left(int bits) {
    limbs_.insert(limbs_.begin(), static_cast<std::size_t>(bits / 32), 0);
    if (bits % 32 != 0) multiply_add(std::uint32_t{1} << (bits % 32), 0);
  }
  constexpr int bit_length() const {
    for (std::size_t i = limbs_.size(); i-- > 0;)
      if (limbs_[i] != 0) return static_cast<int>(32 * i) + std::bit_width(limbs_[i]);
    return 0;
  }
  constexpr bool is_zero() const { return bit_length() == 0; }
  constexpr bool not_below(const Natural& b) const {
    for (std::size_t i = std::max(limbs_.size(), b.limbs_.size()); i-- > 0;)
      if (limb(i) != b.limb(i)) return limb(i) > b.limb(i);
    return true;
  }
  // Takes b away; b is not larger.
  constexpr void subtract(const Natural& b) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      const std::uint64_t difference = std::uint64_t{limbs_[i]} - b.limb(i) - borrow;
      limbs_[i] = static_cast<std::uint32_t>(difference);
      borrow = difference >> 63;
    }
  }

 private:
  constexpr std::uint32_t limb(std::size_t i) const { return i < limbs_.size() ? limbs_[i] : 0; }
  std::vector<std::uint32_t> limbs_;
};

// mantissa * 2^exponent.
constexpr double scale(std::uint64_t mantissa, int exponent) {
  double x = static_cast<double>(mantissa);
  if (mantissa == 0) return 0;
  for (; exponent >= 512; exponent -= 512) x *= 0x1p+512;
  for (; exponent <= -512; exponent += 512) x *= 0x1p-512;
  for (; exponent > 0; --exponent) x *= 2;
  for (; exponent < 0; ++exponent) x /= 2;
  return x;
}

// numerator / denominator: as many bits as hi holds, then 59 for lo, by long division.
constexpr Real quotient(Natural numerator, Natural denominator) {
  if (numerator.is_zero()) return {0, 0};
  // Aligned so that the quotient lies in [1, 2) * 2^exponent.
  int exponent = numerator.bit_length() - denominator.bit_length() - 1;
  if (exponent > 0)
    denominator.shift_left(exponent);
  else
    numerator.shift_left(-exponent);
  Natural twice = denominator;
  twice.multiply_add(2, 0);
  if (numerator.not_below(twice)) ++exponent, denominator = twice;

  const auto next_bits = [&](int count) {
    std::uint64_t bits = 0;
    for (int i = 0; i < count; ++i) {
      const bool one = numerator.not_below(denominator);
      if (one) numerator.subtract(denominator);
      numerator.multiply_add(2, 0);
      bits = 2 * bits + (one ? 1 : 0);
    }
    return bits;
  };
  constexpr int low = 59;
  const int high = std::min(exponent + 1075, 53);  // fewer where the number is subnormal
  if (high < 0) return {0, 0};
  const std::uint64_t head = next_bits(high);
  const std::uint64_t tail = next_bits(low);
  // To the nearest, ties to even.
  const std::uint64_t half = std::uint64_t{1} << (low - 1);
  const bool above = tail > half || (tail == half && !numerator.is_zero());
  const bool up = above || (tail == half && (head & 1) != 0);
  const int unit = exponent - high + 1;
  const double lo = scale(up ? 2 * half - tail : tail, unit - low);
  return {scale(head + (up ? 1 : 0), unit), lo == 0 ? 0.0 : up ? -lo : lo};
}

}  // namespace literal_detail

// "1", "0.044715", "1e-6", ".5": nothing where the text is no decimal number or beyond all doubles.
constexpr std::optional<Real> parse_real(std::string_view text) {
  using literal_detail::Natural;
  constexpr int longest = 60;  // digits that are kept; a nonzero tail counts as one more
  Natural digits(0);
  std::uint64_t small = 0;
  int count = 0;
  std::int64_t exponent = 0;
  bool seen = false, point = false, tail = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) {
      point = true;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') break;
    seen = true;
    const auto digit = static_cast<std::uint32_t>(text[i] - '0');
    if (count < longest) {
      digits.multiply_add(10, digit);
      if (count < 19) small = 10 * small + digit;
      if (count > 0 || digit != 0) ++count;
      if (point) --exponent;
    } else {
      tail = tail || digit != 0;
      if (!point) ++exponent;
    }
  }
  if (!seen) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    bool negative = false;
    if (++i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
    if (i == text.size()) return std::nullopt;
    std::int64_t written = 0;
    for (; i < text.size(); ++i) {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      written = std::min<std::int64_t>(10 * written + (text[i] - '0'), 100'000'000);
    }
    exponent += negative ? -written : written;
  }
  if (tail) digits.multiply_add(10, 1), --exponent, ++count;
  if (count == 0) return Real{0, 0};
  if (exponent + count > 310) return std::nullopt;
  if (exponent + count < -330) return Real{0, 0};
  // Both exact as doubles: one division or multiplication, and its exact remainder.
  if (count <= 15 && exponent >= -22 && exponent <= 0) {
    double power = 1;
    for (std::int64_t k = exponent; k < 0; ++k) power *= 10;
    return real::div({static_cast<double>(small), 0}, {power, 0});
  }
  Natural one(1);
  if (exponent >= 0) {
    digits.multiply_by_power_of_ten(static_cast<int>(exponent));
  } else {
    one.multiply_by_power_of_ten(static_cast<int>(-exponent));
  }
  const Real value = literal_detail::quotient(digits, one);
  if (!real::is_finite(value.hi)) return std::nullopt;
  return value;
}

}  // namespace actjit
