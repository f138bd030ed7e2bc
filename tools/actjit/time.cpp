// actjit time: what an expression costs to compile, to call and for each element.
#include <fmt/format.h>

#include <cstring>
#include <random>

#include "ir/eval.h"
#include "ir/extents.h"
#include "runtime/engine.h"
#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/common/file.h"
#include "tools/common/operations.h"
#include "tools/common/report.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

constexpr std::int64_t max_elements = std::int64_t{1} << 32;
constexpr int compiles = 15;
// What the names in shapes stand for, unless --n says it: elements, or rows of a thousand.
constexpr std::int64_t default_elements = 4096;
constexpr std::int64_t default_rows = 100;

struct TimeOptions {
  ExpressionOptions expression;
  std::string dtype = "f32";
  std::vector<std::string> shapes;
  std::int64_t n = 0;  // 0: a default
  bool compile_only = false;
};

// What is timed: a graph, and the shapes of its inputs in the program's order.
struct Subject {
  Program program;
  std::vector<Binding> bindings;
  Graph graph;
  std::int64_t n = 0;  // what names in the shapes stand for

  bool has_symbols() const {
    for (const Binding& b : bindings)
      for (const Dim& d : b.shape)
        if (d.is_symbolic()) return true;
    return false;
  }
  static std::vector<std::int64_t> dims(const Binding& b, std::int64_t n) {
    std::vector<std::int64_t> out;
    for (const Dim& d : b.shape) out.push_back(d.is_symbolic() ? n : d.extent);
    return out;
  }
  // "[4096]", or each input's where they differ.
  std::string shapes() const {
    std::string all;
    bool same = true;
    for (const Binding& b : bindings) {
      const std::string one = to_string(dims(b, n));
      same = same && one == to_string(dims(bindings[0], n));
      all += fmt::format("{}{}={}", all.empty() ? "" : " ", b.name.view(), one);
    }
    return bindings.empty() ? "" : same ? to_string(dims(bindings[0], n)) : all;
  }
};

// Inputs of any length; where the program looks along axes, rows of a thousand.
Result<Subject> subject_of(const TimeOptions& options) {
  Result<Program> program = options.expression.parse();
  if (!program) return program.error();
  const DType dtype = find_dtype(options.dtype).value();
  const auto with = [&](Shape common, std::int64_t n) -> Result<Subject> {
    std::vector<Binding> bindings = bindings_of(*program, dtype, options.shapes, std::move(common));
    Result<Graph> graph = build(*program, bindings);
    if (!graph) return graph.error();
    return Subject{*program, std::move(bindings), std::move(*graph), options.n > 0 ? options.n : n};
  };
  Result<Subject> flat = with({"n"}, default_elements);
  if (!options.shapes.empty() || (flat && !has_axes(flat->graph))) return flat;
  Result<Subject> rows = with({"n", 1000}, default_rows);
  return rows ? std::move(rows) : std::move(flat);
}

// All in nanoseconds.
struct CompileCost {
  double text = 0;    // from the text to the graph
  double engine = 0;  // once a process
  double first = 0;   // the first kernel of this process, from graph to handle
  double next = 0;    // the median of later ones, each compiled anew
  double cached = 0;  // a request for a kernel there is
  CompileTimes first_times, next_times;
};

Result<Kernel> compile_once(const Engine& engine, const Graph& graph, const Spec& spec,
                            double& ns) {
  const Clock::time_point start = Clock::now();
  Result<Kernel> kernel = engine.compile(graph, spec);
  ns = nanoseconds_since(start);
  return kernel;
}

// Compiles often enough for a median; no handle lives on, so that each time is a whole one.
Result<void> time_next(const Engine& engine, const Graph& graph, const Spec& spec,
                       CompileCost& cost, ProgressBar& bar) {
  std::vector<std::pair<double, CompileTimes>> samples;
  for (int i = 0; i < compiles; ++i) {
    double ns = 0;
    const Result<Kernel> kernel = compile_once(engine, graph, spec, ns);
    if (!kernel) return kernel.error();
    samples.emplace_back(ns, kernel->times());
    bar.show((i + 1.0) / compiles);
  }
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::tie(cost.next, cost.next_times) = samples[samples.size() / 2];
  return {};
}

// Numbers of a normal distribution, as pre-activations are; the same in every run.
void fill(Buffer& tensor) {
  std::mt19937 random(1);
  std::normal_distribution<double> numbers(0, 2);
  const auto width = static_cast<std::size_t>(bytes(tensor.dtype()));
  auto* at = static_cast<char*>(tensor.data());
  for (std::int64_t i = 0; i < tensor.elements(); ++i, at += width) {
    const Bits element = eval::cast(DType::f64, tensor.dtype(), to_bits(numbers(random)));
    std::memcpy(at, &element, width);
  }
}

