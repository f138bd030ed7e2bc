#include "tools/actjit/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "codegen/target.h"
#include "ir/shape.h"
#include "runtime/certificate_file.h"
#include "runtime/options.h"

namespace actjit::tools {

namespace {

constexpr char expression_mark = '\x01';

// The names a table has, and a check that a value is one of them.
struct Choice {
  std::string what;
  std::vector<std::string> known;

  std::string all() const { return fmt::format("{}", fmt::join(known, ", ")); }
  CLI::Validator check() const {
    const auto test = [self = *this](const std::string& text) {
      const bool found = std::find(self.known.begin(), self.known.end(), text) != self.known.end();
      return found ? std::string()
                   : fmt::format("unknown {} '{}'; known are: {}", self.what, text, self.all());
    };
    return CLI::Validator(test, "");
  }
  void add_to(CLI::App& command, const std::string& flag, std::string& value,
              std::string_view about) const {
    command.add_option(flag, value, fmt::format("{} (default: {}): {}", about, value, all()))
        ->check(check())
        ->type_name(what);
  }
};

template <class Rows>
Choice choice(std::string what, const Rows& rows) {
  Choice out{std::move(what), {}};
  for (const auto& row : rows) out.known.emplace_back(row.text);
  return out;
}

Choice target_choice() {
  Choice out{"target", {"native"}};
  for (const Target& t : all_targets()) out.known.emplace_back(t.name);
  return out;
}

std::optional<double> parse_number(const std::string& text) {
  double value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || begin == end) return std::nullopt;
  return value;
}

std::string check_input(const std::string& text) {
  const Assignment a = split_assignment(text);
  if (!a.name.empty() && !a.value.empty()) return {};
  return fmt::format("'{}' is no input; wanted name=file.npy", text);
}
std::string check_scalar(const std::string& text) {
  const Assignment a = split_assignment(text);
  if (!a.name.empty() && parse_number(a.value)) return {};
  return fmt::format("'{}' is no run-time scalar; wanted name=number", text);
}
std::string check_shape(const std::string& text) {
  if (parse_shape(split_assignment(text).value)) return {};
  return fmt::format("'{}' is no shape; wanted [n,128] or name=[n,128]", text);
}

std::string check_name(const std::string& text) { return text.empty() ? "a name is wanted" : ""; }

// Each appearance takes one value, so that what follows is not swallowed.
void repeatable(CLI::Option* option, std::string (*check)(const std::string&),
                const std::string& shown) {
  option->allow_extra_args(false)->check(CLI::Validator(check, ""))->type_name(shown);
}

}  // namespace

void ExpressionOptions::add_to(CLI::App& command) {
  command.add_option("EXPR", text, "the expression, such as 'gelu(x + b)'")
      ->required()
      ->type_name("");
  add_dialect(command, dialect);
  choice("tier", tier_table)
      .add_to(command, "--tier", tier,
              "the bound on the error; exact needs a certificate ('actjit certify'); precise "
              "evaluates f32 in f64 and rounds once, but in f32 where that is proven to keep 1 "
              "ULP; fast rounds every op to f32 and takes math functions within 4 ULP of it; "
              "rough takes those within 2^-10");
  target_choice().add_to(command, "--target", target, "the instruction set");
  repeatable(command.add_option("--grad", grad,
                                "the gradient with respect to an input or run-time scalar x: the "
                                "output dx, behind the others"),
             check_name, "x");
  command.add_flag("--grad-only", grad_only, "the gradients alone")->needs("--grad");
  repeatable(command
                 .add_option("--cotangent", cotangents,
                             "a cotangent that is an input: dy, of several outputs dy_<output>; "
                             "others are 1 everywhere")
                 ->needs("--grad"),
             check_name, "dy");
  command
      .add_option("--certificate", certificate,
                  "a certificate of this expression (default: those 'actjit certify' has kept)")
      ->type_name("FILE");
}

Result<Program> ExpressionOptions::parse(const std::vector<std::string>& given) const {
  const bool marked = !text.empty() && text[0] == expression_mark;
  Result<Program> program =
      parse_program(marked ? text.substr(1) : text, find_dialect(dialect).value());
  if (!program || grad.empty()) return program;
  GradientOptions options{.wrt = grad, .keeps_outputs = !grad_only};
  for (const std::string& name : cotangents) options.cotangents.push_back({name});
  for (const std::string& output : program->outputs()) {
    const std::string name = cotangent_name(program->outputs().size(), output);
    const auto holds = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (holds(given) && !holds(program->inputs()) && !holds(cotangents))
      options.cotangents.push_back({name});
  }
  return with_gradients(std::move(*program), std::move(options));
}

