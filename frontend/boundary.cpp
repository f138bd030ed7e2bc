#include "frontend/boundary.h"

#include <algorithm>

namespace actjit {

Location locate(std::string_view text, std::uint32_t position) {
  constexpr std::size_t shown_after = 120;  // of a long line, bytes behind the caret
  const std::size_t at = std::min<std::size_t>(position, text.size());
  const std::size_t newline = text.substr(0, at).rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const std::size_t end = std::min(text.find('\n', at), std::min(text.size(), at + shown_after));
  Location where;
  where.line = 1 + static_cast<std::uint32_t>(std::count(
                       text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  where.column = 1 + static_cast<std::uint32_t>(at - begin);
  where.source_line = text.substr(begin, end - begin);
  if (where.source_line.ends_with('\r')) where.source_line.pop_back();
  for (char& c : where.source_line)
    if ((c < ' ' || c > '~') && c != '\t') c = '?';
  return where;
}

Error to_error(const Diagnostic& problem, std::string_view text) {
  if (problem.position == no_position) return make_error(problem.code, problem.message.string());
  return make_error(problem.code, problem.message.string(), locate(text, problem.position));
}

}  // namespace actjit
