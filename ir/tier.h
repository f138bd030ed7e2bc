// Accuracy tiers: each is a bound in units in the last place that the caller asks for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/dtype.h"

namespace actjit {

enum class Tier : std::uint8_t {
  exact,    // correctly rounded; needs a certificate of the whole expression
  precise,  // the default
  fast,
  rough
};

struct TierInfo {
  Tier tier;
  std::string_view text;
  double max_ulp_f32;
  double max_ulp_f64;  // what an expansion may state to be taken
  // What an f64 expansion may be off by if its value is only rounded to f32 afterwards, in ULP of
  // f64: 2^22 are a hundredth of an ULP of f32.
  double max_ulp_before_f32;
  // f32 graphs are evaluated in f64 as a whole and rounded once at their outputs. Otherwise every
  // op may round to f32 (see evaluation_dtype in ir/expand.h).
  bool widens_f32;
  bool keeps_bits;  // no rewrite may change a bit
  bool may_flush;   // a subnormal result may become the zero of its sign
};

inline constexpr std::array tier_table{
    // exact: as close as f64 comes, but for what is rounded next; the certificate's patches do the
    // rest.
    TierInfo{Tier::exact, "exact", 0.5, 2.0, 3.0, true, true, false},
    TierInfo{Tier::precise, "precise", 1.0, 2.0, 0x1p22, true, true, false},
    TierInfo{Tier::fast, "fast", 4.0, 4.0, 0x1p22, false, false, true},
    // 2^-10 relative, in ULP of f32.
    TierInfo{Tier::rough, "rough", 8192.0, 8192.0, 0x1p22, false, false, true},
};

constexpr const TierInfo& info(Tier t) { return tier_table[static_cast<std::size_t>(t)]; }
constexpr std::string_view text(Tier t) { return info(t).text; }
constexpr double max_ulp(Tier t, DType dtype) {
  if (dtype == DType::f64) return info(t).max_ulp_f64;
  // 2^-10 before the rounding to 16 bits.
  if (t == Tier::rough && dtype == DType::f16) return 1.5;
  if (t == Tier::rough && dtype == DType::bf16) return 0.625;
  return info(t).max_ulp_f32;
}
constexpr std::optional<Tier> find_tier(std::string_view text) {
  for (const TierInfo& row : tier_table)
    if (row.text == text) return row.tier;
  return std::nullopt;
}

}  // namespace actjit