Result<Buffer> random_tensor(DType dtype, std::vector<std::int64_t> dims) {
  double size = bytes(dtype);
  for (std::int64_t d : dims) size *= static_cast<double>(d);
  if (auto fits = check_memory("a tensor", size); !fits) return fits.error();
  Result<Buffer> out = Buffer::make(dtype, std::move(dims));
  if (!out) return out;
  fill(*out);
  return out;
}

// A call where the names in shapes stand for `n`.
Result<Call> call_of(const Subject& subject, std::int64_t n) {
  std::vector<NamedTensor> tensors;
  for (const Binding& b : subject.bindings) {
    Result<Buffer> data = random_tensor(b.dtype, Subject::dims(b, n));
    if (!data) return data.error();
    tensors.push_back({b.name.string(), std::move(*data)});
  }
  return make_call(subject.program, std::move(tensors), {});
}

struct CallCost {
  double raw = 0;     // the code itself
  double bound = 0;   // through a BoundCall
  double handle = 0;  // through Kernel, which checks and binds
};

CallCost time_calls(const Kernel& kernel, const Call& one) {
  const BoundCall bound = kernel.bind(one.input_views, one.output_views, one.scalars).value();
  std::vector<actjit_call> calls;
  std::vector<actjit_kernel> entries;
  for (std::size_t s = 0; s < kernel.steps(); ++s) {
    calls.push_back(bound.call(s));
    entries.push_back(kernel.entry(s));
  }
  const auto raw = [&] {
    for (std::size_t s = 0; s < calls.size(); ++s) entries[s](&calls[s]);
  };
  const std::array<std::function<void()>, 4> works{
      raw, [&] { bound(); }, [&] { (void)kernel(one.input_views, one.output_views, one.scalars); },
      [&] { keep(calls.data()); }};
  const std::vector<double> ns = time_in_turn(works, {.batches = 15, .batch_ns = 3e5});
  return {ns[0] - ns[3], ns[1] - ns[3], ns[2] - ns[3]};
}

void print_costs(const TimeOptions& options, const CompileCost& c) {
  const auto row = [](std::string_view label, double first, double next) {
    fmt::print("  {:<22} {:>10} {:>10}\n", label, show_time(first), show_time(next));
  };
  const auto us = [&](std::string_view label, double CompileTimes::*stage) {
    row(label, 1e3 * c.first_times.*stage, 1e3 * c.next_times.*stage);
  };
  fmt::print("compile    first {} ({} engine + {} kernel), next {} (median of {}), cached {}\n",
             show_time(c.engine + c.first), show_time(c.engine), show_time(c.first),
             show_time(c.next), compiles, show_time(c.cached));
  if (!options.compile_only) {
    fmt::print("  first    {}\n  next     {}\n", show(c.first_times), show(c.next_times));
    return;
  }
  fmt::print("  {:<22} {:>10} {:>10}\n", "", "first", "next");
  us("lower (rules, math)", &CompileTimes::lower);
  us("plan (loops)", &CompileTimes::plan);
  us("emit (LLVM IR)", &CompileTimes::emit);
  us("optimise (passes)", &CompileTimes::optimise);
  us("object (instructions)", &CompileTimes::object);
  us("release (LLVM's memory)", &CompileTimes::release);
  us("link (into memory)", &CompileTimes::link);
  row("cache (key, handle)", c.first - 1e3 * c.first_times.total(),
      c.next - 1e3 * c.next_times.total());
  row("all", c.first, c.next);
  fmt::print("text       to graph {}\n", show_time(c.text));
}

// What a step of the kernel's vectors costs: the difference of a call and one of twice its size,
// which leaves out what is done once. Where the shapes are given there is one size only.
Result<Operations> operations_of_a_step(const Kernel& kernel, const Subject& subject) {
  const Result<Call> one = call_of(subject, 1);
  if (!one) return one.error();
  const auto lanes = static_cast<double>(kernel.plan().lanes);
  // Few, because stepping is slow; of short rows enough for whole vectors across them.
  constexpr std::int64_t counted_elements = 1024, counted_together = 64, few_rows = 2;
  const std::int64_t row = std::max<std::int64_t>(one->elements(), 1);
  const std::int64_t n =
      row < counted_together
          ? counted_elements / row / counted_together * counted_together + counted_together
          : few_rows;
  const Result<Call> some = call_of(subject, n), more = call_of(subject, 2 * n);
  if (!some) return some.error();
  if (!more) return more.error();
  const auto bind = [&](const Call& call) {
    return kernel.bind(call.input_views, call.output_views, call.scalars).value();
  };
  const BoundCall few = bind(*some), many = bind(*more);
  const bool grows = subject.has_symbols();
  const Result<Operations> counted =
      count_operations([&] { many(); }, grows ? std::function<void()>([&] { few(); }) : nullptr);
  if (!counted) return counted.error();
  const std::int64_t elements = more->elements() - (grows ? some->elements() : 0);
  return *counted / (static_cast<double>(elements) / lanes);
}

