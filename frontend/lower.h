// Lowering: walks a syntax tree and builds graph nodes. Calls of activations walk the formula of
// the row, calls of the user's definitions their body; `where` and `and`/`or` with a condition that
// is known now walk only the branch that counts.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/axis_lowering.h"
#include "frontend/builder.h"
#include "frontend/from_output.h"
#include "frontend/function.h"
#include "frontend/parser.h"

namespace actjit {

class Lowering {
 public:
  constexpr explicit Lowering(Builder& builder)
      : builder_(builder), formulas_(activation_table.size()) {}

  // Walks all statements; `inputs` stand for syntax.inputs. Scalars are declared in the builder.
  // The items of the output statements, or of the last assignment where there is none.
  constexpr std::vector<Item> program(const Syntax& syntax, std::string_view text, Dialect dialect,
                                      std::span<const Item> inputs) {
    Frame frame{.syntax = &syntax, .text = text, .scope = dialect};
    frame.is_program = true;
    frame.values.resize(syntax.symbols.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) frame.values[syntax.inputs[i]] = inputs[i];
    return statements(frame);
  }

  // An activation of operands and of parameters, these in the order of visible_parameters(); an
  // unbound parameter takes its default.
  constexpr Item activation(const Function& f, std::span<const Item> operands,
                            std::span<const Item> given);

  // The vector-Jacobian product of an activation, called `name`, from its result y; parameters as
  // in activation(). unsupported where y does not tell it.
  constexpr Item from_output(const Function& f, std::string_view name, const Item& y,
                             std::span<const Item> parameters, const Item& dy);

  // A function that looks along axes, of an item for each slot; an unbound one takes its default.
  constexpr Item along_axes(const Function& f, std::span<const Item> given);

  // A default of the catalogue as the formula would see it.
  constexpr Item default_of(const Parameter& p) { return parameter(p, Item()); }
  // A constant expression of the text language.
  constexpr Item constant(std::string_view text);
  // An expression of a program that reads no names, such as the value of a run-time scalar.
  constexpr Item constant(const Syntax& syntax, std::string_view text, Dialect dialect,
                          SyntaxId id) {
    Frame frame{.syntax = &syntax, .text = text, .scope = dialect};
    return eval(frame, id);
  }

 private:
  struct NamedItem {
    std::string_view name;
    Item item;
  };
  struct Bound {
    Symbol symbol;
    Item item;
  };
  // Where names are looked up: in the program by symbol, in definitions and formulas, which have
  // few names, in a list.
  struct Frame {
    const Syntax* syntax = nullptr;
    std::string_view text = {};
    Scope scope = {};
    bool is_program = false;
    std::uint32_t site = no_position;  // where errors point; no_position: at the node
    std::vector<Item> values = {};
    std::vector<Bound> list = {};

    constexpr Item find(Symbol symbol) const {
      if (is_program) return values[symbol];
      for (std::size_t i = list.size(); i-- > 0;)
        if (list[i].symbol == symbol) return list[i].item;
      return {};
    }
    constexpr void bind(Symbol symbol, const Item& item) {
      if (is_program)
        values[symbol] = item;
      else
        list.push_back({symbol, item});
    }
  };
  // The syntax of a formula, parsed at its first call.
  struct Formula {
    bool parsed = false;
    Syntax syntax;
  };

  constexpr bool failed() const { return builder_.failed(); }
  constexpr void point(const Frame& frame, std::uint32_t at) {
    builder_.position = frame.site == no_position ? at : frame.site;
  }

  constexpr std::vector<Item> statements(Frame& frame);
  constexpr void statement(Frame& frame, const Statement& s, std::vector<Item>& outputs);
  constexpr Item eval(Frame& frame, SyntaxId id);
  constexpr Item leaf(const Frame& frame, const SyntaxNode& n);
  constexpr Item chain(Frame& frame, SyntaxId id);
  constexpr Item combine(Frame& frame, const SyntaxNode& n, const Item& left);
  constexpr Item call(Frame& frame, const SyntaxNode& n);
  constexpr Item where(Frame& frame, const SyntaxNode& n, std::span<const SyntaxId> slots);
  constexpr Item definition(Frame& frame, const SyntaxNode& n, std::span<const SyntaxId> slots);
  constexpr Item function(Frame& frame, const SyntaxNode& n, const Function& f,
                          std::span<const SyntaxId> slots);
  constexpr Item gradient(const Frame& frame, std::span<const SyntaxId> slots,
                          std::span<const Item> items);
  constexpr Item list(Frame& frame, const SyntaxNode& n);
  constexpr Item from_output(Frame& frame, std::span<const SyntaxId> slots);
  constexpr std::vector<NamedItem> named_parameters(const Function& f, std::span<const Item> given);
  constexpr Item parameter(const Parameter& p, const Item& given);
  constexpr Item fallback(const Parameter& p);
  constexpr Item value_of(const Syntax& syntax, std::string_view text,
                          std::span<const NamedItem> named);
  constexpr Item value_of(std::string_view formula, std::span<const NamedItem> named);
  constexpr const Syntax& formula(std::uint32_t row);

