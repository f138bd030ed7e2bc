#include "ir/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace actjit {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::syntax: return "syntax";
    case ErrorCode::unknown_name: return "unknown name";
    case ErrorCode::type_mismatch: return "type mismatch";
    case ErrorCode::shape_mismatch: return "shape mismatch";
    case ErrorCode::invalid_argument: return "invalid argument";
    case ErrorCode::invalid_graph: return "invalid graph";
    case ErrorCode::missing_input: return "missing input";
    case ErrorCode::unsupported_target: return "unsupported target";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::io: return "i/o";
    case ErrorCode::limit: return "limit";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

std::string Error::to_string() const {
  if (!where) return message;
  // Of a very long line the part around the column is shown.
  constexpr std::size_t reach = 80;
  const std::string& line = where->source_line;
  const std::size_t at =
      std::min<std::size_t>(where->column > 0 ? where->column - 1 : 0, line.size());
  const std::size_t first = at > reach ? at - reach : 0;
  const std::string_view shown = std::string_view(line).substr(first, at - first + reach);
  const std::string_view cut = first > 0 ? "..." : "";
  std::string caret(at - first, ' ');
  // Tabs stay tabs, so that the caret stands below its character in any tab width.
  for (std::size_t i = 0; i < caret.size(); ++i)
    if (shown[i] == '\t') caret[i] = '\t';
  return fmt::format("line {}, column {}: {}\n  {}{}{}\n  {:{}}{}^", where->line, where->column,
                     message, cut, shown, first + shown.size() < line.size() ? "..." : "", "",
                     cut.size(), caret);
}

Error make_error(ErrorCode code, std::string message) {
  return Error{code, std::move(message), std::nullopt};
}

Error make_error(ErrorCode code, std::string message, Location where) {
  return Error{code, std::move(message), std::move(where)};
}

}  // namespace actjit
