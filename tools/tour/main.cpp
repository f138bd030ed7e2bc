// The tour: two formulas on real pre-activations, from one line of text to native code.
//
//   actjit_tour DIGITS_FOLDER OUT_FOLDER
#include <fmt/format.h>

#include <array>
#include <exception>

#include "ir/print.h"
#include "runtime/engine.h"
#include "tools/common/file.h"
#include "tools/common/npy.h"
#include "tools/common/preview.h"
#include "tools/common/report.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

struct Stop {
  std::string_view name;  // of its folder
  std::string_view about;
  std::string_view text;
};

constexpr std::array stops{
    Stop{"gelu", "A known activation, fused with the bias before it", "gelu(x + b)"},
    Stop{"invented", "A formula that no library has", "x * tanh(exp(x + b))"},
};

struct StageFile {
  Stage stage;
  std::string_view file;
};
constexpr std::array stage_files{
    StageFile{Stage::graph, "1-graph.txt"},
    StageFile{Stage::dot, "1-graph.dot"},
    StageFile{Stage::simplified, "2-simplified.txt"},
    StageFile{Stage::expanded, "3-expanded.txt"},
    StageFile{Stage::plan, "4-plan.txt"},
    StageFile{Stage::llvm, "5-llvm.ll"},
    StageFile{Stage::llvm_opt, "6-llvm-opt.ll"},
    StageFile{Stage::assembly, "7-kernel.s"},
    StageFile{Stage::object, "8-kernel.o"},
};

Result<Call> load(std::string_view text, const std::string& digits) {
  const Result<Program> program = parse_program(text);
  if (!program) return program.error();
  Result<Buffer> x = read_npy(digits + "/hidden_matmul.npy");
  if (!x) return x.error();
  Result<Buffer> b = read_npy(digits + "/hidden_bias.npy");
  if (!b) return b.error();
  std::vector<NamedTensor> tensors;
  tensors.push_back({"x", std::move(*x)});
  tensors.push_back({"b", std::move(*b)});
  return make_call(*program, std::move(tensors), {});
}

Result<void> dump_stages(const Engine& engine, const Call& call, const Spec& spec,
                         const std::string& folder) {
  for (const StageFile& s : stage_files) {
    const Result<std::string> text = engine.dump(call.graph, spec, s.stage);
    if (!text) return text.error();
    const auto written = write_file(fmt::format("{}/{}", folder, s.file), *text);
    if (!written) return written.error();
  }
  return {};
}

std::string indented(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
    if (at + 1 < text.size()) text.insert(at + 1, "  ");
  return "  " + text;
}

Result<void> visit(const Stop& stop, const Engine& engine, const std::string& digits,
                   const std::string& out) {
  const bool colour = has_colour(stdout);
  Result<Call> call = load(stop.text, digits);
  if (!call) return call.error();
  const Result<Spec> spec = make_spec(call->graph, call->input_views, call->output_views);
  if (!spec) return spec.error();
  const Clock::time_point start = Clock::now();
  const Result<Kernel> kernel = engine.compile(call->graph, *spec);
  const double compile_ns = nanoseconds_since(start);
  if (!kernel) return kernel.error();
  const Result<Report> report = make_report(*kernel, *call, compile_ns, nullptr);
  if (!report) return report.error();

  const std::string folder = fmt::format("{}/{}", out, stop.name);
  if (auto made = make_folder(folder); !made) return made.error();
  const std::string result = folder + "/result.npy";
  if (auto written = write_npy(result, call->outputs[0]); !written) return written.error();
  if (auto dumped = dump_stages(engine, *call, *spec, folder); !dumped) return dumped.error();

  fmt::print("{}\n{}\n\n{}\n", styled(stop.text, Style::heading, colour),
             styled(stop.about, Style::dim, colour), indented(print(call->graph)));
  fmt::print("{}", print(*report, 2, colour));
  fmt::print("  {} {}\n  {} {}/1-graph.txt ... 8-kernel.o\n\n",
             styled("result   ", Style::dim, colour), result,
             styled("stages   ", Style::dim, colour), folder);
  return {};
}

int run(const std::string& digits, const std::string& out) {
  fmt::print(
      "actjit compiles activations in milliseconds. Here are two, on the pre-activations of\n"
      "a digit classifier ({}).\n\n",
      digits);
  const Result<Engine> engine = Engine::create();
  Result<void> done = engine ? Result<void>() : Result<void>(engine.error());
  for (const Stop& stop : stops)
    if (done) done = visit(stop, *engine, digits, out);
  if (done) return 0;
  fmt::print(stderr, "actjit_tour: error: {}\n", done.error().to_string());
  return 1;
}

}  // namespace

}  // namespace actjit::tools

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: actjit_tour DIGITS_FOLDER OUT_FOLDER\n");
    return 2;
  }
  try {
    return actjit::tools::run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "actjit_tour: internal error: {}\n", error.what());
    return 1;
  }
}
