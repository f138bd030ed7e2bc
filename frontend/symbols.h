// Interned names of a text: an open-addressing table, so that long texts stay linear.
#pragma once

#include <string_view>
#include <vector>

#include "frontend/syntax.h"

namespace actjit {

class SymbolTable {
 public:
  constexpr explicit SymbolTable(std::string_view text) : text_(text) {}

  // The symbol of the name at `place`; a new name is appended to `symbols`.
  constexpr Symbol intern(Syntax::Span place, std::vector<Syntax::Span>& symbols) {
    if (2 * (symbols.size() + 1) > buckets_.size()) grow(symbols);
    const std::string_view name = spelled(place);
    std::size_t at = hash(name) & (buckets_.size() - 1);
    for (; buckets_[at] != nothing; at = (at + 1) & (buckets_.size() - 1))
      if (spelled(symbols[buckets_[at]]) == name) return buckets_[at];
    buckets_[at] = static_cast<Symbol>(symbols.size());
    symbols.push_back(place);
    return buckets_[at];
  }

 private:
  constexpr std::string_view spelled(Syntax::Span place) const {
    return text_.substr(place.begin, place.end - place.begin);
  }
  constexpr static std::size_t hash(std::string_view name) {
    std::uint64_t h = 0xcbf29ce484222325;
    for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<std::size_t>(h ^ h >> 32);
  }
  constexpr void grow(const std::vector<Syntax::Span>& symbols) {
    buckets_.assign(buckets_.empty() ? 16 : 2 * buckets_.size(), nothing);
    for (Symbol s = 0; s < symbols.size(); ++s) {
      std::size_t at = hash(spelled(symbols[s])) & (buckets_.size() - 1);
      while (buckets_[at] != nothing) at = (at + 1) & (buckets_.size() - 1);
      buckets_[at] = s;
    }
  }

  std::string_view text_;
  std::vector<Symbol> buckets_;
};

}  // namespace actjit
