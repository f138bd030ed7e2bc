// One entry of the catalogue for people: what it computes, down to the ops, and how well.
#include <fmt/format.h>

#include <cmath>

#include "frontend/catalogue.h"
#include "frontend/catalogue_text.h"
#include "frontend/from_output.h"
#include "frontend/lexer.h"
#include "ir/certificates.h"
#include "ir/expand.h"
#include "ir/interpret.h"
#include "ir/math/table.h"
#include "ir/pipeline.h"

namespace actjit {

namespace {

std::string dtype_names() {
  std::string out;
  for (const DTypeInfo& row : dtype_table) out.append(out.empty() ? "" : ", ").append(row.text);
  return out;
}

// The functions a formula calls, in order of appearance, each once; ops but math ones left out,
// which say all by their names.
void add_calls(std::string_view formula, std::vector<Function>& found) {
  Lexer lexer(formula);
  Token before;
  for (Token t = lexer.next(); t.kind != TokenKind::end; t = lexer.next()) {
    const bool call = before.kind == TokenKind::name && formula[t.begin] == '(';
    const std::string_view name = formula.substr(before.begin, before.end - before.begin);
    before = t;
    if (!call) continue;
    const Function f = find_function(name, std::nullopt);
    const bool plain = f.kind == FunctionKind::where || f.kind == FunctionKind::cast ||
                       (f.kind == FunctionKind::op && !is_math(f.op));
    if (plain || std::find(found.begin(), found.end(), f) != found.end()) continue;
    found.push_back(f);
    if (f.kind == FunctionKind::activation) add_calls(activation_table[f.row].formula, found);
  }
}

std::string_view text(math::Parity parity) {
  switch (parity) {
    case math::Parity::neither: return "neither odd nor even";
    case math::Parity::odd: return "odd";
    case math::Parity::even: return "even";
  }
  return "";
}
std::string_view text(math::Monotone monotone) {
  switch (monotone) {
    case math::Monotone::no: return "not monotone";
    case math::Monotone::increasing: return "increasing";
    case math::Monotone::decreasing: return "decreasing";
  }
  return "";
}

std::string op_call(Op op) {
  static constexpr std::array<std::string_view, max_arity> names{"a", "b", "c"};
  return fmt::format("{}({})", text(op),
                     fmt::join(std::span(names).first(static_cast<std::size_t>(arity(op))), ", "));
}

// The meaning of an op; of a math op its contract too.
std::string op_block(Op op) {
  std::string out = fmt::format("  {}: {}\n", op_call(op), info(op).meaning);
  if (!is_math(op)) return out;
  const math::MathFunction& f = math::function(op);
  if (!f.formula.empty() && f.formula != info(op).meaning)
    out += fmt::format("      in simpler functions: {}\n", f.formula);
  const math::Expansion* e = find_expansion(op, DType::f64, max_ulp(Tier::precise, DType::f64));
  check(e != nullptr, "a math function has no expansion within the default tier");
  const double wanted = max_ulp(Tier::precise, DType::f32);
  const math::Expansion* in_f32 = find_expansion(op, DType::f32, wanted);
  out += fmt::format("      error: in f64 within {} ULP; in f32{} within {} ULP\n", e->max_ulp,
                     in_f32 ? "" : ", evaluated in f64 and rounded once,",
                     in_f32 ? in_f32->max_ulp : wanted);
  return out + fmt::format("      {}, {}\n", text(f.parity), text(f.monotone));
}

std::string axis_function_block(const Function& f) {
  const AxisFunctionInfo& row = axis_function_table[f.row];
  return fmt::format("  {}: {}\n", signature(f, row.name).message().view(), row.meaning);
}

// What the functions of a formula are.
std::string calls_block(std::string_view formula) {
  std::vector<Function> calls;
  add_calls(formula, calls);
  std::string out;
  for (const Function& f : calls) {
    if (f.kind == FunctionKind::known) {
      out +=
          "  known(p): whether the parameter p is a constant, neither run-time scalar nor tensor; "
          "decided while the graph is built\n";
    } else if (f.kind == FunctionKind::along_axes) {
      out += axis_function_block(f);
    } else if (f.kind == FunctionKind::op) {
      out += op_block(f.op);
    } else if (f.kind == FunctionKind::activation) {
      const ActivationRow& row = activation_table[f.row];
      out += fmt::format("  {} =\n{}\n", call_text(row, canonical_entry, row.name),
                         formula_text(row.formula, "      "));
    }
  }
  return out.empty() ? out : "\nfunctions in it\n" + out;
}

std::string shown(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);  // the sign of a NaN is chance
}

Tensor f64_tensor(std::span<const double> elements, std::vector<std::int64_t> dims) {
  Tensor out{DType::f64, std::move(dims), {}};
  for (double x : elements) out.elements.push_back(to_bits(x));
  return out;
}

// What the interpreter gives for these inputs; nothing for what is no function of floats.
std::optional<std::vector<Tensor>> results_of(const Program& source,
                                              const std::vector<Tensor>& inputs) {
  std::vector<Binding> bindings;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    bindings.push_back(
        {source.inputs()[i], DType::f64, Shape(inputs[i].dims.begin(), inputs[i].dims.end())});
  const Result<Graph> graph = build(source, bindings);
  if (!graph) return std::nullopt;
  auto y = interpret(*graph, Tier::precise, inputs, {});
  if (!y) return std::nullopt;
  for (const Tensor& t : *y)
    if (t.dtype != DType::f64) return std::nullopt;
  return std::move(*y);
}

constexpr std::array points{-double{INFINITY}, -1.0, -0.0, 0.0, 1.0, double{INFINITY}, double{NAN}};
// What other tensors than x hold: prelu has a slope for each element.
constexpr double other_operand = 0.25;

std::vector<Tensor> inputs_at_points(const Program& source) {
  const auto n = static_cast<std::int64_t>(points.size());
  if (source.inputs().size() == 1) return {f64_tensor(points, {n})};
  std::vector<Tensor> out{f64_tensor(points, {1, n})};
  const std::vector<double> others(points.size(), other_operand);
  while (out.size() < source.inputs().size()) out.push_back(f64_tensor(others, {n}));
  return out;
}

// Each point and its value; of gradients, one for each input.
std::string values_at_points(const Program& source) {
  const auto y = results_of(source, inputs_at_points(source));
  if (!y) return "";
  std::string out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    out += fmt::format("  {:>4}", shown(points[i]));
    for (const Tensor& t : *y) out += "  " + shown(f64_of(t.elements[i]));
    out += '\n';
  }
  return out;
}

