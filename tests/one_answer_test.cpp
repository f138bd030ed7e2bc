// One answer: a kernel gives the interpreter's bits for every element, wherever it lies: every
// length, offset, stride, rank, broadcast and split, in place or apart; and touches nothing else.
#include <gtest/gtest.h>

#include "ir/print.h"
#include "ir/value.h"
#include "tests/support/arrange.h"
#include "tests/support/doing.h"
#include "tests/support/generator.h"

namespace actjit::test {
namespace {

struct Program {
  std::string name;
  Graph graph;
};

// One loop of several steps, of one step, of all dtypes together, of bytes only.
std::vector<Program> programs() {
  std::vector<Program> out;
  const auto make = [&](const char* name, auto build) {
    out.push_back({name, {}});
    build(out.back().graph);
  };
  make("short", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    const Value b{&g, g.input("b", DType::f32, {"n"})};
    g.output("y", fma(x, b, abs(x) + 0.5).id);
  });
  make("doubles", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f64, {"n"})};
    Value y = x;
    for (int i = 0; i < 6; ++i) y = max(y / 3.0, x * y) - 0.25;
    g.output("y", y.id);
  });
  make("long", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    Value y = x;
    for (int i = 0; i < 12; ++i) y = fma(y, x, 1.0 / (i + 1)) / (abs(y) + 1.0);
    g.output("y", y.id);
  });
  make("mixed", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    const Value d{&g, g.input("d", DType::f64, {"n"})};
    const Value i{&g, g.input("i", DType::i32, {"n"})};
    const Value p{&g, g.input("p", DType::boolean, {"n"})};
    const Value s{&g, g.scalar("s", DType::f64, 1)};
    g.output("f", select(p, x, cast(i, DType::f32)).id);
    g.output("e", (cast(x, DType::f64) * d + s).id);
    g.output("q", (p ^ (d < s)).id);
    g.output("l", (cast(i, DType::i64) * cast(d, DType::i64)).id);
  });
  make("halves", [](Graph& g) {
    const Value x{&g, g.input("x", DType::bf16, {"n"})};
    const Value h{&g, g.input("h", DType::f16, {"n"})};
    g.output("y", max(x, x.like(0)).id);
    g.output("z", cast(cast(x, DType::f32) * cast(h, DType::f32), DType::f16).id);
  });
  make("long_halves", [](Graph& g) {
    const Value x{&g, g.input("x", DType::bf16, {"n"})};
    Value y = x;
    for (int i = 0; i < 12; ++i) y = fma(y, x, 1.0 / (i + 1)) / (abs(y) + 1.0);
    g.output("y", y.id);
  });
  make("there", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    g.output("y", cast(x, DType::bf16).id);
    g.output("z", cast(x, DType::f16).id);
  });
  make("and_back", [](Graph& g) {
    const Value x{&g, g.input("x", DType::bf16, {"n"})};
    const Value h{&g, g.input("h", DType::f16, {"n"})};
    g.output("y", (cast(x, DType::f32) + cast(h, DType::f32)).id);
    g.output("d", cast(h, DType::f64).id);
  });
  make("narrowed", [](Graph& g) {
    const Value d{&g, g.input("d", DType::f64, {"n"})};
    const Value i{&g, g.input("i", DType::i64, {"n"})};
    const Value s{&g, g.scalar("s", DType::bf16, 1)};
    g.output("a", cast(d, DType::f16).id);
    g.output("b", cast(d, DType::bf16).id);
    g.output("c", cast(i, DType::bf16).id);
    g.output("e", (cast(d * d, DType::bf16) + s).id);
  });
  make("bytes", [](Graph& g) {
    const Value p{&g, g.input("p", DType::boolean, {"n"})};
    const Value q{&g, g.input("q", DType::boolean, {"n"})};
    g.output("r", (p & ~q).id);
  });
  make("table", [](Graph& g) {
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    std::vector<double> values;
    for (int i = 0; i < 32; ++i) values.push_back(1.0 / (i + 1));
    g.output("y", (x * lookup(values, cast(x, DType::i32), DType::f32)).id);
  });
  return out;
}

class Lengths : public testing::TestWithParam<std::size_t> {};

// The dense kernel, made once, serves every length, at offsets that are aligned to nothing.
TEST_P(Lengths, From0To200) {
  const Program program = programs()[GetParam()];
  Random random(GetParam() + 1);
  for (const Target& target : host_targets()) {
    const Kernel kernel =
        *engine().compile(program.graph, *make_spec(program.graph, Tier::precise, target.name));
    for (std::int64_t n = 0; n <= 200; ++n) {
      doing(program.name + " of " + std::to_string(n) + " on " + std::string(target.name));
      const std::vector<std::vector<std::int64_t>> dims(program.graph.inputs().size(), {n});
      const Call call = make_call(program.graph, Tier::precise, dims, random);
      for (const Arrangement& how :
           {Arrangement{}, Arrangement{.in_place = true}, Arrangement{.pieces = true},
            Arrangement{.in_place = true, .pieces = true}})
        ASSERT_TRUE(right_when_arranged(call, target, how, random, &kernel))
            << program.name << " of " << n << " on " << target.name
            << (how.in_place ? ", in place" : "") << (how.pieces ? ", in pieces" : "");
    }
  }
}

TEST_P(Lengths, EveryCut) {
  const Program program = programs()[GetParam()];
  Random random(GetParam() + 100);
  for (const Target& target : host_targets()) {
    const Kernel kernel =
        *engine().compile(program.graph, *make_spec(program.graph, Tier::precise, target.name));
    const std::vector<std::vector<std::int64_t>> dims(program.graph.inputs().size(), {150});
    const Call call = make_call(program.graph, Tier::precise, dims, random);
    for (int n = 0; n < 150; ++n)
      ASSERT_TRUE(right_when_arranged(call, target, {.pieces = true}, random, &kernel))
          << program.name << " on " << target.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Lengths, testing::Range<std::size_t>(0, programs().size()),
                         [](const auto& p) { return programs()[p.param].name; });

// Random graphs over random shapes, each arranged in several ways.
class Arrangements : public testing::TestWithParam<std::uint64_t> {};

// Whether some outputs are empty and others are not: no kernel does that.
bool partly_empty(const Call& call) {
  std::size_t empty = 0;
  for (const Tensor& t : call.want) empty += t.elements.empty();
  return empty != 0 && empty != call.want.size();
}

void check_graph(std::uint64_t seed) {
  doing("ACTJIT_SEED=" + std::to_string(seed));
  Random random(seed);
  const Graph graph = random_graph(random, {.nodes = 6, .rank = 5, .math = false});
  const Call call = make_call(graph, Tier::fast, random_dims(graph, random), random);
  if (partly_empty(call)) return;
  for (const Target& target : host_targets())
    for (Strides strides : {Strides::dense, Strides::padded, Strides::any})
      for (bool in_place : {false, true})
        for (bool pieces : {false, true})
          ASSERT_TRUE(right_when_arranged(call, target, {strides, in_place, pieces}, random))
              << "seed " << seed << " on " << target.name << ", strides "
              << static_cast<int>(strides) << (in_place ? ", in place" : "")
              << (pieces ? ", in pieces" : "") << "\n"
              << print(graph);
}

TEST_P(Arrangements, OfRandomGraphs) {
  constexpr std::uint64_t graphs = 80;
  if (const auto seed = only_seed()) return check_graph(*seed);
  for (std::uint64_t i = 0; i < graphs; ++i) {
    check_graph(GetParam() * graphs + i);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, Arrangements, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace actjit::test
