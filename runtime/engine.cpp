#include "runtime/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "codegen/compiler.h"
#include "codegen/emit_kernel.h"
#include "codegen/jit.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/rebuild.h"
#include "runtime/cache.h"

namespace actjit {

struct Engine::State {
  Certificates certificates;
  std::unique_ptr<Jit> jit;
  GeneratorPool generators;
  std::shared_ptr<Cache> cache = std::make_shared<Cache>();
};

namespace {

constexpr std::array<std::string_view, 9> stage_names{
    "graph", "simplified", "expanded", "plan", "llvm", "llvm-opt", "asm", "object", "dot"};

double microseconds_since(CompileClock::time_point start) {
  return microseconds(start, CompileClock::now());
}

// The kernels of a graph.
struct Plans {
  Schedule schedule;
  std::vector<Plan> plans;
};

// The shape of what an operand lies in.
Shape tensor_of(const Graph& graph, const Schedule& schedule, const KernelOperand& o) {
  switch (o.place) {
    case Place::input: return graph.shape(graph.inputs()[o.index].node);
    case Place::output: return graph.shape(graph.outputs()[o.index].node);
    case Place::intermediate: return schedule.intermediates[o.index].shape;
    case Place::positions: break;
  }
  return {schedule.positions[o.index]};
}

// Whether all operands are whole tensors, as large as what the loops run through, and, by the spec,
// contiguous.
bool is_contiguous(const Graph& graph, const Schedule& schedule, const Step& step,
                   const Spec& spec) {
  const auto full = [&](const KernelOperand& o) {
    return shape_of(o.view) == step.shape && tensor_of(graph, schedule, o) == step.shape;
  };
  for (const Layout& l : spec.layouts)
    for (Access a : l.access)
      if (a != Access::unit || l.rank != 1) return false;
  return step.reduced.mask == 0 && std::all_of(step.reads.begin(), step.reads.end(), full) &&
         std::all_of(step.writes.begin(), step.writes.end(), full);
}

std::vector<KernelOperand> operands_of(const Step& step) {
  std::vector<KernelOperand> out = step.reads;
  out.insert(out.end(), step.writes.begin(), step.writes.end());
  return out;
}

// The layout of a step `asked` for the step `s` that simplification and expansion have made of it,
// or none where that has other operands. They may have another order.
std::optional<Layout> reordered(const Layout& layout, const Step& asked, const Step& s) {
  const std::vector<KernelOperand> before = operands_of(asked);
  const std::vector<KernelOperand> now = operands_of(s);
  if (layout.access.size() != before.size() || before.size() != now.size() ||
      layout.reduced != static_cast<int>(s.reduced.count()))
    return std::nullopt;
  Layout out = layout;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto at = std::find(before.begin(), before.end(), now[i]);
    if (at == before.end()) return std::nullopt;
    out.access[i] = layout.access[static_cast<std::size_t>(at - before.begin())];
  }
  return out;
}

// The spec's layout for a step. Where simplification and expansion have left another schedule than
// the one the spec was made from, one that serves any tensors.
Layout layout_for(const Graph& graph, const Schedule& schedule, std::size_t step,
                  const Spec& spec) {
  const Step& s = schedule.steps[step];
  const std::size_t operands = s.reads.size() + s.writes.size();
  if (spec.layouts.size() == schedule.steps.size()) {
    if (!schedule.has_views && !has_axes(graph)) return spec.layouts[step];
    const Schedule asked = actjit::schedule(graph);
    if (step < asked.steps.size())
      if (auto fits = reordered(spec.layouts[step], asked.steps[step], s)) return *fits;
  }
  if (is_contiguous(graph, schedule, s, spec))
    return Layout{.access = std::vector(operands, Access::unit)};
  return any_layout(operands, s.reduced.count());
}

Result<Plans> plans_of(const Graph& graph, const Spec& spec, const Certificates& certificates,
                       CompileTimes& times) {
  const CompileClock::time_point start = CompileClock::now();
  Result<Lowered> lowered = lower(graph, spec.tier, certificates);
  if (!lowered) return lowered.error();
  times.lower = microseconds_since(start);
  const CompileClock::time_point planning = CompileClock::now();
  Plans out{schedule(lowered->expanded), {}};
  for (std::size_t s = 0; s < out.schedule.steps.size(); ++s) {
    Result<Plan> plan =
        make_plan(out.schedule.steps[s], layout_for(graph, out.schedule, s, spec), spec.target);
    if (!plan) return plan.error();
    out.plans.push_back(std::move(*plan));
  }
  times.plan = microseconds_since(planning);
  return out;
}

// What the kernels are, and what goes between them where there are several.
std::string print_plans(const Plans& plans, const Graph& graph) {
  std::string out;
  if (plans.schedule.has_views) out += print(plans.schedule, graph);
  for (std::size_t s = 0; s < plans.plans.size(); ++s) {
    if (plans.plans.size() > 1) out += fmt::format("\nkernel {}: ", s);
    out += print(plans.plans[s]);
  }
  return out;
}

Result<std::shared_ptr<Kernel::Code>> build(const Cache::Key& key, const Certificates& certificates,
                                            GeneratorPool& generators, Jit& jit) {
  CompileTimes times;
  Result<Plans> plans = plans_of(key->graph, key->spec, certificates, times);
  if (!plans) return plans.error();
  Result<std::vector<char>> object = compile_object(plans->plans, generators, times);
  if (!object) return object.error();
  const CompileClock::time_point linking = CompileClock::now();
  std::vector<std::string> symbols;
  for (std::size_t step = 0; step < plans->plans.size(); ++step)
    symbols.push_back(kernel_symbol(step));
  auto loaded = jit.load(*object, symbols);
  if (!loaded) return loaded.error();
  times.link = microseconds_since(linking);
  for (Step& step : plans->schedule.steps) step.graph = Graph();
  for (Plan& plan : plans->plans) plan.graph.pack();
  auto code = std::make_shared<Kernel::Code>();
  code->key = key;
  code->schedule = std::move(plans->schedule);
  code->plans = std::move(plans->plans);
  code->times = times;
  code->loaded = std::move(*loaded);
  code->direct = DirectCall::make(key->graph, code->schedule, code->plans,
                                  reinterpret_cast<actjit_kernel>(code->loaded->address()));
  return code;
}

}  // namespace

