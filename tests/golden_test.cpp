// Texts people read: graphs at their stages, plans, error messages. Compared with tests/golden;
// ACTJIT_BLESS=1 takes what is printed now.
#include <gtest/gtest.h>

#include "frontend/language.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/value.h"
#include "tests/support/golden.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

// One of everything the text form knows.
Graph showcase() {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 128})};
  const Value mask{&g, g.input("mask", DType::boolean, {"n", 1})};
  const Value i{&g, g.input("i", DType::i64, {128})};
  const Value beta{&g, g.scalar("beta", DType::f32, 0.1)};
  const Value tenth = x.like(Real(0.1, -0x1.999999999999ap-58));
  const std::array<double, 4> values{1, -0.0, 0x1p-149, f64_of(0x7ff8000000000000)};
  const Value looked = lookup(values, i, DType::f32);
  g.output("y", select(mask, x * beta + tenth, looked).id);
  g.output("z", cast(bitcast(x, DType::i32) ^ -1, DType::i64).id);
  g.output("wide", g.scalar_as(0, DType::f64));
  return g;
}

Graph math(Op op, DType dtype) {
  Graph g;
  std::vector<NodeId> args;
  for (int i = 0; i < arity(op); ++i)
    args.push_back(g.input(std::string(1, static_cast<char>('a' + i)), dtype, {"n"}));
  g.output("y", g.apply(op, args));
  return g;
}

std::string expanded(const Graph& g, Tier tier) { return print(lower(g, tier)->expanded); }

TEST(Golden, GraphText) { EXPECT_TRUE(is_golden("graph", print(showcase()))); }

TEST(Golden, Dot) { EXPECT_TRUE(is_golden("graph_dot", print_dot(showcase()))); }

TEST(Golden, Narrowing) {
  // gelu(x + b) as its formula would be, of primitives: what stays f64 and what becomes f32 again.
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  const Value b{&g, g.input("b", DType::f32, {"n"})};
  const Value sum = x + b;
  g.output("relu", max(sum, 0.0).id);
  g.output("scaled", (sum * 0.1).id);
  g.output("clipped", min(max(x * 0.5, -1.0), 1.0).id);
  g.output("where", select(x > b, x, b).id);
  EXPECT_TRUE(is_golden("narrowing", expanded(g, Tier::precise)));
}

TEST(Golden, Expansions) {
  for (Op op : {Op::rsqrt, Op::exp2, Op::sigmoid, Op::silu})
    for (Tier tier : {Tier::precise, Tier::fast}) {
      const std::string name = "expanded_" + std::string(text(op)) + "_" + std::string(text(tier));
      EXPECT_TRUE(is_golden(name, expanded(math(op, DType::f32), tier)));
    }
}

TEST(Golden, Firings) {
  Graph g;
  const Value x{&g, g.input("x", DType::f64, {"n"})};
  g.output("y", (-(-x) + 2.0 * (x / 1.0) - 0.0).id);
  std::vector<Firing> log;
  std::string text;
  const Graph s = simplify(g, Preserves::bits, &log);
  for (const Firing& f : log) text += std::string(f.rule) + "\n";
  EXPECT_TRUE(is_golden("firings", text + print(s)));
}

std::string plan_of(const Graph& g, const char* target) {
  return *engine().dump(g, *make_spec(g, Tier::precise, target), Stage::plan);
}

TEST(Golden, Plans) {
  Graph bias;
  const Value x{&bias, bias.input("x", DType::f32, {"n", 128})};
  const Value b{&bias, bias.input("b", DType::f32, {128})};
  const Value k{&bias, bias.scalar("k", DType::f32, 1)};
  bias.output("y", max((x + b) * k, 0.0).id);
  EXPECT_TRUE(is_golden("plan_bias_v3", plan_of(bias, "x86-64-v3")));
  EXPECT_TRUE(is_golden("plan_bias_v4", plan_of(bias, "x86-64-v4")));
  Graph rows;
  const Value r{&rows, rows.input("r", DType::f32, {"n", 1})};
  const Value z{&rows, rows.input("z", DType::f32, {"n", "m"})};
  rows.output("root", sqrt(abs(r)).id);
  rows.output("y", (z / sqrt(abs(r))).id);
  EXPECT_TRUE(is_golden("plan_rows_v4", plan_of(rows, "x86-64-v4")));
  EXPECT_TRUE(is_golden("plan_showcase_v4", plan_of(showcase(), "x86-64-v4")));
}

