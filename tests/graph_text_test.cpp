// The text form of graphs: parse_graph(print(g)) == compact(g), and what the parser says of text
// that is no graph. The fuzz test makes the round trip with random graphs.
#include <gtest/gtest.h>

#include <clocale>

#include "ir/print.h"
#include "ir/rebuild.h"
#include "ir/verify.h"
#include "tests/support/generator.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

void expect_round_trip(const Graph& g) {
  const Result<Graph> parsed = parse_graph(print(g));
  ASSERT_TRUE(succeeded(parsed)) << print(g);
  EXPECT_TRUE(*parsed == compact(g)) << print(g) << print(*parsed);
  EXPECT_EQ(print(*parsed), print(g));
}

TEST(GraphText, ConstantsKeepTheirBits) {
  Graph g;
  int outputs = 0;
  for (DType t : all_dtypes)
    for (Bits b : special_values(t))
      g.output("y" + std::to_string(outputs++),
               is_float(t) ? g.constant(t, t == DType::f64 ? f64_of(b) : double{f32_of(b)})
                           : g.integer(t, static_cast<std::int64_t>(b)));
  // Reals with a low part, of either sign, and a low part of -0.
  for (double lo : {0x1p-55, -0x1.23p-58, -0.0, 5e-324})
    g.output("y" + std::to_string(outputs++), g.constant(DType::f32, {0.1, lo}));
  expect_round_trip(g);
}

TEST(GraphText, TablesKeepTheirBits) {
  Graph g;
  const NodeId i = g.input("i", DType::i32, {"n"});
  int outputs = 0;
  for (DType t : all_dtypes) {
    std::vector<Bits> values = special_values(t);
    while ((values.size() & (values.size() - 1)) != 0) values.push_back(values[0]);
    g.output("y" + std::to_string(outputs++),
             g.apply(Op::lookup, std::array{i}, {g.table(t, values), 0}));
  }
  expect_round_trip(g);
}

TEST(GraphText, NamesThatLookLikeKeywords) {
  for (const char* name : {"output", "graph", "input", "scalar", "table", "t0", "const", "add",
                           "f32", "true", "inf", "_", "x1"}) {
    Graph g;
    const NodeId x = g.input(name, DType::f32, {name, 3});
    const NodeId index = g.apply(Op::cast, std::array{x}, {0, 0}, DType::i32);
    const std::uint32_t table = g.table(DType::f32, {0, to_bits(1.0f)});
    g.output("output", x);
    g.output(name, g.apply(Op::lookup, std::array{index}, {table, 0}));
    expect_round_trip(g);
  }
}

TEST(GraphText, ScalarsReadInOtherDTypes) {
  Graph g;
  const NodeId s = g.scalar("s", DType::f32, -0.0);
  g.scalar("unused", DType::f64, f64_of(0x7ff8000000000001));
  const NodeId wide = g.scalar_as(0, DType::f64);
  g.output("a", s);
  g.output("b", wide);
  expect_round_trip(g);
}

TEST(GraphText, ShapesOfEveryKind) {
  Graph g;
  const NodeId x = g.input("x", DType::f64, {"n", 1, Dim(std::int64_t{0}), "long_name", 7});
  const NodeId y = g.input("y", DType::f64, {5, 1, "long_name", 1});
  g.output("z", g.apply(Op::add, std::array{x, y}));
  expect_round_trip(g);
}

TEST(GraphText, DeadNodesAndOrderOfCreationDoNotShow) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {"n"});
  g.apply(Op::sqrt, std::array{x});
  g.output("y", g.apply(Op::neg, std::array{x}));
  Graph h;
  const NodeId z = h.input("x", DType::f32, {"n"});
  h.output("y", h.apply(Op::neg, std::array{z}));
  EXPECT_EQ(print(g), print(h));
  EXPECT_TRUE(compact(g) == compact(h));
  EXPECT_EQ(compact(g).hash(), compact(h).hash());
}

TEST(GraphText, TheLocaleDoesNotMatter) {
  // Where no such locale is installed this test says nothing; it fails where the parser asks it.
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  std::setlocale(LC_NUMERIC, "de_DE.UTF-8");
  Graph g;
  g.output("y", g.constant(DType::f64, 0.1));
  expect_round_trip(g);
  std::setlocale(LC_NUMERIC, before.c_str());
}

struct Mistake {
  const char* text;
  ErrorCode code;
  std::uint32_t line;
  std::uint32_t column;
  const char* says;
};

class GraphTextErrors : public testing::TestWithParam<Mistake> {};

// For the test's output.
void PrintTo(const Mistake& m, std::ostream* out) { *out << '"' << m.text << '"'; }

TEST_P(GraphTextErrors, SayWhereAndWhat) {
  const Mistake& m = GetParam();
  const Result<Graph> parsed = parse_graph(m.text);
  ASSERT_FALSE(parsed) << m.text;
  const Error& e = parsed.error();
  EXPECT_EQ(e.code, m.code) << name(e.code) << ": " << e.to_string();
  EXPECT_NE(e.message.find(m.says), std::string::npos) << e.message;
  ASSERT_TRUE(e.where) << e.message;
  EXPECT_EQ(e.where->line, m.line) << e.to_string();
  EXPECT_EQ(e.where->column, m.column) << e.to_string();
}

