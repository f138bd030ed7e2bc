#include "frontend/language.h"

#include <fmt/format.h>

#include <set>

#include "frontend/bindings.h"
#include "frontend/boundary.h"
#include "frontend/lower.h"
#include "ir/rebuild.h"

namespace actjit {

namespace {

struct Parsed {
  Syntax syntax;
  std::optional<Diagnostic> problem;
};

Parsed parse_syntax(std::string_view text) {
  Parser parser(text);
  Syntax syntax = parser.parse();
  return {std::move(syntax), parser.problem()};
}

// "gelu" and "gelu(approximate=true)" with the operands put in; nothing where the text is a program
// of its own.
std::optional<std::string> with_operands(std::string_view text, const Syntax& syntax,
                                         Dialect dialect) {
  if (syntax.statements.size() != 1 || !syntax.definitions.empty()) return std::nullopt;
  const Statement& only = syntax.statements[0];
  const SyntaxNode& n = syntax.nodes[only.value];
  if (only.kind != StatementKind::output) return std::nullopt;
  const bool is_name = n.kind == SyntaxKind::name;
  if (!is_name && (n.kind != SyntaxKind::call || n.at != n.begin)) return std::nullopt;
  const std::string_view name = syntax.name(is_name ? n.a : n.symbol, text);
  const Function f = find_function(name, dialect);
  if (f.kind != FunctionKind::activation && f.kind != FunctionKind::op &&
      f.kind != FunctionKind::along_axes)
    return std::nullopt;
  const Signature takes = signature(f, name);
  for (std::size_t i = 0; !is_name && i < n.b; ++i) {
    const SyntaxArgument& argument = syntax.arguments[n.a + i];
    if (argument.keyword == nothing) return std::nullopt;
    for (std::size_t k = 0; k < takes.operands; ++k)
      if (syntax.name(argument.keyword, text) == takes.slots[k].name) return std::nullopt;
  }
  std::string operands;
  for (std::size_t k = 0; k < takes.operands; ++k)
    operands += fmt::format("{}{}", k == 0 ? "" : ", ", takes.slots[k].name);
  if (is_name)
    return fmt::format("{}({})", text.substr(0, n.at + name.size()), operands) +
           std::string(text.substr(n.at + name.size()));
  const std::size_t inside = text.find('(', n.at + name.size()) + 1;
  return fmt::format("{}{}{}{}", text.substr(0, inside), operands, n.b > 0 ? ", " : "",
                     text.substr(inside));
}

// Every call, in unused definitions too: does the function exist, do the arguments fit?
std::optional<Diagnostic> check_calls(const Syntax& syntax, std::string_view text,
                                      Dialect dialect) {
  Builder builder(DType::f64);
  for (const SyntaxNode& n : syntax.nodes) {
    if (n.kind != SyntaxKind::call) continue;
    const Function f = resolve(syntax, text, n, dialect, builder);
    if (!builder.failed()) bind_arguments(syntax, text, n, signature(syntax, text, n, f), builder);
    if (builder.failed()) return builder.problem();
  }
  return std::nullopt;
}

std::vector<std::string> output_names(const Syntax& syntax, std::string_view text) {
  std::vector<bool> assigned(syntax.symbols.size(), false);
  std::vector<std::string> names;
  std::string last;
  for (const Statement& s : syntax.statements) {
    const SyntaxNode& n = syntax.nodes[s.value];
    if (s.kind == StatementKind::assignment) {
      assigned[s.symbol] = true;
      last = syntax.name(s.symbol, text);
    } else if (s.kind == StatementKind::output) {
      const bool bound = n.kind == SyntaxKind::name && assigned[n.a];
      names.emplace_back(bound ? syntax.name(n.a, text) : std::string_view());
    }
  }
  if (names.empty() && !last.empty()) names.push_back(last);
  std::set<std::string> taken;
  for (std::string& name : names)
    if (!name.empty() && !taken.insert(name).second) name.clear();  // written twice
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) continue;
    std::size_t number = i;
    names[i] = names.size() == 1 ? "y" : fmt::format("y{}", number);
    while (!taken.insert(names[i]).second) names[i] = fmt::format("y{}", ++number);
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// Which binding stands for which input of the program.
Result<std::vector<const Binding*>> match_inputs(const Program& program,
                                                 std::span<const Binding> given) {
  std::vector<const Binding*> found(program.inputs().size(), nullptr);
  for (const Binding& b : given) {
    const std::string_view name = b.name;
    Nearest nearest(name);
    bool known = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
      nearest.offer(program.inputs()[i]);
      if (program.inputs()[i] != name) continue;
      if (found[i])
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("the input '{}' is given twice", name));
      found[i] = &b;
      known = true;
    }
    if (!known)
      return make_error(ErrorCode::unknown_name,
                        fmt::format("'{}' is no input of this program, whose inputs are: {}{}",
                                    name, joined(program.inputs()), nearest.proposal().view()));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) continue;
    const std::string& name = program.inputs()[i];
    const bool is_function = find_function(name, program.dialect()).kind != FunctionKind::unknown;
    return make_error(ErrorCode::missing_input,
                      fmt::format("the input '{}' is not given{}", name,
                                  is_function ? "; a call of the function has parentheses" : ""));
  }
  return found;
}

}  // namespace