// Of a program whose inputs are of this shape, but for b.
std::string plan_of(std::string_view text, const Shape& shape, const Shape& of_b = {}) {
  const Result<Program> program = parse_program(text);
  std::vector<Binding> bindings;
  for (const std::string& name : program->inputs())
    bindings.push_back({name, DType::f32, name == "b" ? of_b : shape});
  return plan_of(*build(*program, bindings), "x86-64-v4");
}

TEST(Golden, PlansAlongAxes) {
  EXPECT_TRUE(is_golden("plan_softmax_v4", plan_of("softmax(x)", {"n", "m"})));
  EXPECT_TRUE(is_golden("plan_softmax_across_v4", plan_of("softmax(x, axis=0)", {"n", "m"})));
  EXPECT_TRUE(is_golden("plan_norm_gelu_v4", plan_of("gelu(layer_norm(x))", {"n", "m"})));
  EXPECT_TRUE(is_golden("plan_sparsemax_v4", plan_of("sparsemax(x)", {"n", "m"})));
  EXPECT_TRUE(is_golden("plan_swiglu_v4", plan_of("swiglu(x)", {"n", 20})));
  // Two kernels: the gradient of the bias is a sum over rows.
  const char* loss =
      "loss = -sum(t * log_softmax(x + b), axis=-1); loss, grad(loss, x), grad(loss, b)";
  EXPECT_TRUE(is_golden("plan_bias_gradient_v4", plan_of(loss, {"n", 10}, {10})));
}

TEST(Golden, ParseErrors) {
  std::string text;
  for (const char* wrong :
       {"graph {\n  x = input f32[n,\n}", "graph {\n  x = input f32\n  %1 = neg y : f32\n}",
        "graph {\n  x = input f32\n\t%1 = frobnicate x : f32\n}",
        "graph {\n  x = input f32[2]\n  y = input f32[3]\n  %1 = add x y : f32[2]\n}",
        "graph {\n  x = input f32\n  y = input f64\n  %1 = add x y : f32\n}",
        "graph {\n  x = input f32\n}"})
    text += parse_graph(wrong).error().to_string() + "\n\n";
  EXPECT_TRUE(is_golden("errors_graph_text", text));
}

TEST(Golden, CallErrors) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n", 4})};
  const Value b{&g, g.input("b", DType::f32, {4})};
  g.output("y", (x + b).id);
  const Kernel kernel = *engine().compile(g, *make_spec(g, Tier::precise, "x86-64-v3"));
  alignas(8) static float memory[64] = {};
  const auto view = [](std::vector<std::int64_t> dims, int at, DType t = DType::f32) {
    return TensorView::dense(t, memory + at, std::move(dims));
  };
  std::string text;
  const auto call = [&](std::vector<TensorView> in, std::vector<TensorView> out) {
    const Result<void> result = kernel(in, out);
    text += result ? "no error\n"
                   : std::string(name(result.error().code)) + ": " + result.error().message + "\n";
  };
  TensorView every_other = view({2, 4}, 0);
  every_other.strides = {8, 2};
  TensorView folded = view({2, 4}, 32);
  folded.strides = {1, 1};
  call({view({2, 4}, 0)}, {view({2, 4}, 32)});
  call({view({2, 4}, 0, DType::f64), view({4}, 16)}, {view({2, 4}, 32)});
  call({view({2, 5}, 0), view({4}, 16)}, {view({2, 4}, 32)});
  call({view({2, 4}, 0), view({4}, 16)}, {view({3, 4}, 32)});
  call({view({2, 4}, 0), view({4}, 16)}, {view({2, 4}, 1)});
  call({every_other, view({4}, 16)}, {view({2, 4}, 32)});
  call({view({2, 4}, 0), view({4}, 16)}, {folded});
  EXPECT_TRUE(is_golden("errors_call", text));
}

}  // namespace
}  // namespace actjit::test
