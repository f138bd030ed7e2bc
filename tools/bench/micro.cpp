// The project's own micro-benchmarks: what making and calling kernels costs. `tools/benchmark
// --micro` builds and runs them; arguments are those of Google Benchmark.
#include <benchmark/benchmark.h>

#include <memory>

#include "runtime/engine.h"
#include "tools/common/call.h"

namespace {

using namespace actjit;

// An expression of inputs with so many elements, or rows of a thousand.
tools::Call call_of(const char* text, std::vector<std::int64_t> dims) {
  const Program program = parse_program(text).value();
  std::vector<tools::NamedTensor> tensors;
  for (const std::string& name : program.inputs())
    tensors.push_back({name, Buffer::make(DType::f32, dims).value()});
  return tools::make_call(program, std::move(tensors), {}).value();
}

// The first kernel of this process, with the engine: once only, ahead of all others.
void first_compile(benchmark::State& state) {
  const tools::Call call = call_of("gelu(x)", {64});
  const Spec spec = make_spec(call.graph).value();
  for (auto _ : state) {
    const Engine engine = Engine::create().value();
    benchmark::DoNotOptimize(engine.compile(call.graph, spec));
  }
}
BENCHMARK(first_compile)->Iterations(1)->Unit(benchmark::kMillisecond);

struct Ready {
  Engine engine = Engine::create().value();
  tools::Call call;
  Spec spec = make_spec(call.graph).value();
  Kernel kernel = engine.compile(call.graph, spec).value();
};

Ready one_gelu() { return {.call = call_of("gelu(x)", {1})}; }

void raw_call(benchmark::State& state) {
  const Ready r = one_gelu();
  const BoundCall bound = r.kernel.bind(r.call.input_views, r.call.output_views).value();
  const actjit_call call = bound.call();
  const actjit_kernel entry = r.kernel.entry();
  for (auto _ : state) benchmark::DoNotOptimize(entry(&call));
}
BENCHMARK(raw_call);

void bound_call(benchmark::State& state) {
  const Ready r = one_gelu();
  const BoundCall bound = r.kernel.bind(r.call.input_views, r.call.output_views).value();
  for (auto _ : state) bound();
}
BENCHMARK(bound_call);

void call_through_handle(benchmark::State& state) {
  const Ready r = one_gelu();
  for (auto _ : state)
    benchmark::DoNotOptimize(r.kernel(r.call.input_views, r.call.output_views).has_value());
}
BENCHMARK(call_through_handle);

void cached_request(benchmark::State& state) {
  const Ready r = one_gelu();
  for (auto _ : state) benchmark::DoNotOptimize(r.engine.compile(r.call.graph, r.spec));
}
BENCHMARK(cached_request);

// From graph to kernel, each time anew: no handle lives on.
void compile(benchmark::State& state, const char* text, std::vector<std::int64_t> dims) {
  const Engine engine = Engine::create().value();
  const tools::Call call = call_of(text, std::move(dims));
  const Spec spec = make_spec(call.graph).value();
  for (auto _ : state) benchmark::DoNotOptimize(engine.compile(call.graph, spec));
}
BENCHMARK_CAPTURE(compile, relu, "relu(x)", {64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, gelu, "gelu(x)", {64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, softmax, "softmax(x)", {4, 1000})->Unit(benchmark::kMillisecond);

// So many operations that wait for each other.
void compile_long(benchmark::State& state) {
  std::string text = "h = x; ";
  for (std::int64_t i = 0; i < state.range(0) / 2; ++i) text += "h = h * x + x; ";
  text += "h";
  const Engine engine = Engine::create().value();
  const tools::Call call = call_of(text.c_str(), {64});
  const Spec spec = make_spec(call.graph).value();
  for (auto _ : state) benchmark::DoNotOptimize(engine.compile(call.graph, spec));
}
BENCHMARK(compile_long)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