std::string row_text(std::string_view name, const Tensor& t) {
  std::string out = fmt::format("  {:<2}", name);
  for (Bits element : t.elements) out += "  " + shown(f64_of(element));
  return out + '\n';
}

constexpr std::array sample_row{-1.0, 0.0, 1.0, 2.0};

// A row and what becomes of it.
std::string values_of_row(const Program& source) {
  const Tensor x = f64_tensor(sample_row, {1, static_cast<std::int64_t>(sample_row.size())});
  const auto y = results_of(source, {x});
  return y ? row_text("x", x) + row_text("y", (*y)[0]) : "";
}

// What comes back to a row from the first element of its result.
std::string gradient_of_row(const Program& source) {
  const Tensor x = f64_tensor(sample_row, {1, static_cast<std::int64_t>(sample_row.size())});
  const auto y = results_of(source, {x});
  if (!y) return "";
  GradientOptions options{.wrt = source.inputs(), .keeps_outputs = false};
  options.cotangents.push_back({"dy"});
  const Program slope = with_gradients(source, std::move(options));
  Tensor dy = (*y)[0];
  for (Bits& element : dy.elements) element = to_bits(0.0);
  dy.elements[0] = to_bits(1.0);
  const auto dx = results_of(slope, {x, dy});
  return dx ? row_text("x", x) + row_text("dy", dy) + row_text("dx", (*dx)[0]) : "";
}

// The program of an activation with its defaults; nothing where a parameter needs a value.
std::optional<Program> default_program(std::string_view name, Dialect dialect) {
  const Result<Activation> a = find_activation(name, dialect);
  if (!a) return std::nullopt;
  Result<Program> source = program(*a);
  if (!source || source->inputs().empty()) return std::nullopt;
  return std::move(*source);
}

bool is_of_rows(const Function& f) {
  return f.kind == FunctionKind::activation && looks_along_axes(activation_table[f.row]);
}

// " in f64", and what operands beside x are.
std::string where_shown(const Program& source) {
  std::string out = " in f64";
  for (std::size_t i = 1; i < source.inputs().size(); ++i)
    out += fmt::format("{} {} = {}", i == 1 ? ", for" : " and", source.inputs()[i], other_operand);
  return out;
}

std::string values_block(const Function& f, std::string_view name, Dialect dialect) {
  const std::optional<Program> source = default_program(name, dialect);
  if (!source) return "";
  const std::string values = is_of_rows(f) ? values_of_row(*source) : values_at_points(*source);
  if (values.empty()) return "";
  return fmt::format("\nvalues of {}{}\n{}", source->text(), where_shown(*source), values);
}

// The gradient at some points, what of it is a dialect's own, and how it comes from the result.
std::string gradient_block(const Function& f, std::string_view name, Dialect dialect) {
  const std::optional<Program> source = default_program(name, dialect);
  if (!source) return "";
  std::string out;
  if (is_of_rows(f))
    out += gradient_of_row(*source);
  else
    out += values_at_points(
        with_gradients(*source, {.wrt = source->inputs(), .keeps_outputs = false}));
  if (f.kind == FunctionKind::activation) {
    if (const std::string_view own = own_derivative(f); !own.empty())
      out += fmt::format("  that of\n{}\n", formula_text(own, "    "));
    const FromOutputRow* row = find_from_output(activation_table[f.row].name);
    if (!row)
      out += "  not from the result\n";
    else if (row->otherwise.empty())
      out += fmt::format("  from the result y:\n{}", formula_text(row->formula, "    ") + "\n");
    else
      out += fmt::format("  from the result y, if {}:\n{}", row->valid,
                         formula_text(row->formula, "    ") + "\n");
  }
  return out.empty()
             ? out
             : fmt::format("\ngradient of {}{}\n{}", source->text(), where_shown(*source), out);
}

