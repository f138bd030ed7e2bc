// Diagnostics: errors of the text language in a form that constant expressions can carry. At the
// run-time boundary (frontend/language.cpp) they become an Error with line, column and caret.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ir/error.h"
#include "ir/name.h"
#include "ir/shape.h"

namespace actjit {

inline constexpr std::uint32_t no_position = ~std::uint32_t{0};

struct Diagnostic {
  ErrorCode code = ErrorCode::internal;
  std::uint32_t position = no_position;  // byte offset in the text
  Name message;
};

// Messages are put together in constant expressions too, where std::string and fmt are not usable.
class Message {
 public:
  template <class... Parts>
  constexpr explicit Message(const Parts&... parts) {
    (add(parts), ...);
  }
  constexpr Message& add(std::string_view text) {
    chars_.insert(chars_.end(), text.begin(), text.end());
    return *this;
  }
  constexpr Message& add(const char* text) { return add(std::string_view(text)); }
  constexpr Message& add(char c) { return chars_.push_back(c), *this; }
  constexpr Message& add(const Message& m) { return add(m.view()); }
  constexpr Message& add(std::int64_t n) {
    if (n < 0) return add('-').add_digits(~static_cast<std::uint64_t>(n) + 1);
    return add_digits(static_cast<std::uint64_t>(n));
  }
  constexpr Message& add(std::size_t n) { return add_digits(n); }
  constexpr Message& add(int n) { return add(std::int64_t{n}); }
  // With capital digits, at least `digits` of them.
  constexpr Message& add_hex(std::uint64_t n, int digits) {
    if (n >= 16 || digits > 1) add_hex(n / 16, digits - 1);
    return add("0123456789ABCDEF"[n % 16]);
  }
  constexpr Message& add(const Shape& shape) {
    add('[');
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i > 0) add(',');
      if (shape[i].is_symbolic())
        add(shape[i].symbol.view());
      else
        add(shape[i].extent);
    }
    return add(']');
  }

  constexpr std::string_view view() const { return {chars_.data(), chars_.size()}; }
  constexpr bool empty() const { return chars_.empty(); }

 private:
  constexpr Message& add_digits(std::uint64_t n) {
    if (n >= 10) add_digits(n / 10);
    return add(static_cast<char>('0' + n % 10));
  }
  std::vector<char> chars_;
};

constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// How many letters are inserted, deleted, replaced or swapped with the next one between the two
// texts, upper and lower case alike (Damerau and Levenshtein, each place edited once).
constexpr std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto same = [&](std::size_t i, std::size_t j) {
    return lower_case(a[i]) == lower_case(b[j]);
  };
  std::vector<std::size_t> last;  // the rows of i - 2, i - 1 and i
  std::vector<std::size_t> above;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    last.swap(above);
    above = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (same(i - 1, j - 1) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1))
        row[j] = std::min(row[j], last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// Collects the names that exist and keeps the one nearest to what was written.
class Nearest {
 public:
  constexpr explicit Nearest(std::string_view wanted) : wanted_(wanted) {}

  constexpr void offer(std::string_view candidate) {
    if (wanted_.size() > longest || candidate.size() > longest || candidate.empty()) return;
    const std::size_t distance = edit_distance(wanted_, candidate);
    if (distance < distance_) distance_ = distance, best_ = candidate;
  }
  // The best candidate, or nothing where even that one is far off: half of the longer text.
  constexpr std::string_view best() const {
    const bool near = distance_ <= 1 + wanted_.size() / 3 &&
                      2 * distance_ < std::max(wanted_.size(), best_.size());
    return near ? best_ : std::string_view();
  }
  // "; did you mean 'gelu'?" or nothing.
  constexpr Message proposal() const {
    Message out;
    if (!best().empty()) out.add("; did you mean '").add(best()).add("'?");
    return out;
  }

 private:
  static constexpr std::size_t longest = 64;
  std::string_view wanted_;
  std::string_view best_;
  std::size_t distance_ = longest + 1;
};

}  // namespace actjit
