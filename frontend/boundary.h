// From diagnostics, which constant expressions can carry, to errors.
#pragma once

#include <string_view>

#include "frontend/diagnostic.h"
#include "ir/error.h"

namespace actjit {

// Line and column of a byte offset, with its line for the caret. What does not print is shown as
// '?', so that the caret stands below its byte.
Location locate(std::string_view text, std::uint32_t position);

// The error of a diagnostic about `text`.
Error to_error(const Diagnostic& problem, std::string_view text);

}  // namespace actjit
