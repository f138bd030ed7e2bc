// Tables for functions of pairs, computed with MPFR when they are first asked for.
#pragma once

#include <cstdint>
#include <vector>

namespace actjit::tools {

// 2^(j/128), as pairs.
struct PowerTable {
  static constexpr int size = 128;
  double hi[size], lo[size];
};
const PowerTable& power_table();

// For y = 2^k z, z in [0.6875, 1.375), by the first bits of z: a double near 1/z, and minus its
// logarithm. Next to 1 they are 1 and 0, so that log(z) loses nothing there.
struct LogarithmTable {
  static constexpr int bits = 8, size = 1 << bits;
  static constexpr std::uint64_t first = 0x3fe6000000000000;  // 0.6875
  double inverse[size], hi[size], lo[size];
};
const LogarithmTable& logarithm_table();

// Taylor series around the points j / 8: rows of coefficients, the first `heads` of which are pairs
// (all first doubles, then all second ones), the others doubles.
struct TaylorTable {
  static constexpr int heads = 5, terms = 16, row = 2 * heads + (terms - heads);
  static constexpr double per_unit = 8;
  std::vector<double> values;
};
const TaylorTable& erfcx_table();  // e^(x^2) erfc(x), x in [0, 24]
const TaylorTable& erf_table();    // x in [0, 9.5]
inline constexpr double last_erf = 9.5;
const TaylorTable& sine_table();  // sin, behind it cos, x in [0, 1]
inline constexpr int sine_rows = 9;

}  // namespace actjit::tools
