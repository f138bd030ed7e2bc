// 2 / pi to 1280 bits, and the windows of it that a huge argument's reduction needs.
//
// M. H. Payne and R. N. Hanek, "Radian reduction for trigonometric functions", 1983: of the bits of
// 2^e * 2 / pi those above 2^1 only add multiples of four quarter turns to an integer's product.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace actjit::math {

// tools/coefficients/two_over_pi.sollya; the first word is a zero before the binary point.
inline constexpr std::array<std::uint64_t, 21> two_over_pi_bits = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
};

// Tables by the low ten bits i of a float's biased exponent, 2^21 and up: for x = m 2^e with a
// 53-bit integer m, e = i - 51, the sum of the four parts is 2^e * 2 / pi modulo 4, in [-2, 2].
// Multiples of 2^-46, 2^-97, 2^-150 and 2^-203, each at most half a unit of the one before.
struct TwoOverPiParts {
  std::array<std::array<double, 1024>, 4> part{};
};

namespace detail {

constexpr double power_of_two(int e) {
  double p = 1;
  for (; e > 0; --e) p *= 2;
  for (; e < 0; ++e) p /= 2;
  return p;
}

// `count` bits of 2^e * 2 / pi, the first of weight 2^`first`.
constexpr std::int64_t bits_of_two_over_pi(int e, int first, int count) {
  const auto at = static_cast<std::size_t>(64 + e - first - 1);
  const std::size_t word = at / 64;
  const std::size_t offset = at % 64;
  std::uint64_t bits = two_over_pi_bits[word] << offset;
  if (offset != 0) bits |= two_over_pi_bits[word + 1] >> (64 - offset);
  return static_cast<std::int64_t>(bits >> (64 - count));
}

constexpr TwoOverPiParts make_two_over_pi_parts() {
  constexpr int first[4] = {1, -47, -98, -151};  // weights of the first bits
  constexpr int count[4] = {48, 51, 53, 53};
  TwoOverPiParts table;
  for (int i = 21; i < 1023; ++i) {
    std::int64_t carry = 0;
    for (int k = 3; k >= 0; --k) {
      std::int64_t bits = bits_of_two_over_pi(i - 51, first[k], count[k]) + carry;
      carry = bits >> (count[k] - 1);
      bits -= carry << count[k];
      const double unit = power_of_two(first[k] - count[k] + 1);
      table.part[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)] =
          static_cast<double>(bits) * unit;
    }
  }
  return table;
}

}  // namespace detail

inline constexpr TwoOverPiParts two_over_pi_parts = detail::make_two_over_pi_parts();

}  // namespace actjit::math
