// The tour: three formulas on real pre-activations, from one line of text to native code.
//
//   actjit_tour DIGITS_FOLDER OUT_FOLDER
#include <fmt/format.h>

#include <algorithm>
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

struct TensorFile {
  const char* name;
  std::string_view file;  // in the folder of the digits
};

struct Stop {
  std::string_view name;  // of its folder
  std::string_view about;
  std::string_view text;
  std::array<TensorFile, 2> inputs;
  bool names_digits = false;  // its result has a share for each digit
};

constexpr std::array hidden{TensorFile{"x", "hidden_matmul"}, TensorFile{"b", "hidden_bias"}};
constexpr std::array last{TensorFile{"z", "output_matmul"}, TensorFile{"b", "output_bias"}};
constexpr std::array stops{
    Stop{"gelu", "A known activation, fused with the bias before it", "gelu(x + b)", hidden},
    Stop{"invented", "A formula that no library has", "x * tanh(exp(x + b))", hidden},
    Stop{"softmax", "Along an axis: each row becomes ten shares", "softmax(z + b)", last, true},
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

Result<Buffer> read_digits(const std::string& folder, std::string_view file) {
  return read_npy(fmt::format("{}/{}.npy", folder, file));
}

Result<Call> load(const Stop& stop, const std::string& digits) {
  const Result<Program> program = parse_program(stop.text);
  if (!program) return program.error();
  std::vector<NamedTensor> tensors;
  for (const TensorFile& input : stop.inputs) {
    Result<Buffer> data = read_digits(digits, input.file);
    if (!data) return data.error();
    tensors.push_back({input.name, std::move(*data)});
  }
  return make_call(*program, std::move(tensors), {});
}

// How often the largest share of an image is that of the digit it shows, among the images that the
// classifier was not trained on.
Result<std::string> score(const Buffer& shares, const std::string& digits) {
  constexpr std::int64_t trained_on = 1437;
  const Result<Buffer> labels = read_digits(digits, "labels");
  if (!labels) return labels.error();
  const auto* label = static_cast<const std::int64_t*>(labels->data());
  const std::int64_t rows = shares.dims()[0], classes = shares.dims()[1];
  std::int64_t right = 0;
  for (std::int64_t i = trained_on; i < rows; ++i) {
    const float* row = static_cast<const float*>(shares.data()) + i * classes;
    right += std::max_element(row, row + classes) - row == label[i];
  }
  const auto images = rows - trained_on;
  return fmt::format("the right digit for {:.2f} % of {} images that it was not trained on",
                     100.0 * static_cast<double>(right) / static_cast<double>(images), images);
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
  Result<Call> call = load(stop, digits);
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
  if (stop.names_digits) {
    const Result<std::string> said = score(call->outputs[0], digits);
    if (!said) return said.error();
    fmt::print("  {} {}\n", styled("digits   ", Style::dim, colour), *said);
  }
  fmt::print("  {} {}\n  {} {}/1-graph.txt ... 8-kernel.o\n\n",
             styled("result   ", Style::dim, colour), result,
             styled("stages   ", Style::dim, colour), folder);
  return {};
}

int run(const std::string& digits, const std::string& out) {
  fmt::print(
      "actjit compiles activations in milliseconds. Here are three, on the pre-activations of\n"
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
