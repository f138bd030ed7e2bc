// Texts of the catalogue that lists and single entries share.
#pragma once

#include <string>
#include <string_view>

#include "frontend/function.h"

namespace actjit {

// The formula as lines that begin with `indent`.
std::string formula_text(std::string_view formula, std::string_view indent = "");

// "leaky_relu(x, negative_slope=0.2)": the call by one of its names.
std::string call_text(const ActivationRow& row, EntryIndex entry, std::string_view name);

// Calls `each` with the index and the names of every entry the row has for the dialect.
template <class Each>
void for_each_entry(const ActivationRow& row, Dialect dialect, Each each) {
  for (std::size_t e = 0; e < row.entries.size() && !row.entries[e].names.empty(); ++e)
    if (row.entries[e].dialect == dialect)
      each(static_cast<EntryIndex>(e), split(row.entries[e].names, " "));
}

}  // namespace actjit
