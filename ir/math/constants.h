// Constants of the exponential and its like.
#pragma once

namespace actjit::math {

inline constexpr double log2_e = 0x1.71547652b82fep+0;
inline constexpr double ln2_hi = 0x1.62e42fefa39efp-1;
inline constexpr double ln2_lo = 0x1.abc9e3b39803fp-56;
// A sum with it is rounded to an integer, which its low bits then hold.
inline constexpr double integer_magic = 0x1.8p52;

}  // namespace actjit::math
