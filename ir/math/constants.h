// Constants of the exponential and its like.
#pragma once

namespace actjit::math {

inline constexpr double log2_e = 0x1.71547652b82fep+0;
inline constexpr double ln2_hi = 0x1.62e42fefa39efp-1;
inline constexpr double ln2_lo = 0x1.abc9e3b39803fp-56;
// A sum with it is rounded to an integer, which its low bits then hold.
inline constexpr double integer_magic = 0x1.8p52;

// x sigmoid(z) for z of the sign of x is x / 2 + x z / 4 for small ones, where x / 2 may be a tie
// of the type it is rounded to next; with |z| bounded from below by this the result lies on the
// right side of it, within 2 ULP.
inline constexpr double smallest_gate = 0x1p-51;

}  // namespace actjit::math
