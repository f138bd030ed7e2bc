// Shapes: a list of dimensions, outermost first, each a number or a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/name.h"

namespace actjit {

// A dimension: `extent` elements, or as many as the symbol of that name stands for at the call.
struct Dim {
  std::int64_t extent = 0;
  Name symbol;

  constexpr Dim() = default;
  constexpr Dim(std::int64_t n) : extent(n) {}
  constexpr Dim(Name name) : symbol(std::move(name)) {}
  constexpr Dim(std::string_view name) : symbol(name) {}
  constexpr Dim(const char* name) : symbol(name) {}

  constexpr bool is_symbolic() const { return !symbol.empty(); }
  constexpr bool is_one() const { return !is_symbolic() && extent == 1; }
  friend constexpr bool operator==(const Dim&, const Dim&) = default;
};

using Shape = std::vector<Dim>;

inline constexpr int max_rank = 16;

// NumPy's broadcasting: shapes are aligned at their last dimension, a missing dimension or a 1
// stretches. A symbol fits itself and 1 only. Nothing if the shapes do not fit.
constexpr std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    Dim& have = out[offset + i];
    const Dim& want = shorter[i];
    if (have == want || want.is_one()) continue;
    if (!have.is_one()) return std::nullopt;
    have = want;
  }
  return out;
}

// "[1797,128]", "[n]", "[]".
std::string to_string(const Shape& shape);
std::optional<Shape> parse_shape(std::string_view text);

}  // namespace actjit