  Builder& builder_;
  std::vector<Formula> formulas_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
};

namespace detail {
// The nearest name, or all there is.
constexpr Message proposal_or(const Nearest& nearest, const Signature& signature) {
  if (!nearest.best().empty()) return nearest.proposal();
  return Message("; it is ", signature.message());
}
}  // namespace detail

// Which argument of the call fills which slot of the signature, `nothing` where none does. A
// problem is reported to the builder.
constexpr std::vector<SyntaxId> bind_arguments(const Syntax& syntax, std::string_view text,
                                               const SyntaxNode& call, const Signature& signature,
                                               Builder& builder) {
  const std::size_t count = signature.slots.size();
  std::vector<SyntaxId> slots(count, nothing);
  for (std::size_t i = 0; i < call.b; ++i) {
    const SyntaxArgument& argument = syntax.arguments[call.a + i];
    std::size_t slot = i;
    if (argument.keyword != nothing) {
      builder.position = argument.at;
      const std::string_view keyword = syntax.name(argument.keyword, text);
      Nearest nearest(keyword);
      for (slot = 0; slot < count && signature.slots[slot].name != keyword; ++slot)
        nearest.offer(signature.slots[slot].name);
      if (slot == count)
        builder.fail(ErrorCode::unknown_name,
                     Message("'", signature.name, "' has no parameter '", keyword, "'",
                             detail::proposal_or(nearest, signature)));
    } else if (i >= count) {
      builder.position = argument.at;
      builder.fail(ErrorCode::syntax, Message("'", signature.name, "' takes ", count,
                                              count == 1 ? " argument" : " arguments", ", not ",
                                              std::int64_t{call.b}, ": ", signature.message()));
    }
    if (builder.failed()) return slots;
    if (slots[slot] != nothing) {
      builder.position = argument.at;
      builder.fail(ErrorCode::syntax, Message("'", signature.slots[slot].name, "' of '",
                                              signature.name, "' is given twice"));
    }
    slots[slot] = argument.value;
  }
  for (std::size_t i = 0; i < count && !builder.failed(); ++i) {
    if (slots[i] != nothing || !signature.slots[i].required) continue;
    builder.position = call.at;
    builder.fail(ErrorCode::syntax, Message("'", signature.name, "' is missing '",
                                            signature.slots[i].name, "': ", signature.message()));
  }
  return slots;
}

// What a user's definition takes.
constexpr Signature signature(const Syntax& syntax, std::string_view text, const Definition& d) {
  Signature out{.name = syntax.name(d.symbol, text)};
  for (const SyntaxParameter& p : d.parameters)
    out.slots.push_back({syntax.name(p.symbol, text),
                         p.initial == nothing ? std::string_view() : syntax.source(p.initial, text),
                         p.initial == nothing, false});
  out.operands = out.slots.size();
  return out;
}

// What a resolved call takes.
constexpr Signature signature(const Syntax& syntax, std::string_view text, const SyntaxNode& call,
                              const Function& f) {
  if (f.kind == FunctionKind::definition) return signature(syntax, text, syntax.definitions[f.row]);
  return signature(f, syntax.name(call.symbol, text));
}

// The function a call means; a problem is reported to the builder.
constexpr Function resolve(const Syntax& syntax, std::string_view text, const SyntaxNode& call,
                           Scope scope, Builder& builder) {
  if (call.definition != nothing) return {.kind = FunctionKind::definition, .row = call.definition};
  const std::string_view name = syntax.name(call.symbol, text);
  const Function found = find_function(name, scope);
  if (found.kind != FunctionKind::unknown) return found;
  builder.position = call.at;
  for (const Definition& d : syntax.definitions)
    if (d.symbol == call.symbol)
      return builder.fail(ErrorCode::unknown_name,
                          Message("'", name, "' is defined further below; move the definition up")),
             found;
  Nearest nearest(name);
  for (const Definition& d : syntax.definitions) nearest.offer(syntax.name(d.symbol, text));
  const Diagnostic problem = unknown_function("function", name, scope, nearest);
  builder.fail(problem.code, Message(problem.message.view()));
  return found;
}

constexpr std::vector<Item> Lowering::statements(Frame& frame) {
  std::vector<Item> outputs;
  for (const Statement& s : frame.syntax->statements) {
    if (failed()) return {};
    statement(frame, s, outputs);
  }
  // Without a bare expression the last assignment is the output.
  if (outputs.empty() && !failed())
    for (const Statement& s : frame.syntax->statements)
      if (s.kind == StatementKind::assignment) outputs.assign(1, frame.find(s.symbol));
  return outputs;
}

constexpr void Lowering::statement(Frame& frame, const Statement& s, std::vector<Item>& outputs) {
  const Item item = eval(frame, s.value);
  if (failed()) return;
  point(frame, s.at);
  if (s.kind == StatementKind::assignment) {
    frame.bind(s.symbol, item);
  } else if (s.kind == StatementKind::output) {
    outputs.push_back(item);
    if (outputs.size() > max_outputs)
      builder_.fail(ErrorCode::limit, Message("more than ", max_outputs, " outputs"));
  } else if (!item.is_number()) {
    builder_.fail(ErrorCode::type_mismatch,
                  Message("the value of a run-time scalar is a number that is known now"));
  } else {
    frame.bind(s.symbol, builder_.scalar(frame.syntax->name(s.symbol, frame.text), item.number.hi));
  }
}

constexpr Item Lowering::eval(Frame& frame, SyntaxId id) {
  if (failed()) return {};
  const SyntaxNode& n = frame.syntax->nodes[id];
  point(frame, n.at);
  if (++steps_ > max_steps)
    return builder_.fail(ErrorCode::limit,
                         Message("with its definitions expanded the text has more than ", max_steps,
                                 " subexpressions"));
  if (depth_ == max_depth)
    return builder_.fail(
        ErrorCode::limit,
        Message("with its definitions expanded the expression is nested more than ", max_depth,
                " deep"));
  ++depth_;
  Item result;
  switch (n.kind) {
    case SyntaxKind::negative: {
      const Item operand = eval(frame, n.a);
      point(frame, n.at);
      result = builder_.apply(Op::neg, {operand});
      break;
    }
    case SyntaxKind::negated: {
      const Item operand = eval(frame, n.a);
      point(frame, n.at);
      result = builder_.negated(operand);
      break;
    }
    case SyntaxKind::binary:
    case SyntaxKind::logical: result = chain(frame, id); break;
    case SyntaxKind::power: {
      const Item base = eval(frame, n.a);
      const Item exponent = eval(frame, n.b);
      point(frame, n.at);
      result = builder_.power(base, exponent);
      break;
    }
    case SyntaxKind::call: result = call(frame, n); break;
    case SyntaxKind::list: result = list(frame, n); break;
    default: result = leaf(frame, n);
  }
  --depth_;
  return result;
}

constexpr Item Lowering::leaf(const Frame& frame, const SyntaxNode& n) {
  switch (n.kind) {
    case SyntaxKind::number: return Item::of(frame.syntax->numbers[n.a]);
    case SyntaxKind::truth: return Item::of(n.a != 0);
    case SyntaxKind::none: return {.kind = ItemKind::none};
    case SyntaxKind::dtype: return {.kind = ItemKind::dtype, .dtype = n.dtype};
    case SyntaxKind::string:
      return {.kind = ItemKind::text, .text = frame.text.substr(n.begin + 1, n.end - n.begin - 2)};
    default: break;
  }
  const Item bound = frame.find(n.a);
  if (bound.kind != ItemKind::unbound) return bound;
  const std::string_view name = frame.syntax->name(n.a, frame.text);
  if (const std::optional<Real> constant = find_constant(name)) return Item::of(*constant);
  return builder_.fail(ErrorCode::unknown_name, Message("nothing has the name '", name, "'"));
}

// a + b + c ... leans to the left and may be as long as the text: walked without recursion.
constexpr Item Lowering::chain(Frame& frame, SyntaxId id) {
  const auto is_link = [&](SyntaxId i) {
    const SyntaxKind kind = frame.syntax->nodes[i].kind;
    return kind == SyntaxKind::binary || kind == SyntaxKind::logical;
  };
  std::vector<SyntaxId> links;
  for (; is_link(id); id = frame.syntax->nodes[id].a) links.push_back(id);
  Item left = eval(frame, id);
  for (std::size_t i = links.size(); i-- > 0 && !failed();)
    left = combine(frame, frame.syntax->nodes[links[i]], left);
  return left;
}

constexpr Item Lowering::combine(Frame& frame, const SyntaxNode& n, const Item& left) {
  // `false and ...`, `true or ...`: the rest does not count.
  if (n.kind == SyntaxKind::logical && left.is_truth() && left.truth == (n.op == Op::bit_or))
    return left;
  const Item right = eval(frame, n.b);
  point(frame, n.at);
  if (n.kind == SyntaxKind::logical) return builder_.logical(n.op, left, right);
  const std::array items{left, right};
  const std::array sources{frame.syntax->source(n.a, frame.text),
                           frame.syntax->source(n.b, frame.text)};
  if (frame.site != no_position) return builder_.apply(n.op, items);
  return builder_.apply(n.op, items, sources);
}

constexpr Item Lowering::list(Frame& frame, const SyntaxNode& n) {
  std::vector<Item> elements;
  for (std::size_t i = 0; i < n.b; ++i)
    elements.push_back(eval(frame, frame.syntax->arguments[n.a + i].value));
  point(frame, n.at);
  return failed() ? Item() : list_item(builder_, elements);
}

constexpr Item Lowering::call(Frame& frame, const SyntaxNode& n) {
  const Function f = resolve(*frame.syntax, frame.text, n, frame.scope, builder_);
  if (failed()) return {};
  const Signature takes = signature(*frame.syntax, frame.text, n, f);
  const std::vector<SyntaxId> slots = bind_arguments(*frame.syntax, frame.text, n, takes, builder_);
  if (failed()) return {};
  switch (f.kind) {
    case FunctionKind::where: return where(frame, n, slots);
    case FunctionKind::definition: return definition(frame, n, slots);
    case FunctionKind::vjp_from_output: return from_output(frame, slots);
    default: return function(frame, n, f, slots);
  }
}

constexpr Item Lowering::where(Frame& frame, const SyntaxNode& n, std::span<const SyntaxId> slots) {
  const Item condition = eval(frame, slots[0]);
  point(frame, frame.syntax->nodes[slots[0]].at);
  if (!builder_.expect_bool(condition, "the condition of 'where'")) return {};
  if (condition.is_truth()) return eval(frame, slots[condition.truth ? 1 : 2]);
  const Item a = eval(frame, slots[1]);
  const Item b = eval(frame, slots[2]);
  point(frame, n.at);
  const std::array items{condition, a, b};
  const std::array sources{frame.syntax->source(slots[0], frame.text),
                           frame.syntax->source(slots[1], frame.text),
                           frame.syntax->source(slots[2], frame.text)};
  if (frame.site != no_position) return builder_.apply(Op::select, items);
  return builder_.apply(Op::select, items, sources);
}

constexpr Item Lowering::definition(Frame& frame, const SyntaxNode& n,
                                    std::span<const SyntaxId> slots) {
  const Definition& d = frame.syntax->definitions[n.definition];
  Frame inner{.syntax = frame.syntax, .text = frame.text, .scope = frame.scope, .site = frame.site};
  Frame closed = inner;  // defaults see constants only
  for (std::size_t i = 0; i < slots.size(); ++i)
    inner.bind(d.parameters[i].symbol,
               slots[i] == nothing ? eval(closed, d.parameters[i].initial) : eval(frame, slots[i]));
  return eval(inner, d.body);
}

constexpr Item Lowering::function(Frame& frame, const SyntaxNode& n, const Function& f,
                                  std::span<const SyntaxId> slots) {
  std::vector<Item> items;
  std::vector<std::string_view> sources;
  for (SyntaxId slot : slots) {
    items.push_back(slot == nothing ? Item() : eval(frame, slot));
    sources.push_back(slot == nothing ? std::string_view()
                                      : frame.syntax->source(slot, frame.text));
  }
  point(frame, n.at);
  if (failed()) return {};
  if (f.kind == FunctionKind::cast) {
    if (items[1].kind != ItemKind::dtype)
      return builder_.fail(ErrorCode::type_mismatch,
                           Message("'cast' wants a dtype, as in cast(x, f32)"));
    return builder_.cast(items[0], items[1].dtype);
  }
  if (f.kind == FunctionKind::grad || f.kind == FunctionKind::vjp)
    return gradient(frame, slots, items);
  if (f.kind == FunctionKind::known) return Item::of(items[0].is_number());
  if (f.kind == FunctionKind::op) {
    if (frame.site != no_position) sources.clear();
    return builder_.apply(f.op, items, sources);
  }
  if (f.kind == FunctionKind::along_axes) return along_axes(f, items);
  const std::size_t operands = split(activation_table[f.row].operands, " ").size();
  // Errors inside the formula point at the outermost call in the user's text.
  const std::string_view outer = builder_.inside;
  if (outer.empty()) builder_.inside = frame.syntax->name(n.symbol, frame.text);
  const Item result =
      activation(f, std::span(items).first(operands), std::span(items).subspan(operands));
  builder_.inside = outer;
  return result;
}

// grad(y, x), vjp(y, x, dy): x is a name, so that it is clear what is held to vary.
constexpr Item Lowering::gradient(const Frame& frame, std::span<const SyntaxId> slots,
                                  std::span<const Item> items) {
  const SyntaxNode& x = frame.syntax->nodes[slots[1]];
  if (x.kind != SyntaxKind::name) {
    point(frame, x.at);
    return builder_.fail(
        ErrorCode::invalid_argument,
        Message("a gradient is taken with respect to a name: an input, a run-time "
                "scalar, or a value assigned before, as in h = x + b; grad(y, h)"));
  }
  return builder_.gradient(items[0], items[1], items.size() > 2 ? items[2] : Item());
}

constexpr Item Lowering::along_axes(const Function& f, std::span<const Item> given) {
  std::vector<Item> items(given.begin(), given.end());
  const std::vector<Slot> slots = axis_slots(f);
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].kind == ItemKind::unbound) items[i] = constant(slots[i].fallback);
  return AxisLowering(builder_, axis_function_table[f.row].function).call(items);
}

