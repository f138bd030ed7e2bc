// Random graphs: what is compiled equals what is interpreted, bit for bit, in every tier and on
// every target; simplification changes no bit; text comes back as the graph it was.
//
// A failure prints its seed; ACTJIT_SEED=N reruns that graph alone.
#include <gtest/gtest.h>

#include "ir/meaning.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/support/doing.h"
#include "tests/support/generator.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr std::uint64_t shards = 20;
constexpr std::uint64_t graphs_per_shard = 1000;

struct Sample {
  Graph graph;
  Tier tier;
  std::vector<Tensor> inputs;
  std::vector<double> scalars;
};

Sample make_sample(std::uint64_t seed) {
  Random random(seed * 0x9e3779b97f4a7c15 + 1);
  const Tier tier = seed % 2 == 0 ? Tier::precise : Tier::fast;
  // Math functions are long: they take part in some graphs, primitives have the others to
  // themselves.
  const bool math = seed % 4 < 2;
  Sample s{random_graph(random, {.math = math}), tier, {}, {}};
  const auto dims = random_dims(s.graph, random);
  for (std::size_t i = 0; i < dims.size(); ++i)
    s.inputs.push_back(random_tensor(s.graph[s.graph.inputs()[i].node].dtype, dims[i], random));
  for (std::size_t i = 0; i < s.graph.scalars().size(); ++i)
    s.scalars.push_back(f64_of(random_element(DType::f64, random)));
  return s;
}

void check_text(const Graph& graph) {
  const Result<Graph> parsed = parse_graph(print(graph));
  ASSERT_TRUE(succeeded(parsed));
  ASSERT_TRUE(*parsed == graph) << print(*parsed);
}

// The bits that the graph has without simplification are those it has with it. Tier fast permits
// rules that keep less; those that keep bits are asked alone.
void check_simplification(const Sample& s) {
  const Graph wide = widen(s.graph, evaluation_dtype(s.graph, s.tier));
  const Graph simplified = simplify(wide, Preserves::bits);
  ASSERT_TRUE(same_tensors(run_oracle(expand(simplified, s.tier), s.inputs, s.scalars),
                           run_oracle(meaning(s.graph, s.tier), s.inputs, s.scalars)))
      << print(simplified);
}

// No kernel computes some outputs and leaves others, which are empty.
bool partly_empty(const std::vector<Tensor>& tensors) {
  std::size_t empty = 0;
  for (const Tensor& t : tensors) empty += t.elements.empty();
  return empty != 0 && empty != tensors.size();
}

void check_compiled(const Sample& s, const std::vector<Tensor>& want) {
  for (const Target& target : host_targets()) {
    const Result<Spec> spec = make_spec(s.graph, s.tier, target.name);
    ASSERT_TRUE(succeeded(spec));
    const auto got = run_compiled(s.graph, *spec, s.inputs, s.scalars);
    if (partly_empty(want)) {
      ASSERT_FALSE(got);
      ASSERT_EQ(got.error().code, ErrorCode::unsupported) << got.error().to_string();
      continue;
    }
    ASSERT_TRUE(succeeded(got)) << target.name;
    ASSERT_TRUE(same_tensors(*got, want)) << "on " << target.name;
  }
}

void check_seed(std::uint64_t seed) {
  doing("ACTJIT_SEED=" + std::to_string(seed));
  const Sample s = make_sample(seed);
  SCOPED_TRACE("ACTJIT_SEED=" + std::to_string(seed) + ", tier " + std::string(text(s.tier)) +
               "\n" + print(s.graph));
  ASSERT_TRUE(verify(s.graph).empty()) << annotate(s.graph, verify(s.graph));
  check_text(s.graph);
  const Result<Lowered> lowered = lower(s.graph, s.tier);
  ASSERT_TRUE(succeeded(lowered));
  check_text(lowered->expanded);
  const std::vector<Tensor> want = run_oracle(lowered->expanded, s.inputs, s.scalars);
  const auto interpreted = interpret(s.graph, s.tier, s.inputs, s.scalars);
  ASSERT_TRUE(succeeded(interpreted));
  ASSERT_TRUE(same_tensors(*interpreted, want)) << "the interpreter of tensors";
  check_simplification(s);
  check_compiled(s, want);
}

class Fuzz : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Fuzz, CompiledIsInterpreted) {
  if (const auto seed = only_seed()) return check_seed(*seed);
  for (std::uint64_t i = 0; i < graphs_per_shard; ++i) {
    check_seed(GetParam() * graphs_per_shard + i);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Graphs, Fuzz, testing::Range<std::uint64_t>(0, shards));

}  // namespace
}  // namespace actjit::test
