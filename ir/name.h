// Name: a short owned text that works in constant expressions. libstdc++ 12 cannot move a short
// std::string there, and graphs are built in constant expressions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace actjit {

class Name {
 public:
  constexpr Name() = default;
  constexpr Name(std::string_view text) : chars_(text.begin(), text.end()) {}
  constexpr Name(const char* text) : Name(std::string_view(text)) {}
  Name(const std::string& text) : Name(std::string_view(text)) {}

  constexpr std::string_view view() const { return {chars_.data(), chars_.size()}; }
  constexpr operator std::string_view() const { return view(); }
  std::string string() const { return std::string(view()); }
  constexpr bool empty() const { return chars_.empty(); }
  friend constexpr bool operator==(const Name& a, const Name& b) { return a.view() == b.view(); }

 private:
  std::vector<char> chars_;
};

}  // namespace actjit