// The default of a parameter. As the default of a number `none` is a limit at infinity.
constexpr Item Lowering::fallback(const Parameter& p) {
  if (p.is_choice()) return {.kind = ItemKind::text, .text = p.fallback};
  if (p.fallback == "none" && p.kind == ParameterKind::number) return Item::of(real::infinity);
  return constant(p.fallback);
}

// A parameter's value as the formula sees it: a number is the f64 it was given as.
constexpr Item Lowering::parameter(const Parameter& p, const Item& given) {
  Item item = given;
  if (given.kind == ItemKind::unbound) item = fallback(p);
  if (p.is_choice()) {
    if (item.kind == ItemKind::text && (item.text == p.on || item.text == p.off))
      return Item::of(item.text == p.on);
    return builder_.fail(ErrorCode::invalid_argument,
                         Message("'", p.name, "' is \"", p.off, "\" or \"", p.on, "\""));
  }
  if (p.kind == ParameterKind::axes) {
    const std::optional<AxisList> list = axis_list_of(builder_, item, p.name);
    return list ? Item::of(*list) : item;
  }
  if (p.kind == ParameterKind::tensor) {
    if (item.kind == ItemKind::none || item.is_value()) return item;
    return builder_.fail(ErrorCode::invalid_argument,
                         Message("'", p.name, "' is a tensor or none"));
  }
  if (p.kind == ParameterKind::boolean) {
    if (item.is_truth()) return item;
    return builder_.fail(ErrorCode::invalid_argument, Message("'", p.name, "' is true or false"));
  }
  if (item.kind == ItemKind::none) {
    if (!p.fallback.empty()) item = fallback(p);
    if (item.is_number() && !real::is_finite(item.number.hi)) return item;
    return builder_.fail(ErrorCode::invalid_argument, Message("'", p.name, "' cannot be none"));
  }
  if (item.is_number()) return Item::of(Real(item.number.hi));
  if (item.is_truth() || !item.is_value())
    return builder_.fail(ErrorCode::invalid_argument,
                         Message("'", p.name, "' is a number, a scalar or a tensor"));
  return item;
}