void print_wall(const Kernel& kernel, const Subject& subject, const Speed& speed) {
  const Result<Operations> step = operations_of_a_step(kernel, subject);
  if (!step) {
    fmt::print("wall       not known: {}\n", step.error().to_string());
    return;
  }
  const double reached = speed.ns_per_element() * kernel.plan().lanes / speed.cycle_ns;
  fmt::print("vector     {} elements: {}\n", kernel.plan().lanes, show(*step));
  fmt::print("wall       {:.2f} cycles a vector, reached {:.2f} ({:.2f} times) at {:.2f} GHz\n",
             step->wall, reached, reached / step->wall, 1 / speed.cycle_ns);
}

Result<void> time_kernel(const Kernel& kernel, const Subject& subject) {
  const Result<Call> call = call_of(subject, subject.n);
  if (!call) return call.error();
  ProgressBar bar("timing");
  const Timing timing{.batches = 21, .batch_ns = 2e6, .progress = [&](double f) { bar.show(f); }};
  const Result<Speed> speed = measure_speed(kernel, *call, nullptr, timing);
  if (!speed) return speed.error();
  const Result<Call> one = call_of(subject, 1);
  if (!one) return one.error();
  const CallCost cost = time_calls(kernel, *one);
  bar.clear();
  fmt::print("kernel     {}\n", show(*speed));
  print_wall(kernel, subject, *speed);
  fmt::print("call       {}{} by the raw entry, {} bound, {} through the handle\n",
             show_time(cost.raw), subject.has_symbols() ? " for n = 1" : "", show_time(cost.bound),
             show_time(cost.handle));
  return {};
}

Result<void> time(const TimeOptions& options) {
  CompileCost cost;
  const Clock::time_point text_start = Clock::now();
  const Result<Subject> subject = subject_of(options);
  if (!subject) return subject.error();
  const Graph& graph = subject->graph;
  cost.text = nanoseconds_since(text_start);
  const Result<Spec> spec =
      make_spec(graph, options.expression.tier_value(), options.expression.target);
  if (!spec) return spec.error();
  Result<Certificates> known = options.expression.certificates(graph);
  if (!known) return known.error();

  const Clock::time_point engine_start = Clock::now();
  const Result<Engine> engine = Engine::create(std::move(*known));
  if (!engine) return engine.error();
  cost.engine = nanoseconds_since(engine_start);
  {
    const Result<Kernel> first = compile_once(*engine, graph, *spec, cost.first);
    if (!first) return first.error();
    cost.first_times = first->times();
  }
  ProgressBar bar("compiling");
  if (auto done = time_next(*engine, graph, *spec, cost, bar); !done) return done.error();
  bar.clear();
  double ignored = 0;
  const Result<Kernel> kernel = compile_once(*engine, graph, *spec, ignored);
  if (!kernel) return kernel.error();
  const std::function<void()> again = [&] { (void)engine->compile(graph, *spec); };
  cost.cached = time_in_turn(std::span(&again, 1), {.batches = 15, .batch_ns = 2e5})[0];

  const std::string several =
      kernel->steps() > 1 ? fmt::format(", {} kernels", kernel->steps()) : std::string();
  fmt::print("{}   {} {}, {}, {}, {} elements a step{}\n\n",
             styled(options.expression.title(subject->program), Style::bold, has_colour(stdout)),
             options.dtype, subject->shapes(), options.expression.tier, spec->target.name,
             kernel->plan().lanes * kernel->plan().unroll, several);
  print_costs(options, cost);
  if (options.compile_only) return {};
  return time_kernel(*kernel, *subject);
}

}  // namespace

void add_time(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("time", "Time an expression: to compile, to call, to run");
  auto options = std::make_shared<TimeOptions>();
  options->expression.add_to(*command);
  add_dtype(*command, options->dtype);
  add_shapes(*command, options->shapes, "[n]; [n,1000] for an expression that looks along axes");
  command
      ->add_option("--n", options->n,
                   "what the names in shapes stand for (default: 4096; rows: 100)")
      ->check(CLI::Range(std::int64_t{1}, max_elements).description(""))
      ->type_name("N");
  command->add_flag("--compile", options->compile_only, "only the compilation, stage by stage");
  command->callback([&action, options] { action = [options] { return time(*options); }; });
}

}  // namespace actjit::tools
