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
struct PatchRow {
  std::uint64_t expanded;
  Patch patch;
};

// As the rows write them.
inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline constexpr std::array patch_rows{
    PatchRow{},
#define CERTIFICATE(...)
#define PATCH(expanded, first, last, nudge, result) \
  PatchRow{expanded, {first, last, nudge, result}},
#include "ir/certificates/all.def"
#undef CERTIFICATE
#undef PATCH
};

inline constexpr auto patch_table = [] {
  std::array<Patch, patch_rows.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = patch_rows[i].patch;
  return out;
}();

constexpr std::span<const Patch> patches_of(std::uint64_t expanded) {
  std::size_t first = 1;
  while (first < patch_rows.size() && patch_rows[first].expanded != expanded) ++first;
  std::size_t last = first;
  while (last < patch_rows.size() && patch_rows[last].expanded == expanded) ++last;
  return std::span(patch_table).subspan(first, last - first);
}

constexpr auto make_certificate_table() {
  constexpr std::array rows{
      Certificate{},
#define PATCH(...)
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
              {}},
#include "ir/certificates/all.def"
#undef CERTIFICATE
#undef PATCH
  };
  // The first row only keeps the array from being empty.
  std::array<Certificate, rows.size() - 1> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = rows[i + 1];
    out[i].patches = patches_of(out[i].expanded);
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