constexpr Item Lowering::activation(const Function& f, std::span<const Item> operands,
                                    std::span<const Item> given) {
  const ActivationRow& row = activation_table[f.row];
  std::vector<NamedItem> named = named_parameters(f, given);
  const std::vector<std::string_view> names = split(row.operands, " ");
  for (std::size_t i = 0; i < names.size(); ++i) named.push_back({names[i], operands[i]});
  const Item value = value_of(formula(f.row), row.formula, named);
  const std::string_view derivative = own_derivative(f);
  if (derivative.empty() || failed()) return value;
  return builder_.apply(Op::surrogate, {value, value_of(derivative, named)});
}

// The canonical parameters of an activation by name.
constexpr std::vector<Lowering::NamedItem> Lowering::named_parameters(const Function& f,
                                                                      std::span<const Item> given) {
  std::vector<NamedItem> named;
  std::size_t next = 0;
  for (const Parameter& p : parameters(activation_table[f.row], f.entry)) {
    const Item item = parameter(p, p.fixed ? Item() : given[next++]);
    for (std::string_view name : split(p.canonical, "+")) named.push_back({name, item});
  }
  return named;
}

// vjp_from_output(f(y), dy): the operand of the call stands for its result.
constexpr Item Lowering::from_output(Frame& frame, std::span<const SyntaxId> slots) {
  const Syntax& syntax = *frame.syntax;
  const SyntaxNode& of = syntax.nodes[slots[0]];
  const Function f = of.kind == SyntaxKind::call && of.definition == nothing
                         ? find_function(syntax.name(of.symbol, frame.text), frame.scope)
                         : Function();
  point(frame, of.at);
  if (f.kind != FunctionKind::activation)
    return builder_.fail(ErrorCode::invalid_argument,
                         Message("vjp_from_output takes the call of an activation, whose operand "
                                 "stands for its result, as in vjp_from_output(tanh(y), dy)"));
  const std::string_view name = syntax.name(of.symbol, frame.text);
  const std::vector<SyntaxId> arguments =
      bind_arguments(syntax, frame.text, of, signature(f, name), builder_);
  std::vector<Item> items;
  for (SyntaxId a : arguments) items.push_back(a == nothing || failed() ? Item() : eval(frame, a));
  const Item dy = eval(frame, slots[1]);
  point(frame, of.at);
  if (failed()) return {};
  const std::span parameters = std::span<const Item>(items).subspan(1);
  return from_output(f, name, items[0], parameters, dy);
}