std::string ExpressionOptions::title(const Program& program) const {
  if (grad.empty()) return program.text();
  return fmt::format("{} -> {}", program.text(), fmt::join(program.outputs(), ", "));
}

Result<Certificates> ExpressionOptions::certificates(const Graph& graph) const {
  Result<Certificates> all = read_certificates(certificate_folder());
  if (!all || certificate.empty()) return all;
  Result<Certificates> one = read_certificate(certificate);
  if (!one) return one;
  const Certificate& given = one->more[0];
  Certificates bare;
  bare.trial.emplace();
  const Result<Lowered> lowered = lower(graph, tier_value(), bare);
  if (!lowered) return lowered.error();
  if (given.expanded != lowered->unpatched)
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format(
            "'{}' is the certificate of '{}' for {} in tier {} (graph {:#018x}), not of this "
            "expression (graph {:#018x}); 'actjit certify' makes one for it",
            certificate, given.expression, actjit::text(given.input), actjit::text(given.tier),
            given.expanded, lowered->unpatched));
  all->more.insert(all->more.begin(), given);
  all->owners.push_back(one->owners[0]);
  return all;
}

void add_dialect(CLI::App& command, std::string& dialect) {
  choice("dialect", dialect_table)
      .add_to(command, "--dialect", dialect, "whose names and defaults");
}

void add_dtype(CLI::App& command, std::string& dtype) {
  choice("dtype", dtype_table).add_to(command, "--dtype", dtype, "the dtype of the inputs");
}

Assignment split_assignment(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) return {"", text};
  return {text.substr(0, at), text.substr(at + 1)};
}

void add_inputs(CLI::App& command, std::vector<std::string>& inputs) {
  command.add_option("INPUTS", inputs, "a tensor for each free name")
      ->check(CLI::Validator(check_input, ""))
      ->type_name("name=file.npy");
}

void add_scalars(CLI::App& command, std::vector<std::string>& scalars) {
  repeatable(command.add_option("--scalar", scalars, "the value of a run-time scalar"),
             check_scalar, "name=value");
}

void add_shapes(CLI::App& command, std::vector<std::string>& shapes, std::string_view by_default) {
  repeatable(command.add_option("--shape", shapes,
                                fmt::format("the shape of one input, or of all; names are "
                                            "dimensions of any size (default: {})",
                                            by_default)),
             check_shape, "[name=][n,128]");
}

std::vector<Binding> bindings_of(const Program& program, DType dtype,
                                 const std::vector<std::string>& shapes, Shape common) {
  std::vector<Binding> out;
  for (const std::string& text : shapes) {
    const Assignment a = split_assignment(text);
    Shape shape = parse_shape(a.value).value();
    if (a.name.empty())
      common = std::move(shape);
    else
      out.push_back({a.name, dtype, std::move(shape)});
  }
  for (const std::string& name : program.inputs()) {
    bool given = false;
    for (const Binding& b : out) given = given || b.name.view() == name;
    if (!given) out.push_back({name, dtype, common});
  }
  const std::vector<std::string>& names = program.inputs();
  const auto place = [&](const Binding& b) {
    return std::find(names.begin(), names.end(), b.name.view());
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const Binding& a, const Binding& b) { return place(a) < place(b); });
  return out;
}

std::vector<NamedValue> scalars_of(const std::vector<std::string>& texts) {
  std::vector<NamedValue> out;
  for (const std::string& text : texts) {
    const Assignment a = split_assignment(text);
    out.push_back({a.name, parse_number(a.value).value()});
  }
  return out;
}

std::vector<std::string> mark_expression(int argc, const char* const* argv) {
  std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  if (args.size() < 2) return args;
  const bool takes_one = args[0] == "run" || args[0] == "eval" || args[0] == "dump" ||
                         args[0] == "time" || args[0] == "certify";
  std::string& next = args[1];
  const bool flag = next.starts_with("--") || next.starts_with("-o") || next == "-h";
  if (takes_one && next.size() > 1 && next[0] == '-' && !flag) next.insert(0, 1, expression_mark);
  return args;
}

}  // namespace actjit::tools