std::string_view text(Stage stage) { return stage_names[static_cast<std::size_t>(stage)]; }

std::optional<Stage> find_stage(std::string_view text) {
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    if (stage_names[i] == text) return static_cast<Stage>(i);
  return std::nullopt;
}

Result<Engine> Engine::create(Certificates certificates) {
  Result<std::unique_ptr<Jit>> jit = Jit::create();
  if (!jit) return jit.error();
  auto state = std::make_shared<State>();
  state->certificates = std::move(certificates);
  state->jit = std::move(*jit);
  return Engine(std::move(state));
}

Result<Kernel> Engine::compile(const Graph& graph, const Spec& spec) const {
  // What comes from a frontend is compact already.
  if (Cache::Shared living = state_->cache->find(graph, spec)) return Kernel(std::move(living));
  if (spec.target.name.empty())
    return make_error(ErrorCode::unsupported_target,
                      "the spec names no target; make_spec() chooses this machine's");
  if (!host_supports(spec.target))
    return make_error(ErrorCode::unsupported_target,
                      fmt::format("this machine cannot run code for {}", spec.target.name));
  State& state = *state_;
  CacheKey wanted{compact(graph), spec};
  wanted.graph.pack();
  Result<Cache::Shared> code = state.cache->get(std::move(wanted), [&](const Cache::Key& key) {
    return build(key, state.certificates, state.generators, *state.jit);
  });
  if (!code) return code.error();
  return Kernel(std::move(*code));
}

Result<std::string> Engine::dump(const Graph& graph, const Spec& spec, Stage stage) const {
  if (stage == Stage::graph) return print(graph);
  if (stage == Stage::dot) return print_dot(graph);
  if (stage == Stage::simplified || stage == Stage::expanded) {
    const Result<Lowered> lowered = lower(graph, spec.tier, state_->certificates);
    if (!lowered) return lowered.error();
    return print(stage == Stage::simplified ? lowered->simplified : lowered->expanded);
  }
  CompileTimes times;
  const Result<Plans> plans = plans_of(compact(graph), spec, state_->certificates, times);
  if (!plans) return plans.error();
  if (stage == Stage::plan) return print_plans(*plans, graph);
  if (stage == Stage::object) {
    const Result<std::vector<char>> object =
        compile_object(plans->plans, state_->generators, times);
    if (!object) return object.error();
    return std::string(object->begin(), object->end());
  }
  const CodeText code = stage == Stage::llvm       ? CodeText::llvm
                        : stage == Stage::llvm_opt ? CodeText::llvm_optimised
                                                   : CodeText::assembly;
  return code_text(plans->plans, state_->generators, code);
}

std::size_t Engine::kernels() const { return state_->cache->living(); }

}  // namespace actjit