constexpr Item Lowering::from_output(const Function& f, std::string_view name, const Item& y,
                                     std::span<const Item> parameters, const Item& dy) {
  if (failed()) return {};
  const auto refuse = [&](std::string_view why) {
    return builder_.fail(ErrorCode::unsupported,
                         Message("'", name, "' has no derivative from its output: ", why));
  };
  const FromOutputRow* row = find_from_output(activation_table[f.row].name);
  if (!row) return refuse("its result does not tell where it came from; vjp(y, x, dy) takes x");
  std::vector<NamedItem> named = named_parameters(f, parameters);
  named.push_back({"left", Item::of(!own_derivative(f).empty())});
  const Item valid = value_of(row->valid, named);
  if (failed()) return {};
  if (!valid.is_truth()) return refuse("its parameters are not known while the kernel is built");
  if (!valid.truth) return refuse(row->otherwise);
  named.push_back({"y", y});
  named.push_back({"dy", dy});
  return value_of(row->formula, named);
}

constexpr Item Lowering::value_of(std::string_view formula, std::span<const NamedItem> named) {
  Parser parser(formula);
  const Syntax syntax = parser.parse();
  check(!parser.problem(), "a formula of the catalogue does not parse");
  return value_of(syntax, formula, named);
}

// Of a formula of the catalogue.
constexpr Item Lowering::value_of(const Syntax& syntax, std::string_view text,
                                  std::span<const NamedItem> named) {
  Frame inner{.syntax = &syntax, .text = text, .site = builder_.position};
  for (const NamedItem& n : named)
    for (Symbol s = 0; s < syntax.symbols.size(); ++s)
      if (syntax.name(s, text) == n.name) inner.bind(s, n.item);
  const std::vector<Item> outputs = statements(inner);
  return failed() ? Item() : outputs.back();
}

constexpr const Syntax& Lowering::formula(std::uint32_t row) {
  Formula& f = formulas_[row];
  if (!f.parsed) {
    Parser parser(activation_table[row].formula);
    f.syntax = parser.parse();
    check(!parser.problem(), "the formula of an activation does not parse");
    f.parsed = true;
  }
  return f.syntax;
}

constexpr Item Lowering::constant(std::string_view text) {
  if (const std::optional<Real> number = parse_real(text)) return Item::of(*number);
  Parser parser(text);
  const Syntax syntax = parser.parse();
  check(!parser.problem(), "a default of an activation does not parse");
  Frame frame{.syntax = &syntax, .text = text, .site = builder_.position};
  return syntax.statements.empty() ? Item() : eval(frame, syntax.statements.back().value);
}

}  // namespace actjit
