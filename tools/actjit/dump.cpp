// actjit dump: an expression at any stage on its way to a kernel.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "frontend/catalogue.h"
#include "runtime/engine.h"
#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/common/file.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

constexpr Stage last_stage = Stage::dot;

struct DumpOptions {
  ExpressionOptions expression;
  std::string stage = "graph";
  std::string dtype = "f32";
  std::vector<std::string> shapes;
  std::string file;
};

// The names a text uses, in order of appearance, each once.
std::vector<std::string> names_in(std::string_view text) {
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  };
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    const std::string name(text.substr(at, end - at));
    if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    at = end + 1;
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// The text, and below it the formula of each activation it calls, in our canonical names.
std::string source(const Program& program) {
  std::string out = program.text() + "\n";
  const std::vector<ListEntry> entries = list_activations(program.dialect());
  for (const std::string& name : names_in(program.text()))
    for (const ListEntry& entry : entries) {
      if (entry.call.substr(0, entry.call.find('(')) != name) continue;
      out += fmt::format("\n# {}\n", entry.call);
      for (const std::string& line : lines_of(entry.formula)) out += fmt::format("#   {}\n", line);
      break;
    }
  return out;
}

Result<std::string> dump_stage(const DumpOptions& options, const Program& program, Stage stage) {
  const Result<Graph> graph = build(
      program, bindings_of(program, find_dtype(options.dtype).value(), options.shapes, {Dim("n")}));
  if (!graph) return graph.error();
  const Result<Spec> spec =
      make_spec(*graph, options.expression.tier_value(), options.expression.target);
  if (!spec) return spec.error();
  Result<Certificates> known = options.expression.certificates(*graph);
  if (!known) return known.error();
  const Result<Engine> engine = Engine::create(std::move(*known));
  if (!engine) return engine.error();
  return engine->dump(*graph, *spec, stage);
}

Result<void> dump(const DumpOptions& options) {
  const std::optional<Stage> stage = find_stage(options.stage);
  if (stage == Stage::object && options.file.empty() && is_terminal(stdout))
    return make_error(ErrorCode::invalid_argument,
                      "an object is no text for a terminal; name a file with -o");
  const Result<Program> program = options.expression.parse();
  if (!program) return program.error();
  const Result<std::string> text = stage ? dump_stage(options, *program, *stage) : source(*program);
  if (!text) return text.error();
  if (!options.file.empty()) return write_file(options.file, *text);
  std::fwrite(text->data(), 1, text->size(), stdout);
  return {};
}

std::string check_stage(const std::string& text) {
  if (text == "source" || find_stage(text)) return {};
  std::string known = "source";
  for (int i = 0; i <= static_cast<int>(last_stage); ++i)
    known += fmt::format(", {}", actjit::text(static_cast<Stage>(i)));
  return fmt::format("unknown stage '{}'; known are: {}", text, known);
}

}  // namespace

void add_dump(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("dump", "Show an expression at a stage of its compilation");
  auto options = std::make_shared<DumpOptions>();
  options->expression.add_to(*command);
  command
      ->add_option("--stage", options->stage,
                   "source, graph, simplified, expanded, plan, llvm, llvm-opt, asm, object or dot "
                   "(default: graph)")
      ->check(CLI::Validator(check_stage, ""))
      ->type_name("");
  add_dtype(*command, options->dtype);
  add_shapes(*command, options->shapes, "[n]");
  command->add_option("-o,--output", options->file, "where it goes; without it, standard output")
      ->type_name("file");
  command->callback([&action, options] { action = [options] { return dump(*options); }; });
}

}  // namespace actjit::tools
