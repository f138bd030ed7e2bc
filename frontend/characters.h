// Characters beyond ASCII, for messages: texts that come from word processors and web pages have
// them where the language has others.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace actjit {

// A character of UTF-8 and how many bytes it takes.
struct Character {
  std::uint32_t code = 0;
  std::uint32_t size = 1;
};

// The character at the start of a text; nothing where its bytes are no UTF-8 (RFC 3629).
constexpr std::optional<Character> decode_character(std::string_view text) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const std::uint32_t first = byte(0);
  if (text.empty() || (first >= 0x80 && first < 0xc2) || first > 0xf4) return std::nullopt;
  if (first < 0x80) return Character{first, 1};
  const std::uint32_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t code = first & (0xffu >> (size + 1));
  for (std::uint32_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < smallest[size] || surrogate || code > 0x10ffff) return std::nullopt;
  return Character{code, size};
}

// Whether it shows as a sign of its own: no control, blank, mark on another character or change of
// direction.
constexpr bool is_visible(std::uint32_t code) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr std::array unseen{
      Range{0, 0x20},           Range{0x7f, 0xa0},     Range{0xad, 0xad},     Range{0x300, 0x36f},
      Range{0x61c, 0x61c},      Range{0x115f, 0x1160}, Range{0x1680, 0x1680}, Range{0x180b, 0x180f},
      Range{0x2000, 0x200f},    Range{0x2028, 0x202f}, Range{0x205f, 0x206f}, Range{0x20d0, 0x20ff},
      Range{0x3000, 0x3000},    Range{0x3164, 0x3164}, Range{0xe000, 0xf8ff}, Range{0xfe00, 0xfe0f},
      Range{0xfe20, 0xfe2f},    Range{0xfeff, 0xfeff}, Range{0xffa0, 0xffa0}, Range{0xfff0, 0xfffb},
      Range{0xe0000, 0x10ffff},
  };
  return std::none_of(unseen.begin(), unseen.end(),
                      [code](const Range& r) { return r.first <= code && code <= r.last; });
}

// What the language has instead; empty: nothing.
constexpr std::string_view ascii_instead(std::uint32_t code) {
  struct Row {
    std::string_view ascii;
    std::u32string_view signs;
  };
  constexpr std::array table{
      Row{"\"", U"«»“”„‟″＂"},
      Row{"'", U"´‘’‚‛′＇"},
      Row{"-", U"\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"},  // hyphens to minus
      Row{"*", U"×·•∗⋅✕＊"},
      Row{"/", U"÷⁄∕／"},
      Row{"+", U"＋"},
      Row{"(", U"（"},
      Row{")", U"）"},
      Row{",", U"、，"},
      Row{";", U"；"},
      Row{"<", U"＜"},
      Row{"=", U"＝"},
      Row{">", U"＞"},
      Row{"<=", U"≤"},
      Row{">=", U"≥"},
      Row{"!=", U"≠"},
      Row{"** 2", U"²"},
      Row{"** 3", U"³"},
      Row{"pi", U"π"},
      Row{"inf", U"∞"},
      Row{"sqrt", U"√"},
      Row{"and", U"∧"},
      Row{"or", U"∨"},
      Row{"not", U"¬"},
  };
  for (const Row& row : table)
    if (row.signs.find(static_cast<char32_t>(code)) != std::u32string_view::npos) return row.ascii;
  return {};
}
constexpr bool is_blank(std::uint32_t code) {
  return code == 0xa0 || (code >= 0x2000 && code <= 0x200b) || code == 0x202f || code == 0x205f ||
         code == 0x3000 || code == 0xfeff;
}

}  // namespace actjit
