// What kernels are made of: objects that need nothing from outside, assembly that calls nothing,
// and every stage as text.
#include <gtest/gtest.h>

#include <regex>

#include "codegen/emit_kernel.h"
#include "ir/print.h"
#include "ir/value.h"
#include "tests/support/cases.h"
#include "tests/support/elf.h"
#include "tests/support/generator.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

Graph scaled(double k) {
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  g.output("y", (x * x + k).id);
  return g;
}

// One graph for every primitive and dtype, and random ones.
std::vector<Graph> many_graphs() {
  std::vector<Graph> out;
  for (Op op : ops_of(OpKind::primitive))
    for (const Case& c : cases_of(op)) {
      Graph g;
      std::vector<NodeId> args;
      for (std::size_t i = 0; i < c.operands.size(); ++i)
        args.push_back(g.input("x" + std::to_string(i), c.operands[i], {"n"}));
      g.output("y", apply(c, g, args));
      out.push_back(g);
    }
  for (Op op : ops_of(OpKind::math))
    for (DType t : float_dtypes) {
      Graph g;
      std::vector<NodeId> args;
      for (int i = 0; i < arity(op); ++i)
        args.push_back(g.input("x" + std::to_string(i), t, {"n"}));
      g.output("y", g.apply(op, args));
      out.push_back(g);
    }
  Random random(5);
  for (int n = 0; n < 60; ++n) out.push_back(random_graph(random));
  return out;
}

std::string dump(const Graph& g, const Target& target, Stage stage) {
  const auto spec = make_spec(g, Tier::precise, target.name);
  EXPECT_TRUE(succeeded(spec));
  const auto text = engine().dump(g, *spec, stage);
  EXPECT_TRUE(succeeded(text)) << print(g);
  return text ? *text : "";
}

TEST(EngineObjects, NeedNoSymbolAndDefineOne) {
  for (const Target& target : all_targets())
    for (const Graph& g : many_graphs()) {
      const std::string object = dump(g, target, Stage::object);
      const std::vector<Symbol> symbols = symbols_of(object);
      int globals = 0;
      for (const Symbol& s : symbols) {
        ASSERT_FALSE(s.is_undefined) << s.name << " is undefined on " << target.name << print(g);
        globals += s.is_global;
        EXPECT_TRUE(!s.is_global || s.name == kernel_symbol()) << s.name;
      }
      ASSERT_EQ(globals, 1) << print(g);
      for (const std::string& section : sections_of(object))
        for (const char* unwanted : {".eh_frame", ".init_array", ".fini_array", ".ctors", ".tdata",
                                     ".tbss", ".data", ".bss"})
          ASSERT_FALSE(section.starts_with(unwanted)) << section << print(g);
    }
}

TEST(EngineObjects, EqualRequestsGiveEqualBytes) {
  const Engine other = *Engine::create();
  for (const Target& target : all_targets()) {
    const Graph g = scaled(0.5);
    const Spec spec = *make_spec(g, Tier::precise, target.name);
    EXPECT_EQ(*engine().dump(g, spec, Stage::object), *other.dump(g, spec, Stage::object));
  }
}

TEST(EngineTexts, AssemblyCallsNothing) {
  const std::regex call("\\n\\s*(call|jmp\\s+[a-z_]+@|jmp\\s+\\*)");
  for (const Target& target : all_targets())
    for (const Graph& g : many_graphs()) {
      const std::string assembly = dump(g, target, Stage::assembly);
      ASSERT_FALSE(std::regex_search(assembly, call)) << target.name << "\n"
                                                      << print(g) << assembly;
    }
}

TEST(EngineTexts, VectorsAreAsWideAsTheTarget) {
  const Graph g = scaled(0.5);
  const Target v4 = *find_target("x86-64-v4");
  const Target v3 = *find_target("x86-64-v3");
  EXPECT_NE(dump(g, v4, Stage::assembly).find("%zmm"), std::string::npos);
  EXPECT_NE(dump(g, v3, Stage::assembly).find("%ymm"), std::string::npos);
  EXPECT_EQ(dump(g, v3, Stage::assembly).find("%zmm"), std::string::npos);
}

// No instruction depends on a fused or reassociated form nobody wrote.
TEST(EngineTexts, NoFastMathAndNoContraction) {
  for (const Target& target : all_targets()) {
    Graph g;
    const Value x{&g, g.input("x", DType::f64, {"n"})};
    const Value y{&g, g.input("y", DType::f64, {"n"})};
    g.output("z", (x * y + x).id);
    EXPECT_EQ(dump(g, target, Stage::assembly).find("vfmadd"), std::string::npos);
    const std::regex flags("f(add|mul|sub|div) (fast|contract|reassoc|nnan|ninf|nsz|arcp)");
    for (Stage stage : {Stage::llvm, Stage::llvm_opt})
      EXPECT_FALSE(std::regex_search(dump(g, target, stage), flags));
  }
}

TEST(EngineTexts, EveryStageHasAName) {
  const Graph g = scaled(0.5);
  for (Stage stage : {Stage::graph, Stage::simplified, Stage::expanded, Stage::plan, Stage::llvm,
                      Stage::llvm_opt, Stage::assembly, Stage::object, Stage::dot}) {
    EXPECT_EQ(find_stage(text(stage)), stage);
    EXPECT_FALSE(dump(g, all_targets()[0], stage).empty()) << text(stage);
  }
  EXPECT_FALSE(find_stage("nothing"));
}

TEST(EngineTexts, GraphStagesParseBack) {
  const Graph g = scaled(0.5);
  for (Stage stage : {Stage::graph, Stage::simplified, Stage::expanded}) {
    const std::string text = dump(g, all_targets()[0], stage);
    const Result<Graph> parsed = parse_graph(text);
    ASSERT_TRUE(succeeded(parsed));
    EXPECT_EQ(print(*parsed), text);
  }
}

}  // namespace
}  // namespace actjit::test
