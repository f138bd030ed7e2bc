#include "ir/shape.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace actjit {

std::string to_string(const Shape& shape) {
  std::string out = "[";
  for (const Dim& d : shape) {
    if (out.size() > 1) out += ',';
    out += d.is_symbolic() ? d.symbol.string() : fmt::format("{}", d.extent);
  }
  return out + "]";
}

namespace {

std::optional<Dim> parse_dim(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool named = std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_';
  if (named) {
    for (char c : text)
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return std::nullopt;
    return Dim(text);
  }
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return Dim(n);
}

}  // namespace

std::optional<Shape> parse_shape(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  Shape shape;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    const std::optional<Dim> dim = parse_dim(part);
    if (!dim || shape.size() == max_rank) return std::nullopt;
    shape.push_back(*dim);
    if (comma == std::string_view::npos) return shape;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  return shape;
}

}  // namespace actjit
