// actjit run and actjit eval: an expression on files, compiled or interpreted.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "frontend/diagnostic.h"
#include "frontend/lexer.h"
#include "ir/print.h"
#include "runtime/engine.h"
#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/common/npy.h"
#include "tools/common/pool.h"
#include "tools/common/preview.h"
#include "tools/common/report.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

struct RunOptions {
  ExpressionOptions expression;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> scalars;
  int threads = 1;
  bool report = false;
};

Result<Call> load(const RunOptions& options, const Program& program) {
  std::vector<NamedTensor> tensors;
  for (const std::string& text : options.inputs) {
    const Assignment a = split_assignment(text);
    Result<Buffer> data = read_npy(a.value);
    if (!data) return data.error();
    tensors.push_back({a.name, std::move(*data)});
  }
  Result<Call> call = make_call(program, std::move(tensors), scalars_of(options.scalars));
  if (call || call.error().code != ErrorCode::missing_input) return call;
  // The first one that is not given is the one the error is about.
  for (const std::string& name : program.inputs()) {
    const auto is_it = [&](const std::string& text) { return split_assignment(text).name == name; };
    if (std::any_of(options.inputs.begin(), options.inputs.end(), is_it)) continue;
    return make_error(ErrorCode::missing_input,
                      fmt::format("{}; give it as {}=FILE.npy", call.error().message, name));
  }
  return call;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && is_name_start(text[0]) &&
         std::all_of(text.begin(), text.end(), is_name_part);
}

Error no_output(const Assignment& given, const std::vector<std::string>& names) {
  Nearest nearest(given.name);
  for (const std::string& name : names) nearest.offer(name);
  return make_error(
      ErrorCode::unknown_name,
      fmt::format("-o {0}={1}: '{0}' is no output of this program, whose outputs "
                  "are: {2}{3}; a file of that name is written ./{0}={1}",
                  given.name, given.value, fmt::join(names, ", "), nearest.proposal().view()));
}

// Where write_file() would put it, so that two spellings of one file are one.
std::filesystem::path place_of(const std::string& file) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(file, failed);
  const std::filesystem::path found = std::filesystem::weakly_canonical(absolute, failed);
  return failed ? absolute : found;
}

// The file of each output; empty for one that is not asked for.
Result<std::vector<std::string>> output_files(const RunOptions& options, const Program& program) {
  const std::vector<std::string>& names = program.outputs();
  std::vector<std::string> files(names.size());
  for (const std::string& text : options.outputs) {
    const Assignment a = split_assignment(text);
    const bool named = is_identifier(a.name);
    const auto at = named ? std::find(names.begin(), names.end(), a.name) : names.begin();
    if (at == names.end()) return no_output(a, names);
    if (!named && names.size() > 1)
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("-o {} names no output; wanted -o name=file, where the names "
                                    "are: {}",
                                    text, fmt::join(names, ", ")));
    const std::string path = named ? a.value : text;
    if (path.empty())
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the path of the output '{}' is empty", *at));
    std::string& file = files[static_cast<std::size_t>(at - names.begin())];
    if (!file.empty())
      return make_error(
          ErrorCode::invalid_argument,
          fmt::format("the output '{}' is given two files, '{}' and '{}'", *at, file, path));
    for (std::size_t o = 0; o < files.size(); ++o)
      if (!files[o].empty() && place_of(files[o]) == place_of(path))
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("the outputs '{}' and '{}' are given the same file, '{}'",
                                      names[o], *at, path));
    file = path;
  }
  return files;
}

Result<void> deliver(const Call& call, const std::vector<std::string>& files) {
  bool asked = false;
  for (std::size_t o = 0; o < files.size(); ++o) {
    if (files[o].empty()) continue;
    asked = true;
    if (auto written = write_npy(files[o], call.outputs[o]); !written) return written.error();
  }
  if (asked) return {};
  for (std::size_t o = 0; o < files.size(); ++o) {
    const Output& output = call.graph.outputs()[o];
    const Buffer& tensor = call.outputs[o];
    const Shape shape(tensor.dims().begin(), tensor.dims().end());
    fmt::print("{} = {}\n{}\n", styled(output.name.view(), Style::bold, has_colour(stdout)),
               print_type(tensor.dtype(), shape), preview(tensor));
  }
  return {};
}

