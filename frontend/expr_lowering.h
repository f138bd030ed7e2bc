// What the templates of frontend/expr.h share: the context in which an expression becomes a graph,
// and the rules for the arguments of a call.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "frontend/bindings.h"
#include "frontend/lower.h"

namespace actjit {

// Every activation, as an index of activation_table.
enum class ActivationId : std::uint32_t {
#define ACTIVATION(name, ...) name,
#define HELPER(name, ...) name,
#include "frontend/activations/all.def"
#undef ACTIVATION
#undef HELPER
};

namespace expr {

struct Context {
  Builder builder;
  Lowering lowering;
  std::vector<Item> arguments;

  constexpr explicit Context(DType working) : builder(working), lowering(builder) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // The run-time scalar of that name, declared where it is first met.
  constexpr Item scalar(std::string_view name, double initial) {
    const std::vector<Scalar>& known = builder.graph().scalars();
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i].name.view() != name) continue;
      if (to_bits(known[i].initial) != to_bits(initial))
        return builder.fail(ErrorCode::invalid_argument,
                            Message("the run-time scalar '", name, "' has two initial values"));
      return scalars_[i];
    }
    scalars_.push_back(builder.scalar(name, initial));
    return scalars_.back();
  }

 private:
  std::vector<Item> scalars_;
};

// One argument of a call, as its type tells.
struct ArgumentShape {
  bool named = false;
  std::string_view name = {};
  bool boolean = false;
  bool text = false;
  bool axes = false;     // axis<...> or none
  bool integer = false;  // which may be an axis
  bool operand = false;
  bool expression = false;
};

constexpr Function activation_function(std::uint32_t row, EntryIndex entry) {
  return {.kind = FunctionKind::activation, .row = row, .entry = entry};
}
constexpr Function along_axes_function(AxisFunction f) {
  return {.kind = FunctionKind::along_axes, .row = static_cast<std::uint32_t>(f)};
}
// Whether a function gives elements of its operand, which may be bools.
constexpr bool keeps_dtype(AxisFunction f) {
  return f == AxisFunction::half || f == AxisFunction::expand_dims || f == AxisFunction::squeeze;
}
constexpr bool is_activation(const Function& f) { return f.kind == FunctionKind::activation; }

constexpr std::size_t parameter_index(std::span<const Parameter> known, std::string_view name) {
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].name == name) return i;
  return known.size();
}

constexpr bool value_fits(const ArgumentShape& a, const Parameter& p) {
  switch (p.kind) {
    case ParameterKind::boolean: return p.is_choice() ? a.text : a.boolean;
    case ParameterKind::axes: return a.axes || a.integer;
    case ParameterKind::tensor: return a.expression;
    case ParameterKind::number: break;
  }
  return !a.text && !a.boolean && !a.axes;
}

// Which parameter takes an operand that is one more than the activation has: as in the text, the
// one at that place, if it is a tensor that may be left out. known.size() where it is not.
constexpr std::size_t optional_tensor(std::span<const Parameter> known, std::size_t extra) {
  const bool tensor = extra < known.size() && known[extra].kind == ParameterKind::tensor;
  return tensor ? extra : known.size();
}

// Whether operands and parameters are what the activation takes.
constexpr bool call_fits(const Function& f, std::span<const ArgumentShape> arguments) {
  const std::vector<Parameter> known = visible_parameters(f);
  std::vector<bool> given(known.size(), false);
  const std::size_t wanted = split(activation_table[f.row].operands, " ").size();
  std::size_t operands = 0;
  bool any_expression = false;
  for (const ArgumentShape& a : arguments) {
    std::size_t i = known.size();
    if (a.named) {
      i = parameter_index(known, a.name);
      if (i == known.size() || !value_fits(a, known[i])) return false;
    } else {
      if (!a.operand) return false;
      any_expression = any_expression || a.expression;
      if (operands++ < wanted) continue;
      i = optional_tensor(known, operands - wanted - 1);
    }
    if (i == known.size() || given[i]) return false;
    given[i] = true;
  }
  for (std::size_t i = 0; i < known.size(); ++i)
    if (!given[i] && known[i].fallback.empty()) return false;
  return any_expression && operands >= wanted;
}

constexpr std::size_t slot_index(std::span<const Slot> slots, std::string_view name) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i].name == name) return i;
  return slots.size();
}

// Whether an operand and parameters, by position or name, are what the function takes.
constexpr bool along_fits(AxisFunction f, std::span<const ArgumentShape> arguments) {
  const std::vector<Slot> slots = axis_slots(along_axes_function(f));
  std::vector<bool> given(slots.size(), false);
  bool named = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ArgumentShape& a = arguments[i];
    if (named && !a.named) return false;
    named = a.named;
    const std::size_t slot = a.named ? slot_index(slots, a.name) : i;
    if (slot >= slots.size() || given[slot]) return false;
    given[slot] = true;
    const bool switches = slots[slot].fallback == "false";
    const bool fits = slot == 0  ? a.expression && !a.named
                      : switches ? a.boolean
                                 : a.axes || a.integer;
    if (!fits) return false;
  }
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (!given[i] && slots[i].required) return false;
  return true;
}

// A constant of the text language; an internal error where the text is none.
constexpr Real constant_of(std::string_view text) {
  Parser parser(text);
  parser.parse();
  check(!parser.problem(), "number<...>: the text does not parse");
  Builder builder(DType::f64);
  const Item item = Lowering(builder).constant(text);
  check(!builder.failed() && item.is_number(), "number<...>: the text is no constant");
  return item.number;
}

// Errors: missing_input, invalid_argument.
Result<void> check_bindings(std::span<const Binding> inputs, std::size_t arity);

// The graph, without dead nodes, or what went wrong.
Result<Graph> finish(Context& context);

}  // namespace expr
}  // namespace actjit