// What a check over every input has found of the graph that a tier computes.
std::string certificate_line(const Graph& graph, DType dtype, Tier tier) {
  Certificates unpatched;
  unpatched.trial.emplace();
  const Result<Lowered> lowered = lower(graph, tier, unpatched);
  const Certificate* c = lowered ? find_certificate(lowered->unpatched) : nullptr;
  if (!c) return "";
  const std::string inputs = c->inputs == c->checked ? fmt::format("all {} inputs", c->checked)
                                                     : fmt::format("{} inputs", c->checked);
  // Patches are applied where correct rounding is the promise; without them ties stay open.
  const bool patched = takes_certificate(graph, tier);
  const std::string error = !patched && !c->patches.empty() ? std::string("within 0.501 ULP")
                            : c->misrounded == 0            ? std::string("correctly rounded")
                                                 : fmt::format("within {:.4f} ULP, worst at {:.9g}",
                                                               c->max_ulp, c->worst);
  std::string patches;
  if (patched && !c->patches.empty()) patches = fmt::format(", {} patches", c->patches.size());
  if (!c->pieces.empty()) patches += fmt::format(", {} pieces", c->pieces.size());
  return fmt::format("  {:<5} {:<8} {} on {}{}\n", actjit::text(dtype), actjit::text(tier), error,
                     inputs, patches);
}

constexpr std::string_view no_certificates = R"(
no certificates: they are of functions of one input, element by element
  tier precise: f32, f16 and bf16 are evaluated in f64 as a whole and rounded once; f64 is within a
  few ULP; sums have one order, whatever the layout, the vectors and the threads
)";

std::string certificates_block(std::string_view name, Dialect dialect) {
  const std::optional<Program> source = default_program(name, dialect);
  if (!source) return "";
  std::string out;
  for (const DTypeInfo& row : dtype_table) {
    if (row.kind != DTypeKind::floating || source->inputs().size() != 1) continue;
    const Binding input{source->inputs()[0], row.dtype, Shape{Dim("n")}};
    const Result<Graph> graph = build(*source, std::span(&input, 1));
    if (!graph || !can_be_certified(*graph)) continue;
    for (const TierInfo& tier : tier_table) out += certificate_line(*graph, row.dtype, tier.tier);
  }
  if (out.empty()) return std::string(no_certificates);
  return fmt::format("\ncertificates of {}\n{}", source->text(), out);
}

// "   with slope=1/6, offset=0.5": what a spelling fixes.
std::string fixed_text(const ActivationRow& row, EntryIndex entry) {
  std::string out;
  for (const Parameter& p : parameters(row, entry))
    if (p.fixed)
      out += fmt::format("{}{}={}", out.empty() ? "   with " : ", ", p.canonical, p.fallback);
  return out;
}

std::string spellings(const ActivationRow& row) {
  std::string out = fmt::format("canonical  {}\n", call_text(row, canonical_entry, row.name));
  for (const DialectInfo& d : dialect_table)
    for_each_entry(row, d.dialect, [&](EntryIndex entry, const auto& names) {
      for (std::string_view known : names)
        out += fmt::format("{:<9}  {}{}\n", d.dialect == Dialect::canonical ? "everyone" : d.text,
                           call_text(row, entry, known), fixed_text(row, entry));
    });
  return out;
}

}  // namespace

Result<std::string> show_activation(std::string_view name, Dialect dialect) {
  const Function f = find_function(name, dialect);
  if (f.kind == FunctionKind::where)
    return std::string("where(condition, x, y)\n  x where the condition holds, else y\n");
  if (f.kind == FunctionKind::cast)
    return fmt::format("cast(x, dtype)\n  x in another dtype: {}\n", dtype_names());
  if (f.kind == FunctionKind::op)
    return fmt::format("{}\n\nop, in every dialect\n{}{}{}", signature(f, name).message().view(),
                       op_block(f.op),
                       values_block(f, name, dialect) + gradient_block(f, name, dialect),
                       certificates_block(name, dialect));
  if (f.kind == FunctionKind::along_axes)
    return fmt::format("{}\n\nalong axes, in every dialect\n{}",
                       signature(f, name).message().view(), axis_function_block(f));
  if (is_derivative(f.kind))
    return fmt::format("{}\n\na derivative, in every dialect; docs/language.md has what it means\n",
                       signature(f, name).message().view());
  if (f.kind == FunctionKind::unknown) {
    const Result<Activation> failed = find_activation(name, dialect);
    return failed.error();
  }
  const ActivationRow& row = activation_table[f.row];
  return fmt::format("{}\n\n{}\nformula\n{}\n{}{}{}\nreference\n  {}\n",
                     call_text(row, f.entry, name), spellings(row), formula_text(row.formula, "  "),
                     calls_block(row.formula),
                     values_block(f, name, dialect) + gradient_block(f, name, dialect),
                     certificates_block(name, dialect), row.reference);
}

}  // namespace actjit
