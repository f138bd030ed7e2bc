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

constexpr std::optional<DType> find_dtype(std::string_view text) {
  for (const DTypeInfo& row : dtype_table)
    if (row.text == text) return row.dtype;
  return std::nullopt;
}

// The integer type with as many bits: what bitcast of a float gives.
constexpr DType integer_of_width(DType t) { return bytes(t) == 8 ? DType::i64 : DType::i32; }

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

// hi + lo rounded once to f32: where hi is a tie between two floats, lo decides.
constexpr float to_f32(const Real& r) {
  // Between the largest float and infinity there is a tie too, which has no neighbour to step to.
  constexpr double overflow = 0x1.ffffffp127;
  if (r.hi == overflow && r.lo < 0) return 0x1.fffffep127f;
  if (r.hi == -overflow && r.lo > 0) return -0x1.fffffep127f;
  const float nearest = static_cast<float>(r.hi);
  const double rest = r.hi - static_cast<double>(nearest);
  if (r.lo == 0 || rest == 0 || r.hi != r.hi || nearest - nearest != 0) return nearest;
  // Step to the neighbour on the side of `rest` and see whether hi lies exactly in the middle.
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  const bool away = (rest > 0) == (r.hi > 0);
  const float other = std::bit_cast<float>(away ? bits + 1 : bits - 1);
  const double middle = (static_cast<double>(nearest) + static_cast<double>(other)) / 2;
  if (r.hi != middle) return nearest;
  const bool towards_other = (r.lo > 0) == (other > nearest);
  return towards_other ? other : nearest;
}

}  // namespace actjit
