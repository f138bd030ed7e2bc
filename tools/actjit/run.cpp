// actjit run and actjit eval: an expression on files, compiled or interpreted.
#include <fmt/format.h>

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
  return make_call(program, std::move(tensors), scalars_of(options.scalars));
}

// The file of each output; empty for one that is not asked for.
Result<std::vector<std::string>> output_files(const RunOptions& options, const Graph& graph) {
  std::vector<std::string> files(graph.outputs().size());
  std::string names;
  for (const Output& o : graph.outputs())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", o.name.view());
  for (const std::string& text : options.outputs) {
    const Assignment a = split_assignment(text);
    std::size_t at = 0;
    while (at < files.size() && graph.outputs()[at].name.view() != a.name) ++at;
    const bool named = at < files.size();
    if (!named && files.size() > 1)
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("-o {} names no output; wanted -o name=file, where the names "
                                    "are: {}",
                                    text, names));
    std::string& file = files[named ? at : 0];
    if (!file.empty())
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the output '{}' has two files, '{}' and '{}'",
                                    graph.outputs()[named ? at : 0].name.view(), file, text));
    file = named ? a.value : text;
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
  Result<Engine> engine = Engine::create();
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
  if (auto done = interpret(call, options.expression.tier_value()); !done) return done.error();
  if (auto written = deliver(call, files); !written) return written.error();
  if (!options.report) return {};
  fmt::print("error     {}\n", show(judge(call.graph, call.input_views, call.scalars,
                                          call.output_views, max_compared)));
  return {};
}

Result<void> execute(const RunOptions& options, bool compiled) {
  const Result<Program> program = options.expression.parse();
  if (!program) return program.error();
  Result<Call> call = load(options, *program);
  if (!call) return call.error();
  const auto files = output_files(options, call->graph);
  if (!files) return files.error();
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
  command->add_option("--threads", options->threads, "threads that share the work (default: 1)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
  command->add_flag("--report", options->report, "say how fast and how accurate it was");
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
