// Functions of the text language: which one a name means in a dialect, and what it takes.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "frontend/activation.h"
#include "frontend/axis_function.h"
#include "frontend/diagnostic.h"
#include "frontend/syntax.h"
#include "ir/op.h"

namespace actjit {

enum class FunctionKind : std::uint8_t {
  unknown,
  where,
  cast,
  grad,
  vjp,
  vjp_from_output,
  known,  // in formulas only: whether a parameter is a number that is known now
  op,
  along_axes,  // a function of axis_function_table
  activation,
  definition
};

constexpr bool is_derivative(FunctionKind k) {
  return k == FunctionKind::grad || k == FunctionKind::vjp || k == FunctionKind::vjp_from_output;
}

struct Function {
  FunctionKind kind = FunctionKind::unknown;
  Op op = Op::add;
  std::uint32_t row = 0;  // of activation_table or axis_function_table, or the user's definition
  EntryIndex entry = canonical_entry;
  friend constexpr bool operator==(const Function&, const Function&) = default;
};

// Ops that are called by their name; casts, tables and operators have a syntax of their own.
constexpr bool is_callable(const OpInfo& op) {
  return (op.kind == OpKind::primitive || op.kind == OpKind::math) && op.rule != TypeRule::cast &&
         op.rule != TypeRule::bitcast && op.rule != TypeRule::lookup && op.text != "and" &&
         op.text != "or" && op.text != "not";
}

// The dialects in which a name of `dialect` is looked up, in this order: its own, then Keras' where
// Keras has defaults that others may borrow, then the names every dialect knows.
constexpr std::vector<Dialect> lookup_order(Dialect dialect) {
  if (dialect == Dialect::canonical) return {};
  if (dialect == Dialect::keras) return {Dialect::keras, Dialect::canonical};
  return {dialect, Dialect::keras, Dialect::canonical};
}

namespace detail {
constexpr Function activation(std::size_t row, EntryIndex entry) {
  return {.kind = FunctionKind::activation, .row = static_cast<std::uint32_t>(row), .entry = entry};
}
// A name a dialect spells out, else a row's own name where the dialect has that row.
constexpr Function find_in(std::string_view name, Dialect dialect) {
  Function own;
  for (std::size_t r = 0; r < activation_table.size(); ++r) {
    const ActivationRow& row = activation_table[r];
    for (std::size_t e = 0; e < row.entries.size() && !row.entries[e].names.empty(); ++e) {
      if (row.entries[e].dialect != dialect) continue;
      const Function found = activation(r, static_cast<EntryIndex>(e));
      if (contains_word(row.entries[e].names, name)) return found;
      if (own.kind == FunctionKind::unknown && row.name == name) own = found;
    }
  }
  return own;
}
constexpr Function find_op_function(std::string_view name) {
  for (const OpInfo& op : op_table)
    if (op.text == name && is_callable(op)) return {.kind = FunctionKind::op, .op = op.op};
  return {};
}
constexpr Function find_along_axes(std::string_view name, bool in_formulas) {
  if (const AxisFunctionInfo* row = find_axis_function(name, in_formulas))
    return {.kind = FunctionKind::along_axes, .row = static_cast<std::uint32_t>(row->function)};
  return {};
}
// Our own name, every parameter explicit.
constexpr Function find_canonical(std::string_view name) {
  for (std::size_t r = 0; r < activation_table.size(); ++r)
    if (activation_table[r].name == name) return activation(r, canonical_entry);
  return {};
}
}  // namespace detail

// Where a function's name is looked up: in a dialect, or, without one, in a formula of the
// catalogue. There ops come before activations, so that the formula of `gelu` can use the op of
// that name, and helpers are known.
using Scope = std::optional<Dialect>;

constexpr Function find_function(std::string_view name, Scope scope) {
  const auto known = [](const Function& f) { return f.kind != FunctionKind::unknown; };
  if (name == "where") return {.kind = FunctionKind::where};
  if (name == "cast") return {.kind = FunctionKind::cast};
  if (name == "grad") return {.kind = FunctionKind::grad};
  if (name == "vjp") return {.kind = FunctionKind::vjp};
  if (name == "vjp_from_output") return {.kind = FunctionKind::vjp_from_output};
  if (!scope && name == "known") return {.kind = FunctionKind::known};
  const Function op = detail::find_op_function(name);
  const Function canonical = detail::find_canonical(name);
  const Function along = detail::find_along_axes(name, !scope);
  if (!scope) return known(op) ? op : known(along) ? along : canonical;
  for (Dialect d : lookup_order(*scope))
    if (const Function f = detail::find_in(name, d); known(f)) return f;
  if (known(canonical) && !activation_table[canonical.row].is_helper()) return canonical;
  return known(along) ? along : op;
}

// Calls `each` with every name find_function() knows in the scope; a name may come twice.
template <class Each>
constexpr void for_each_function_name(Scope scope, Each each) {
  each(std::string_view("where"));
  each(std::string_view("cast"));
  each(std::string_view("grad"));
  each(std::string_view("vjp"));
  each(std::string_view("vjp_from_output"));
  for (const ActivationRow& row : activation_table) {
    if (row.is_helper() && scope) continue;
    each(row.name);
    for (const DialectEntry& entry : row.entries)
      for (Dialect d : lookup_order(scope.value_or(Dialect::canonical)))
        if (!entry.names.empty() && entry.dialect == d)
          for (std::string_view name : split(entry.names, " ")) each(name);
  }
  for (const AxisFunctionInfo& row : axis_function_table)
    if (!row.in_formulas_only || !scope) each(row.name);
  for (const OpInfo& op : op_table)
    if (is_callable(op)) each(op.text);
}

// The error about a name find_function() does not know. `what` is the kind of thing it should be,
// `nearest` has been asked for that name and may have been offered names of the text.
constexpr Diagnostic unknown_function(std::string_view what, std::string_view name, Scope scope,
                                      Nearest nearest) {
  const bool cut = name.size() > 60;
  Message message("there is no ", what, " '", name.substr(0, 60), cut ? "...'" : "'");
  for_each_function_name(scope, [&](std::string_view known) { nearest.offer(known); });
  bool elsewhere = false;
  for (const DialectInfo& d : dialect_table) {
    if (!scope || detail::find_in(name, d.dialect).kind == FunctionKind::unknown) continue;
    message.add(elsewhere ? ", " : "; it is known in ").add(d.text);
    elsewhere = true;
  }
  return {.code = ErrorCode::unknown_name, .message = message.add(nearest.proposal()).view()};
}

// The formula whose derivative the dialect of an activation takes; empty: the activation's own.
constexpr std::string_view own_derivative(const Function& f) {
  if (f.entry == canonical_entry) return {};
  return activation_table[f.row].entries[static_cast<std::size_t>(f.entry)].derivative;
}

// What a function takes: operands, then parameters. Arguments fill these slots by position or name.
struct Slot {
  std::string_view name;
  std::string_view fallback = {};  // the default; empty: none
  bool required = true;
  bool quoted = false;  // the default is a string
};
struct Signature {
  std::string_view name;
  std::vector<Slot> slots = {};
  std::size_t operands = 0;  // how many of the slots are tensors

