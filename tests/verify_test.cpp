// The verifier names every fault of a graph, not only the first, and shapes and extents say what
// does not fit. Builders refuse most faults themselves, as internal errors.
#include <gtest/gtest.h>

#include "ir/extents.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/support/cases.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Verify, SoundGraphsHaveNoViolations) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {"n"});
  g.output("y", g.apply(Op::exp, std::array{x}));
  EXPECT_TRUE(verify(g).empty());
  EXPECT_TRUE(verified(g));
}

TEST(Verify, AllFaultsAreNamedAtOnce) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {"n"});
  g.input("x", DType::f32, {"n"});
  g.input("not a name", DType::f32, {"n"});
  g.scalar("x", DType::f32, 0);
  g.output("y", x);
  g.output("y", x);
  g.output("", x);
  const Result<void> result = verified(g);
  ASSERT_FALSE(result);
  const std::string& message = result.error().message;
  EXPECT_EQ(result.error().code, ErrorCode::invalid_graph);
  EXPECT_EQ(verify(g).size(), 5u) << message;
  for (const char* part : {"'x' is used twice", "'not a name' is not an identifier",
                           "'y' is used twice", "'' is not an identifier"})
    EXPECT_TRUE(mentions(message, part)) << part << " in " << message;
}

TEST(Verify, AGraphWithoutOutputs) {
  Graph g;
  g.input("x", DType::f32, {"n"});
  const std::vector<Violation> found = verify(g);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].node, no_node);
  EXPECT_EQ(found[0].message, "the graph has no output");
}

TEST(Verify, ShapesOfInputs) {
  Graph g;
  g.output("y", g.input("x", DType::f32, {"n-1", std::int64_t{-3}}));
  g.output("z", g.input("many", DType::f32, Shape(max_rank + 1, Dim(std::int64_t{1}))));
  const Result<void> result = verified(g);
  ASSERT_FALSE(result);
  EXPECT_EQ(verify(g).size(), 3u);
  for (const char* part : {"'n-1' is not an identifier", "a dimension of -3 elements",
                           "has 17 dimensions, at most 16"})
    EXPECT_TRUE(mentions(result.error().message, part)) << part;
}

TEST(Verify, ARepeatedNameShowsAtItsNode) {
  Graph g;
  g.input("x", DType::f32, {"n"});
  const NodeId second = g.input("x", DType::f64, {"n"});
  g.output("y", second);
  const std::vector<Violation> found = verify(g);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].node, second);
  EXPECT_EQ(annotate(g, found),
            "%0 = input : f32[n]\n%1 = input : f64[n]\n    ^ the name 'x' is used twice\n");
}

// The type rules: every tuple of dtypes is accepted or refused with a reason, and the builder and
// the interpreter agree with that.
TEST(Infer, EveryTupleOfDTypes) {
  for (const OpInfo& row : op_table) {
    if (row.kind == OpKind::leaf || has_axes(row.op)) continue;
    std::size_t tuples = 1;
    for (int i = 0; i < row.arity; ++i) tuples *= std::size(all_dtypes);
    for (std::size_t tuple = 0; tuple < tuples; ++tuple) {
      Graph g;
      std::vector<NodeId> args;
      std::vector<DType> types;
      for (std::size_t rest = tuple, i = 0; i < static_cast<std::size_t>(row.arity); ++i) {
        types.push_back(all_dtypes[rest % std::size(all_dtypes)]);
        rest /= std::size(all_dtypes);
        args.push_back(g.input("x" + std::to_string(i), types.back(), {"n"}));
      }
      g.table(DType::f32, {0});
      const Inferred type = infer_dtype(row.op, types, DType::i32);
      if (type.problem) {
        EXPECT_EQ(type.code, ErrorCode::type_mismatch);
        EXPECT_THROW(g.apply(row.op, args, {0, 0}, DType::i32), InternalError);
      } else {
        g.output("y", g.apply(row.op, args, {0, 0}, DType::i32));
        EXPECT_TRUE(verify(g).empty()) << print(g);
      }
    }
  }
}

TEST(Infer, RefusesWhatIsNotThere) {
  Graph g;
  const NodeId x = g.input("x", DType::i32, {"n"});
  EXPECT_EQ(g.infer(Op::add, std::array{x}, {0, 0}, DType::f32).code, ErrorCode::type_mismatch);
  EXPECT_EQ(g.infer(Op::neg, std::array{NodeId{7}}, {0, 0}, DType::f32).code,
            ErrorCode::invalid_graph);
  EXPECT_EQ(g.infer(Op::lookup, std::array{x}, {3, 0}, DType::f32).code, ErrorCode::invalid_graph);
}

