// Activations: what a row of frontend/activations/ declares, and the table of all rows.
//
// A row is the only place that names an activation. Its C++ callable, its look-up, serialised form,
// documentation and tests come from it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "frontend/dialect.h"
#include "ir/error.h"

namespace actjit {

// How one dialect calls an activation. An entry under `canonical` is known in every dialect.
struct DialectEntry {
  Dialect dialect = Dialect::canonical;
  std::string_view names;  // separated by blanks, the usual one first; empty: no entry
  // The dialect's parameters, separated by commas, each `name:canonical=default`:
  //   alpha=1                     the canonical name is the same
  //   negative_slope:slope=0.2    the dialect's name, then ours
  //   value:threshold+value=0     one parameter stands for two of ours
  //   theta                       without a default: it has to be given
  //   approximate=none of none|tanh   a text where ours is a boolean: false, true
  //   !slope=1/6                  fixed: the dialect has no parameter for it
  // The default `none` is a number's limit at infinity, all axes, or no tensor.
  std::string_view parameters;
  // A formula whose derivative the dialect takes, where it is another than ours at a knee.
  std::string_view derivative = {};
};

// What a parameter takes. A canonical parameter has the mark behind its name.
enum class ParameterKind : std::uint8_t {
  number,   // no mark; a number, a run-time scalar or a tensor
  boolean,  // '?'
  axes,     // '@'; an integer, a list of them, or none, which is all axes
  tensor    // '&'; one that may be left out
};

struct ActivationRow {
  static constexpr std::size_t max_entries = 14;
  std::string_view name;
  std::string_view operands;    // tensors, separated by blanks
  std::string_view parameters;  // canonical ones, separated by blanks, each with its kind's mark
  std::string_view formula;     // in the text language: ops, and activations in canonical form
  std::string_view reference;   // where the definition and the defaults come from
  std::array<DialectEntry, max_entries> entries;

  // Helpers serve other formulas: they are in no dialect and no list.
  constexpr bool is_helper() const { return entries[0].names.empty(); }
};

inline constexpr std::array activation_table{
#define ACTIVATION(name, operands, parameters, formula, reference, ...) \
  ActivationRow{#name, operands, parameters, formula, reference, {{__VA_ARGS__}}},
#define HELPER(name, operands, parameters, formula) \
  ActivationRow{#name, operands, parameters, formula, "", {}},
#define DIALECT(dialect, ...) \
  DialectEntry { Dialect::dialect, __VA_ARGS__ }
#include "frontend/activations/all.def"
#undef ACTIVATION
#undef HELPER
#undef DIALECT
};

namespace detail {
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}
// Cuts the text in front of the next separator off, and the separator.
constexpr std::string_view take(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + separator.size());
  return trimmed(head);
}
}  // namespace detail

constexpr std::vector<std::string_view> split(std::string_view list, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (!detail::trimmed(list).empty()) parts.push_back(detail::take(list, separator));
  return parts;
}

// A parameter as a dialect shows it.
struct Parameter {
  std::string_view name;
  std::string_view canonical;      // ours, joined by '+' where there are several
  std::string_view fallback = {};  // the default, a constant of the text language; empty: required
  std::string_view off = {};       // the text for false, where it takes texts
  std::string_view on = {};        // the text for true
  ParameterKind kind = ParameterKind::number;
  bool fixed = false;

  constexpr bool is_choice() const { return !on.empty(); }
};

struct CanonicalParameter {
  std::string_view name;
  ParameterKind kind = ParameterKind::number;
};

namespace detail {
constexpr ParameterKind kind_of_mark(char mark) {
  return mark == '?'   ? ParameterKind::boolean
         : mark == '@' ? ParameterKind::axes
         : mark == '&' ? ParameterKind::tensor
                       : ParameterKind::number;
}
}  // namespace detail

constexpr std::vector<CanonicalParameter> canonical_parameters(const ActivationRow& row) {
  std::vector<CanonicalParameter> out;
  for (std::string_view name : split(row.parameters, " ")) {
    const ParameterKind kind = detail::kind_of_mark(name.back());
    if (kind != ParameterKind::number) name.remove_suffix(1);
    out.push_back({name, kind});
  }
  return out;
}

// The index of a canonical parameter.
constexpr std::size_t canonical_index(const ActivationRow& row, std::string_view name) {
  const std::vector<CanonicalParameter> all = canonical_parameters(row);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) return i;
  throw InternalError("an activation's dialect names a parameter its row does not have");
}

constexpr Parameter parse_parameter(const ActivationRow& row, std::string_view text) {
  Parameter p;
  if (text.front() == '!') p.fixed = true, text.remove_prefix(1);
  std::string_view names = detail::take(text, "=");
  p.fallback = detail::take(text, " of ");
  p.off = detail::take(text, "|");
  p.on = detail::trimmed(text);
  p.name = detail::take(names, ":");
  p.canonical = names.empty() ? p.name : detail::trimmed(names);
  const std::string_view first = split(p.canonical, "+").front();
  p.kind = canonical_parameters(row)[canonical_index(row, first)].kind;
  return p;
}

// Which of a row's entries: an index, or the canonical form. (An index, because with sanitizers
// compilers refuse to compare pointers into the table in constant expressions.)
using EntryIndex = std::int32_t;
inline constexpr EntryIndex canonical_entry = -1;

// The parameters of an activation in one of its dialects, or the canonical ones, of which only
// tensors may be left out.
constexpr std::vector<Parameter> parameters(const ActivationRow& row, EntryIndex entry) {
  std::vector<Parameter> out;
  if (entry != canonical_entry) {
    const DialectEntry& known = row.entries[static_cast<std::size_t>(entry)];
    for (std::string_view text : split(known.parameters, ","))
      out.push_back(parse_parameter(row, text));
  } else {
    for (const CanonicalParameter& p : canonical_parameters(row))
      out.push_back({.name = p.name,
                     .canonical = p.name,
                     .fallback = p.kind == ParameterKind::tensor ? "none" : "",
                     .kind = p.kind});
  }
  return out;
}

// Whether the row looks along axes, instead of doing the same to every element.
constexpr bool looks_along_axes(const ActivationRow& row) {
  for (const CanonicalParameter& p : canonical_parameters(row))
    if (p.name == "axis") return true;
  return false;
}

constexpr bool contains_word(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (detail::take(list, " ") == word) return true;
  return false;
}

}  // namespace actjit