  // "leaky_relu(x, negative_slope=0.2)".
  constexpr Message message() const {
    Message out(name, "(");
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (i > 0) out.add(", ");
      out.add(slots[i].name);
      if (slots[i].fallback.empty()) continue;
      const std::string_view quote = slots[i].quoted ? "\"" : "";
      out.add('=').add(quote).add(slots[i].fallback).add(quote);
    }
    return out.add(')');
  }
};

constexpr std::vector<std::string_view> operand_names(Op op) {
  std::vector<std::string_view> names{"x", "y", "z"};
  if (op == Op::select) names = {"condition", "x", "y"};
  names.resize(static_cast<std::size_t>(arity(op)));
  return names;
}

// The parameters a call of an activation can name, without the fixed ones.
constexpr std::vector<Parameter> visible_parameters(const Function& f) {
  std::vector<Parameter> out;
  for (const Parameter& p : parameters(activation_table[f.row], f.entry))
    if (!p.fixed) out.push_back(p);
  return out;
}

// The slots of a function that looks along axes, of which the first is its operand.
constexpr std::vector<Slot> axis_slots(const Function& f) {
  std::vector<Slot> out;
  for (std::string_view text : split(axis_function_table[f.row].slots, ",")) {
    const std::string_view name = detail::take(text, "=");
    out.push_back({.name = name, .fallback = text, .required = text.empty()});
  }
  return out;
}

// Of any function but a user's definition; `name` is how the text calls it.
constexpr Signature signature(const Function& f, std::string_view name) {
  Signature out{.name = name};
  std::vector<std::string_view> operands;
  switch (f.kind) {
    case FunctionKind::where: operands = {"condition", "x", "y"}; break;
    case FunctionKind::cast: operands = {"x", "dtype"}; break;
    case FunctionKind::grad: operands = {"y", "x"}; break;
    case FunctionKind::vjp: operands = {"y", "x", "dy"}; break;
    case FunctionKind::vjp_from_output: operands = {"call", "dy"}; break;
    case FunctionKind::known: operands = {"x"}; break;
    case FunctionKind::op: operands = operand_names(f.op); break;
    case FunctionKind::activation: operands = split(activation_table[f.row].operands, " "); break;
    case FunctionKind::along_axes:
      out.slots = axis_slots(f);
      out.operands = 1;
      return out;
    default: break;
  }
  out.operands = operands.size();
  for (std::string_view operand : operands) out.slots.push_back({.name = operand});
  if (f.kind == FunctionKind::activation)
    for (const Parameter& p : visible_parameters(f))
      out.slots.push_back({p.name, p.fallback, p.fallback.empty(), p.is_choice()});
  return out;
}

}  // namespace actjit
