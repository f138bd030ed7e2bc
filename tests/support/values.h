// Elements that find mistakes: special values of each dtype and random ones around them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/dtype.h"
#include "ir/op.h"
#include "tests/support/random.h"

namespace actjit::test {

inline constexpr DType all_dtypes[] = {DType::f64, DType::f32, DType::f16,    DType::bf16,
                                       DType::i64, DType::i32, DType::boolean};
inline constexpr DType float_dtypes[] = {DType::f64, DType::f32, DType::f16, DType::bf16};

// Zeros, ones, infinities, NaNs, the ends of the subnormal and normal ranges, halves and ties,
// integers at the edges of the other dtypes.
const std::vector<Bits>& special_values(DType dtype);

// Any bits, bits near a special value, or a number of moderate size.
Bits random_element(DType dtype, Random& random);

// Equal bits; of floats, any NaN is any other.
bool same(DType dtype, Bits a, Bits b);
bool is_nan(DType dtype, Bits bits);

// How many floats lie between two finite floats of `dtype`; -0 and +0 are one.
std::uint64_t ulps_between(DType dtype, Bits a, Bits b);
bool is_normal(DType dtype, Bits bits);  // finite, neither zero nor subnormal

// "f32 0x1p-1 (3f000000)".
std::string describe(DType dtype, Bits bits);

}  // namespace actjit::test
