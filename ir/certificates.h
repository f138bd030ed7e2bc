// The project's certificates: rows that `actjit certificates` writes into ir/certificates/.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include "ir/certificate.h"

namespace actjit {

namespace detail {

// A patch, and the graph it belongs to; all patches of a graph stand together.
template <class T>
struct PatchRow {
  std::uint64_t expanded;
  T patch;
};

// As the rows write them.
inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline constexpr std::array patch_rows{
    PatchRow<Patch>{},
#define CERTIFICATE(...)
#define PIECE(...)
#define PATCH(expanded, first, last, nudge, result) \
  PatchRow<Patch>{expanded, {first, last, nudge, result}},
#include "ir/certificates/all.def"
#undef CERTIFICATE
#undef PIECE
#undef PATCH
};

inline constexpr std::array piece_rows{
    PatchRow<Piece>{},
#define CERTIFICATE(...)
#define PATCH(...)
#define PIECE(expanded, first, last, middle, middle_low, value, value_low, slope_low, ...) \
  PatchRow<Piece>{expanded,                                                                \
                  {first, last, middle, middle_low, value, value_low, slope_low, {__VA_ARGS__}}},
#include "ir/certificates/all.def"
#undef CERTIFICATE
#undef PIECE
#undef PATCH
};

template <class T, std::size_t n>
constexpr std::array<T, n> without_hashes(const std::array<PatchRow<T>, n>& rows) {
  std::array<T, n> out{};
  for (std::size_t i = 0; i < n; ++i) out[i] = rows[i].patch;
  return out;
}
inline constexpr auto patch_table = without_hashes(patch_rows);
inline constexpr auto piece_table = without_hashes(piece_rows);

template <class T, std::size_t n>
constexpr std::span<const T> rows_of(std::uint64_t expanded, const std::array<PatchRow<T>, n>& rows,
                                     const std::array<T, n>& table) {
  std::size_t first = 1;
  while (first < n && rows[first].expanded != expanded) ++first;
  std::size_t last = first;
  while (last < n && rows[last].expanded == expanded) ++last;
  return std::span(table).subspan(first, last - first);
}

constexpr auto make_certificate_table() {
  constexpr std::array rows{
      Certificate{},
#define PATCH(...)
#define PIECE(...)
#define CERTIFICATE(expression, input, output, tier, meaning, expanded, patched, checked, inputs, \
                    misrounded, max_ulp, worst, direction, disorder)                              \
  Certificate{expression,                                                                         \
              DType::input,                                                                       \
              DType::output,                                                                      \
              Tier::tier,                                                                         \
              meaning,                                                                            \
              expanded,                                                                           \
              patched,                                                                            \
              checked,                                                                            \
              inputs,                                                                             \
              misrounded,                                                                         \
              max_ulp,                                                                            \
              worst,                                                                              \
              Direction::direction,                                                               \
              disorder,                                                                           \
              {},                                                                                 \
              {}},
#include "ir/certificates/all.def"
#undef CERTIFICATE
#undef PIECE
#undef PATCH
  };
  // The first row only keeps the array from being empty.
  std::array<Certificate, rows.size() - 1> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = rows[i + 1];
    out[i].patches = rows_of(out[i].expanded, patch_rows, patch_table);
    out[i].pieces = rows_of(out[i].expanded, piece_rows, piece_table);
  }
  return out;
}

}  // namespace detail

inline constexpr auto certificate_table = detail::make_certificate_table();

// The certificate of an expanded graph: of the project, else of `more`; null if there is none.
constexpr const Certificate* find_certificate(std::uint64_t expanded,
                                              std::span<const Certificate> more = {}) {
  for (const Certificate& c : certificate_table)
    if (c.expanded == expanded) return &c;
  for (const Certificate& c : more)
    if (c.expanded == expanded) return &c;
  return nullptr;
}

// The same by the hash before simplification, which constant expressions know.
constexpr const Certificate* find_certificate_by_meaning(std::uint64_t meaning) {
  for (const Certificate& c : certificate_table)
    if (c.meaning == meaning) return &c;
  return nullptr;
}

}  // namespace actjit
