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
  bool operand = false;
  bool expression = false;
};

constexpr Function activation_function(std::uint32_t row, EntryIndex entry) {
  return {.kind = FunctionKind::activation, .row = row, .entry = entry};
}
constexpr bool is_activation(const Function& f) { return f.kind == FunctionKind::activation; }

constexpr std::size_t parameter_index(std::span<const Parameter> known, std::string_view name) {
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].name == name) return i;
  return known.size();
}

// Whether operands and parameters are what the activation takes.
constexpr bool call_fits(const Function& f, std::span<const ArgumentShape> arguments) {
  const std::vector<Parameter> known = visible_parameters(f);
  std::vector<bool> given(known.size(), false);
  std::size_t operands = 0;
  bool any_expression = false;
  for (const ArgumentShape& a : arguments) {
    if (!a.named) {
      if (!a.operand) return false;
      ++operands;
      any_expression = any_expression || a.expression;
      continue;
    }
    const std::size_t i = parameter_index(known, a.name);
    if (i == known.size() || given[i]) return false;
    if (a.text != known[i].is_choice()) return false;
    if (!a.text && a.boolean != known[i].boolean) return false;
    given[i] = true;
  }
  for (std::size_t i = 0; i < known.size(); ++i)
    if (!given[i] && known[i].fallback.empty()) return false;
  return any_expression && operands == split(activation_table[f.row].operands, " ").size();
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
