// Ops and their traits, all read off ops.def.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace actjit {

enum class Op : std::uint8_t {
#define OP(name, text, arity, kind, rule, traits, meaning) name,
#include "ir/ops.def"
#undef OP
};

enum class OpKind : std::uint8_t { leaf, primitive, reduction, view, math };

// How operand types give the result type.
enum class TypeRule : std::uint8_t {
  leaf,         // the node carries its own type
  same_number,  // equal float or integer types, the result is the same
  same_float,   // equal float types
  same_int,     // equal integer types
  same_any,     // equal types, the result is the same
  same_bits,    // equal integer types or bools
  compare,      // equal types, the result is bool
  select,       // bool, T, T gives T
  cast,         // any type to the type in the node
  bitcast,      // float to integer of the same width, or back
  lookup        // an integer index gives the type of the table
};

enum class Traits : std::uint8_t { none = 0, commutes = 1, narrows = 2, exact = 4 };
constexpr Traits operator|(Traits a, Traits b) {
  return static_cast<Traits>(static_cast<int>(a) | static_cast<int>(b));
}

struct OpInfo {
  Op op;
  std::string_view text;
  int arity;
  OpKind kind;
  TypeRule rule;
  Traits traits;
  std::string_view meaning;
};

namespace detail {
constexpr auto make_op_table() {
  using enum Traits;
  return std::array{
#define OP(name, text, arity, kind, rule, traits, meaning) \
  OpInfo{Op::name, text, arity, OpKind::kind, TypeRule::rule, traits, meaning},
#include "ir/ops.def"
#undef OP
  };
}
}  // namespace detail

inline constexpr auto op_table = detail::make_op_table();
inline constexpr int max_arity = 3;

constexpr const OpInfo& info(Op op) { return op_table[static_cast<std::size_t>(op)]; }
constexpr std::string_view text(Op op) { return info(op).text; }
constexpr int arity(Op op) { return info(op).arity; }
constexpr bool is_math(Op op) { return info(op).kind == OpKind::math; }
constexpr bool is_reduction(Op op) { return info(op).kind == OpKind::reduction; }
constexpr bool is_view(Op op) { return info(op).kind == OpKind::view; }
// Whether it has axes, rather than doing the same to every element.
constexpr bool has_axes(Op op) { return is_reduction(op) || is_view(op); }
constexpr bool is_leaf(Op op) { return info(op).kind == OpKind::leaf; }
constexpr bool has(Op op, Traits t) {
  return (static_cast<int>(info(op).traits) & static_cast<int>(t)) != 0;
}

constexpr std::optional<Op> find_op(std::string_view text) {
  for (const OpInfo& row : op_table)
    if (row.text == text) return row.op;
  return std::nullopt;
}

}  // namespace actjit
