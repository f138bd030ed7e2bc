// Derivatives from the output: which activations have one, and how it is computed.
#pragma once

#include <array>
#include <string_view>

namespace actjit {

// A row of frontend/activations/from_output.def.
struct FromOutputRow {
  std::string_view name;
  std::string_view valid;
  std::string_view formula;
  std::string_view otherwise;
};

inline constexpr std::array from_output_table{
#define FROM_OUTPUT(name, valid, dx, otherwise) FromOutputRow{#name, valid, dx, otherwise},
#include "frontend/activations/from_output.def"
#undef FROM_OUTPUT
};

constexpr const FromOutputRow* find_from_output(std::string_view activation) {
  for (const FromOutputRow& row : from_output_table)
    if (row.name == activation) return &row;
  return nullptr;
}

}  // namespace actjit
