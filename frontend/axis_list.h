// A list of axes as a text or a program writes it: integers, those below zero counted from the
// last.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "ir/shape.h"

namespace actjit {

struct AxisList {
  std::array<std::int32_t, max_rank> values{};
  std::uint8_t count = 0;

  constexpr std::span<const std::int32_t> span() const { return {values.data(), count}; }
  constexpr void push_back(std::int32_t axis) { values[count++] = axis; }
  friend constexpr bool operator==(const AxisList&, const AxisList&) = default;
};

}  // namespace actjit