constexpr auto syntax = ErrorCode::syntax;
constexpr auto unknown = ErrorCode::unknown_name;
INSTANTIATE_TEST_SUITE_P(
    GraphText, GraphTextErrors,
    testing::Values(
        Mistake{"", syntax, 1, 1, "begins with 'graph {'"},
        Mistake{"graph", syntax, 1, 1, "begins with 'graph {'"},
        Mistake{"graph {\n", syntax, 1, 8, "'}' is missing"},
        Mistake{"graph {\n x = input f32[n]\n}\n", ErrorCode::invalid_graph, 3, 1, "no output"},
        Mistake{"graph {\n x = input f32[n]\n output y = x\n}\nz", syntax, 5, 1,
                "nothing may follow"},
        Mistake{"graph {\n x = input f32[n]\n output y = x\n} z", syntax, 4, 3,
                "nothing may follow"},
        Mistake{"graph {\n x input f32[n]\n}", syntax, 2, 2, "expected 'NAME = ...'"},
        Mistake{"graph {\n x = input f33[n]\n}", syntax, 2, 12, "input DTYPE[SHAPE]"},
        Mistake{"graph {\n x = input f32[n\n}", syntax, 2, 12, "input DTYPE[SHAPE]"},
        Mistake{"graph {\n x = input f32[-1]\n}", syntax, 2, 12, "input DTYPE[SHAPE]"},
        Mistake{"graph {\n x = input f32[99999999999999999999]\n}", syntax, 2, 12, "input"},
        Mistake{"graph {\n x = input f32\n x = input f32\n}", syntax, 3, 2, "'x' is defined twice"},
        Mistake{"graph {\n s = scalar i32 1\n}", syntax, 2, 13, "scalar FLOAT_DTYPE"},
        Mistake{"graph {\n s = scalar f32 1x\n}", syntax, 2, 13, "scalar FLOAT_DTYPE"},
        Mistake{"graph {\n %1 = const f32 0x\n}", syntax, 2, 17, "exact numbers"},
        Mistake{"graph {\n %1 = const f32 --1\n}", syntax, 2, 17, "exact numbers"},
        Mistake{"graph {\n %1 = const f32 nan\n}", syntax, 2, 17, "exact numbers"},
        Mistake{"graph {\n %1 = const f32 1 2 3\n}", syntax, 2, 17, "exact numbers"},
        Mistake{"graph {\n %1 = const i32 2147483648\n}", syntax, 2, 17, "constant's dtype"},
        Mistake{"graph {\n %1 = const bool 1\n}", syntax, 2, 18, "constant's dtype"},
        Mistake{"graph {\n t0 = table f32 1 2 3\n}", syntax, 2, 13, "power of two"},
        Mistake{"graph {\n t0 = table f32\n}", syntax, 2, 13, "power of two"},
        Mistake{"graph {\n t0 = table i32 1 x\n}", syntax, 2, 19, "table's dtype"},
        Mistake{"graph {\n x = input i32\n %1 = lookup t0 x : f32\n}", unknown, 3, 14, "table"},
        Mistake{"graph {\n x = input f32\n %1 = frob x : f32\n}", unknown, 3, 7, "'frob'"},
        Mistake{"graph {\n x = input f32\n %1 = neg z : f32\n}", unknown, 3, 11, "'z'"},
        Mistake{"graph {\n x = input f32\n %1 = neg x\n}", syntax, 3, 12, "DTYPE[SHAPE]"},
        Mistake{"graph {\n x = input f32\n %1 = neg x : f64\n}", ErrorCode::type_mismatch, 3, 15,
                "give f32"},
        Mistake{"graph {\n x = input f32\n %1 = add x : f32\n}", ErrorCode::type_mismatch, 3, 7,
                "number of operands"},
        Mistake{"graph {\n x = input f32[2]\n y = input f32[3]\n %1 = add x y : f32[2]\n}",
                ErrorCode::shape_mismatch, 4, 7, "do not broadcast"},
        Mistake{"graph {\n x = input f32\n output y = z\n}", unknown, 3, 13, "defined above"}));

// No text makes the parser do anything but answer: cuts and changed bytes of a sound one.
TEST(GraphText, DamagedTextIsAnswered) {
  Random random(3);
  for (int n = 0; n < 20000; ++n) {
    std::string text = print(random_graph(random));
    if (random.one_in(2)) text.resize(random.below(text.size()));
    for (std::uint64_t k = random.below(4); k > 0 && !text.empty(); --k)
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    const Result<Graph> parsed = parse_graph(text);
    // What still parses has a text of its own, or is refused by the verifier.
    if (parsed && verify(*parsed).empty()) expect_round_trip(*parsed);
    if (HasFatalFailure()) return;
  }
}

TEST(Dot, NamesEveryLiveNode) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {"n"});
  const NodeId k = g.constant(DType::f32, 0.5);
  g.apply(Op::sqrt, std::array{x});
  g.output("y", g.apply(Op::mul, std::array{x, k}));
  const std::string dot = print_dot(g);
  for (const char* part :
       {"digraph", "\"x\\nf32[n]\"", "\"mul\\nf32[n]\"", "\"0.5\\nf32\"", "\"y\""})
    EXPECT_NE(dot.find(part), std::string::npos) << part << " in\n" << dot;
  EXPECT_EQ(dot.find("sqrt"), std::string::npos) << dot;
}

}  // namespace
}  // namespace actjit::test