TEST(Builder, FaultsAreOurs) {
  Graph g;
  EXPECT_THROW(g.table(DType::f32, {}), InternalError);
  EXPECT_THROW(g.table(DType::f32, {1, 2, 3}), InternalError);
  EXPECT_THROW(g.constant(DType::i32, 1.0), InternalError);
  EXPECT_THROW(g.integer(DType::f32, 1), InternalError);
  EXPECT_THROW(g.output("y", 0), InternalError);
  EXPECT_THROW(g.scalar_as(0, DType::f32), InternalError);
}

TEST(Graph, EqualNodesAreOneNode) {
  Graph g;
  const NodeId x = g.input("x", DType::f32, {"n"});
  EXPECT_EQ(g.apply(Op::neg, std::array{x}), g.apply(Op::neg, std::array{x}));
  EXPECT_EQ(g.constant(DType::f32, 0.5), g.constant(DType::f32, 0.5));
  EXPECT_NE(g.constant(DType::f32, 0.0), g.constant(DType::f32, -0.0));
  EXPECT_NE(g.constant(DType::f32, 0.5), g.constant(DType::f64, 0.5));
  EXPECT_NE(g.constant(DType::f32, {0.5, 1e-30}), g.constant(DType::f32, 0.5));
  EXPECT_EQ(g.table(DType::f32, {1, 2}), g.table(DType::f32, {1, 2}));
  EXPECT_NE(g.table(DType::f32, {1, 2}), g.table(DType::i32, {1, 2}));
  // Through several growths of the table of nodes.
  std::vector<NodeId> made;
  for (int i = 0; i < 5000; ++i) made.push_back(g.integer(DType::i32, i));
  for (int i = 0; i < 5000; ++i)
    EXPECT_EQ(g.integer(DType::i32, i), made[static_cast<std::size_t>(i)]);
}

TEST(Shape, Broadcasts) {
  const auto is = [](const Shape& a, const Shape& b, const std::optional<Shape>& want) {
    EXPECT_EQ(broadcast(a, b), want) << to_string(a) << to_string(b);
    EXPECT_EQ(broadcast(b, a), want) << to_string(b) << to_string(a);
  };
  const Dim zero(std::int64_t{0});
  is({}, {}, Shape{});
  is({}, {"n"}, Shape{"n"});
  is({1}, {"n"}, Shape{"n"});
  is({"n"}, {"n"}, Shape{"n"});
  is({"n"}, {"m"}, std::nullopt);
  is({"n"}, {4}, std::nullopt);
  is({3, 1}, {4}, Shape{3, 4});
  is({3, 1}, {2, 1, 5}, Shape{2, 3, 5});
  is({3}, {4}, std::nullopt);
  is({zero}, {1}, Shape{zero});
  is({zero}, {3}, std::nullopt);
  is({"n", 3}, {1, 1, 1}, Shape{1, "n", 3});
}

TEST(Shape, TextBothWays) {
  for (const char* text : {"[]", "[1797,128]", "[n]", "[n,1,m_2]", "[0]"}) {
    const std::optional<Shape> shape = parse_shape(text);
    ASSERT_TRUE(shape) << text;
    EXPECT_EQ(to_string(*shape), text);
  }
  EXPECT_EQ(parse_shape("[ n , 3 ]"), (Shape{"n", 3}));
  for (const char* text :
       {"", "[", "]", "n", "[,]", "[1,]", "[,1]", "[-1]", "[1 2]", "[n-1]", "[3n]",
        "[99999999999999999999]", "[1]]", "[[1]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"})
    EXPECT_FALSE(parse_shape(text)) << text;
}

TEST(Extents, LearnSymbols) {
  Extents e;
  const std::int64_t five_three[] = {5, 3};
  const std::int64_t six[] = {6};
  EXPECT_TRUE(e.bind("x", {"n", 3}, five_three));
  EXPECT_EQ(e.resolve({"n", "n", 2}), (std::vector<std::int64_t>{5, 5, 2}));
  const Result<void> again = e.bind("y", {"n"}, six);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::shape_mismatch);
  EXPECT_EQ(again.error().message, "'y' has the shape [6], wanted [n], where n is 5 already");
  EXPECT_EQ(e.bind("z", {"n"}, five_three).error().message, "'z' has the shape [5,3], wanted [n]");
  EXPECT_EQ(e.bind("z", {7}, six).error().message, "'z' has the shape [6], wanted [7]");
}

}  // namespace
}  // namespace actjit::test