Result<Program> parse_program(std::string_view text, Dialect dialect) {
  Program program;
  program.text_ = text;
  program.dialect_ = dialect;
  Parsed parsed = parse_syntax(program.text_);
  if (!parsed.problem) {
    if (std::optional<std::string> call = with_operands(program.text_, parsed.syntax, dialect)) {
      program.text_ = std::move(*call);
      parsed = parse_syntax(program.text_);
    }
  }
  if (!parsed.problem) parsed.problem = check_calls(parsed.syntax, program.text_, dialect);
  if (parsed.problem) return to_error(*parsed.problem, program.text_);
  program.syntax_ = std::move(parsed.syntax);

  const Syntax& syntax = program.syntax_;
  for (Symbol s : syntax.inputs) program.inputs_.emplace_back(syntax.name(s, program.text_));
  program.outputs_ = output_names(syntax, program.text_);
  Builder builder(DType::f64);
  Lowering lowering(builder);
  for (const Statement& s : syntax.statements) {
    if (s.kind != StatementKind::scalar) continue;
    const Item value = lowering.constant(syntax, program.text_, dialect, s.value);
    builder.position = s.at;
    if (!builder.failed() && !value.is_number())
      builder.fail(ErrorCode::type_mismatch, Message("a run-time scalar starts as a number"));
    if (builder.failed()) return to_error(*builder.problem(), program.text_);
    program.scalars_.push_back(
        {std::string(syntax.name(s.symbol, program.text_)), value.number.hi});
  }
  if (program.outputs_.empty()) {
    return make_error(ErrorCode::syntax, "there is no expression to compute",
                      locate(program.text_, static_cast<std::uint32_t>(program.text_.size())));
  }
  return program;
}

Result<Graph> build(const Program& program, std::span<const Binding> inputs) {
  const Result<std::vector<const Binding*>> matched = match_inputs(program, inputs);
  if (!matched) return matched.error();
  const std::size_t own = program.syntax_.inputs.size();  // cotangents come behind them
  Builder builder(working_dtype(inputs));
  std::vector<Item> items;
  for (const Binding* b : std::span(*matched).first(own)) {
    if (const Result<void> sound = check_shape(*b); !sound) return sound.error();
    items.push_back(builder.input(b->name, b->dtype, b->shape));
  }
  Lowering lowering(builder);
  const std::vector<Item> outputs =
      lowering.program(program.syntax_, program.text_, program.dialect_, items);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    builder.output(Name(program.outputs_[i]), outputs[i]);
  if (builder.failed()) return to_error(*builder.problem(), program.text_);
  if (program.gradients_.wrt.empty()) return compact(builder.graph());
  GradientOptions options = program.gradients_;
  for (std::size_t i = own; i < matched->size(); ++i) {
    const Binding& b = *(*matched)[i];
    if (const Result<void> sound = check_shape(b); !sound) return sound.error();
    options.cotangents[i - own] = {b.name.string(), b.dtype, b.shape};
  }
  return with_gradients(compact(builder.graph()), options);
}

Program with_gradients(Program program, GradientOptions options) {
  for (const Cotangent& c : options.cotangents) program.inputs_.push_back(c.name);
  if (!options.keeps_outputs) program.outputs_.clear();
  for (const std::string& x : options.wrt) program.outputs_.push_back("d" + x);
  program.gradients_ = std::move(options);
  return program;
}

}  // namespace actjit
