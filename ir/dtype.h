// Element types and real constants.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace actjit {

enum class DTypeKind : std::uint8_t { floating, integer, logical };

enum class DType : std::uint8_t {
#define DTYPE(name, text, bytes, kind, numpy) name,
#include "ir/dtype.def"
#undef DTYPE
};

struct DTypeInfo {
  DType dtype;
  std::string_view text;
  int bytes;
  DTypeKind kind;
  std::string_view numpy;
};

inline constexpr std::array dtype_table{
#define DTYPE(name, text, bytes, kind, numpy) \
  DTypeInfo{DType::name, text, bytes, DTypeKind::kind, numpy},
#include "ir/dtype.def"
#undef DTYPE
};

constexpr const DTypeInfo& info(DType t) { return dtype_table[static_cast<std::size_t>(t)]; }
constexpr bool is_float(DType t) { return info(t).kind == DTypeKind::floating; }
constexpr bool is_integer(DType t) { return info(t).kind == DTypeKind::integer; }
constexpr bool is_bool(DType t) { return info(t).kind == DTypeKind::logical; }
constexpr int bytes(DType t) { return info(t).bytes; }
constexpr std::string_view text(DType t) { return info(t).text; }
// 16-bit floats are a form of storage: values are computed in f64 or f32 and rounded to it (see
// ir/widen.h).
constexpr bool is_storage_only(DType t) { return is_float(t) && bytes(t) == 2; }

constexpr std::optional<DType> find_dtype(std::string_view text) {
  for (const DTypeInfo& row : dtype_table)
    if (row.text == text) return row.dtype;
  return std::nullopt;
}

// One element of any dtype, in the low bits of a word; the bits above are zero.
using Bits = std::uint64_t;

constexpr Bits to_bits(double x) { return std::bit_cast<std::uint64_t>(x); }
constexpr Bits to_bits(float x) { return std::bit_cast<std::uint32_t>(x); }
constexpr double f64_of(Bits b) { return std::bit_cast<double>(b); }
constexpr float f32_of(Bits b) { return std::bit_cast<float>(static_cast<std::uint32_t>(b)); }

// A real constant as an unevaluated sum hi + lo of two doubles, hi the nearest double: about 107
// bits, so that the constant of a formula is rounded once, to whatever type the formula is
// evaluated in. Compared and hashed by bits: -0 is not +0.
struct Real {
  double hi = 0;
  double lo = 0;

  constexpr Real() = default;
  constexpr Real(double high, double low = 0) : hi(high), lo(low) {}
  friend constexpr bool operator==(const Real& a, const Real& b) {
    return to_bits(a.hi) == to_bits(b.hi) && to_bits(a.lo) == to_bits(b.lo);
  }
};

}  // namespace actjit
