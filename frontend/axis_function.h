// Functions of the text language that look along axes: the table of frontend/axis_functions.def.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace actjit {

enum class AxisFunction : std::uint8_t {
#define AXIS_FUNCTION(name, slots, meaning) name,
#define FORMULA_FUNCTION(name, slots, meaning) name,
#include "frontend/axis_functions.def"
#undef AXIS_FUNCTION
#undef FORMULA_FUNCTION
};

struct AxisFunctionInfo {
  AxisFunction function;
  std::string_view name;
  std::string_view slots;
  std::string_view meaning;
  bool in_formulas_only;
};

inline constexpr std::array axis_function_table{
#define AXIS_FUNCTION(name, slots, meaning) \
  AxisFunctionInfo{AxisFunction::name, #name, slots, meaning, false},
#define FORMULA_FUNCTION(name, slots, meaning) \
  AxisFunctionInfo{AxisFunction::name, #name, slots, meaning, true},
#include "frontend/axis_functions.def"
#undef AXIS_FUNCTION
#undef FORMULA_FUNCTION
};

constexpr const AxisFunctionInfo& info(AxisFunction f) {
  return axis_function_table[static_cast<std::size_t>(f)];
}

constexpr const AxisFunctionInfo* find_axis_function(std::string_view name, bool in_formulas) {
  for (const AxisFunctionInfo& row : axis_function_table)
    if (row.name == name && (in_formulas || !row.in_formulas_only)) return &row;
  return nullptr;
}

}  // namespace actjit
