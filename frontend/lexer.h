// The lexer of the text language: names, numbers, strings, symbols and ends of statements.
#pragma once

#include <cstdint>
#include <string_view>

namespace actjit {

enum class TokenKind : std::uint8_t { name, number, string, symbol, separator, unknown, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

class Lexer {
 public:
  constexpr explicit Lexer(std::string_view text) : text_(text) {}

  constexpr Token next() {
    skip_blanks();
    const std::uint32_t begin = at_;
    if (at_ == text_.size()) return {TokenKind::end, begin, begin};
    const char c = text_[at_];
    TokenKind kind = TokenKind::symbol;
    if (c == '\n' || c == ';') {
      kind = TokenKind::separator;
      ++at_;
    } else if (is_name_start(c)) {
      kind = TokenKind::name;
      scan_name();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      kind = TokenKind::number;
      scan_number();
    } else if (c == '"' || c == '\'') {
      kind = scan_string(c) ? TokenKind::string : TokenKind::unknown;
    } else if (!scan_symbol()) {
      kind = TokenKind::unknown;
      ++at_;
    }
    return {kind, begin, at_};
  }

 private:
  constexpr char peek(std::uint32_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  // A newline inside parentheses or brackets is a blank.
  constexpr void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      } else if (c != ' ' && c != '\t' && c != '\r' && !(c == '\n' && open_ > 0)) {
        return;
      }
    }
  }
  // Dots join the parts of a name: "ops.gelu".
  constexpr void scan_name() {
    while (is_name_part(peek(0)) || (peek(0) == '.' && is_name_start(peek(1)))) ++at_;
  }
  constexpr void scan_number() {
    while (is_digit(peek(0)) || peek(0) == '.') ++at_;
    if (peek(0) == 'e' || peek(0) == 'E') {
      ++at_;
      if (peek(0) == '+' || peek(0) == '-') ++at_;
    }
    while (is_name_part(peek(0))) ++at_;  // "2x" is refused as a whole
  }
  constexpr bool scan_string(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_)
      if (text_[at_] == quote) return ++at_, true;
    return false;
  }
  constexpr bool scan_symbol() {
    const std::string_view rest = text_.substr(at_, 2);
    for (std::string_view two : {"**", "<=", ">=", "==", "!="})
      if (rest == two) return at_ += 2, true;
    const char c = rest[0];
    if (std::string_view("()[]+-*/<>=,").find(c) == std::string_view::npos) return false;
    if (c == '(' || c == '[') ++open_;
    if ((c == ')' || c == ']') && open_ > 0) --open_;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::uint32_t at_ = 0;
  std::uint32_t open_ = 0;  // parentheses and brackets
};

}  // namespace actjit