Result<void> run_compiled(const RunOptions& options, Call& call,
                          const std::vector<std::string>& files) {
  Result<Certificates> known = options.expression.certificates(call.graph);
  if (!known) return known.error();
  Result<Engine> engine = Engine::create(std::move(*known));
  if (!engine) return engine.error();
  const Result<Spec> spec = make_spec(call.graph, call.input_views, call.output_views,
                                      options.expression.tier_value(), options.expression.target);
  if (!spec) return spec.error();
  const Clock::time_point start = Clock::now();
  const Result<Kernel> kernel = engine->compile(call.graph, *spec);
  const double compile_ns = nanoseconds_since(start);
  if (!kernel) return kernel.error();

  Pool pool(options.threads);
  const ParallelFor parallel = pool.parallel_for();
  const Result<void> done = (*kernel)(call.input_views, call.output_views, call.scalars, &parallel);
  if (!done) return done.error();
  if (auto written = deliver(call, files); !written) return written.error();
  if (!options.report) return {};
  const Result<Report> report = make_report(*kernel, call, compile_ns, &parallel);
  if (!report) return report.error();
  fmt::print("{}", print(*report, 0, has_colour(stdout)));
  return {};
}

Result<void> run_interpreted(const RunOptions& options, Call& call,
                             const std::vector<std::string>& files) {
  const Result<Certificates> known = options.expression.certificates(call.graph);
  if (!known) return known.error();
  if (auto done = interpret(call, options.expression.tier_value(), *known); !done)
    return done.error();
  if (auto written = deliver(call, files); !written) return written.error();
  if (!options.report) return {};
  fmt::print("error     {}\n", show(judge(call.graph, call.input_views, call.scalars,
                                          call.output_views, max_compared)));
  return {};
}

Result<void> execute(const RunOptions& options, bool compiled) {
  std::vector<std::string> given;
  for (const std::string& text : options.inputs) given.push_back(split_assignment(text).name);
  const Result<Program> program = options.expression.parse(given);
  if (!program) return program.error();
  const auto files = output_files(options, *program);
  if (!files) return files.error();
  Result<Call> call = load(options, *program);
  if (!call) return call.error();
  return compiled ? run_compiled(options, *call, *files) : run_interpreted(options, *call, *files);
}

void add_command(CLI::App& app, Action& action, const char* name, const char* about,
                 bool compiled) {
  CLI::App* command = app.add_subcommand(name, about);
  auto options = std::make_shared<RunOptions>();
  options->expression.add_to(*command);
  add_inputs(*command, options->inputs);
  command->add_option("-o,--output", options->outputs, "where a result goes; without it, a preview")
      ->allow_extra_args(false)
      ->type_name("[name=]file.npy");
  add_scalars(*command, options->scalars);
  CLI::Option* threads =
      command->add_option("--threads", options->threads, "threads that share the work (default: 1)")
          ->check(CLI::Range(1, 1024).description(""))
          ->type_name("N");
  command->add_flag("--report", options->report,
                    compiled ? "say how fast and how accurate it was" : "say how accurate it was");
  // The interpreter has no use for these; they stay allowed, so that one command line does for
  // both.
  if (!compiled)
    for (CLI::Option* unused : {threads, command->get_option("--target")}) unused->group("");
  command->callback([&action, options, compiled] {
    action = [options, compiled] { return execute(*options, compiled); };
  });
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  add_command(app, action, "run", "Compile an expression and run it on .npy files", true);
  add_command(app, action, "eval", "The same by the interpreter, with the same bits", false);
}

}  // namespace actjit::tools
