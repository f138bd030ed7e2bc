#include "ir/error.h"

#include <fmt/format.h>

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
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

std::string Error::to_string() const {
  if (!where) return message;
  std::string caret(where->column > 0 ? where->column - 1 : 0, ' ');
  // Tabs stay tabs, so that the caret stands below its character in any tab width.
  for (std::size_t i = 0; i < caret.size() && i < where->source_line.size(); ++i)
    if (where->source_line[i] == '\t') caret[i] = '\t';
  return fmt::format("line {}, column {}: {}\n  {}\n  {}^", where->line, where->column, message,
                     where->source_line, caret);
}

Error make_error(ErrorCode code, std::string message) {
  return Error{code, std::move(message), std::nullopt};
}

Error make_error(ErrorCode code, std::string message, Location where) {
  return Error{code, std::move(message), std::move(where)};
}

}  // namespace actjit
