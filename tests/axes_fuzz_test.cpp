// Random graphs with reductions, views, broadcasts and gradients: what is compiled equals what is
// interpreted, bit for bit, in every tier and on every target, however the tensors lie and the work
// is split.
//
// A failure prints its seed; ACTJIT_SEED=N reruns that graph alone.
#include <gtest/gtest.h>

#include "codegen/schedule.h"
#include "ir/derivative.h"
#include "ir/meaning.h"
#include "ir/print.h"
#include "ir/rebuild.h"
#include "ir/verify.h"
#include "tests/support/arrange.h"
#include "tests/support/doing.h"
#include "tests/support/generator.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr std::uint64_t shards = 20;
constexpr std::uint64_t graphs_per_shard = 1000;

void check_text(const Graph& graph) {
  const Result<Graph> parsed = parse_graph(print(graph));
  ASSERT_TRUE(succeeded(parsed)) << print(graph);
  ASSERT_TRUE(*parsed == graph) << print(*parsed);
}

bool is_empty(const std::vector<Tensor>& tensors) {
  for (const Tensor& t : tensors)
    if (t.elements.empty()) return true;
  return false;
}

// The same with the gradients of an output with respect to some of the inputs it depends on, where
// it has them.
Graph with_gradients(const Graph& in, Random& random) {
  Graph g = in;
  const NodeId y = random.pick(g.outputs()).node;
  std::vector<NodeId> wrt;
  for (const Input& i : g.inputs())
    if (is_float(g[i.node].dtype) && random.one_in(2)) wrt.push_back(i.node);
  if (!is_float(g[y].dtype) || wrt.empty()) return in;
  const Seed seed{y, g.input("dy", g[y].dtype, g.shape(y))};
  const Gradients gradients = differentiate(g, std::span(&seed, 1), wrt);
  if (gradients.problem) return in;
  for (std::size_t i = 0; i < wrt.size(); ++i)
    g.output("d" + std::to_string(i), gradients.nodes[i]);
  // Derivatives of derivatives of twelve operations may be thousands.
  return g.size() < 400 ? compact(g) : in;
}

void check_seed(std::uint64_t seed) {
  doing("ACTJIT_SEED=" + std::to_string(seed));
  Random random(seed * 0x9e3779b97f4a7c15 + 2);
  const Tier tier = seed % 2 == 0 ? Tier::precise : Tier::fast;
  const Graph forward = random_graph(random, {.math = seed % 8 == 0, .axes = true});
  const Graph graph = seed % 3 == 0 ? with_gradients(forward, random) : forward;
  std::vector<Tensor> inputs;
  const auto dims = random_dims(graph, random);
  for (std::size_t i = 0; i < dims.size(); ++i)
    inputs.push_back(random_tensor(graph[graph.inputs()[i].node].dtype, dims[i], random));
  std::vector<double> scalars;
  for (std::size_t i = 0; i < graph.scalars().size(); ++i)
    scalars.push_back(f64_of(random_element(DType::f64, random)));
  SCOPED_TRACE("ACTJIT_SEED=" + std::to_string(seed) + ", tier " + std::string(text(tier)) + "\n" +
               print(graph));
  ASSERT_TRUE(verify(graph).empty()) << annotate(graph, verify(graph));
  check_text(graph);
  const auto want = interpret(graph, tier, inputs, scalars);
  ASSERT_TRUE(succeeded(want));
  if (tier == Tier::precise) {
    ASSERT_TRUE(same_tensors(*want, interpret_primitives(meaning(graph, tier), inputs, scalars)));
  }
  for (const Target& target : host_targets()) {
    const Result<Spec> spec = make_spec(graph, tier, target.name);
    ASSERT_TRUE(succeeded(spec));
    const auto got = run_compiled(graph, *spec, inputs, scalars);
    if (!got && got.error().code == ErrorCode::unsupported && is_empty(*want)) continue;
    ASSERT_TRUE(succeeded(got)) << "on " << target.name << "\n" << print(schedule(graph), graph);
    ASSERT_TRUE(same_tensors(*got, *want)) << "on " << target.name << "\n"
                                           << print(schedule(graph), graph);
  }
}

class AxesFuzz : public testing::TestWithParam<std::uint64_t> {};

TEST_P(AxesFuzz, CompiledIsInterpreted) {
  if (const auto seed = only_seed()) return check_seed(*seed);
  for (std::uint64_t i = 0; i < graphs_per_shard; ++i) {
    check_seed(GetParam() * graphs_per_shard + i);
    if (HasFatalFailure()) return;
  }
}

// A random arrangement of each, another on each target.
void check_arranged(std::uint64_t seed) {
  doing("ACTJIT_SEED=" + std::to_string(seed));
  Random random(seed * 0x9e3779b97f4a7c15 + 3);
  const Graph graph = random_graph(random, {.math = false, .axes = true});
  const Call call = make_call(graph, Tier::fast, random_dims(graph, random), random);
  if (is_empty(call.want)) return;
  for (const Target& target : host_targets()) {
    const Arrangement how{.strides = random.one_in(2) ? Strides::any : Strides::padded,
                          .in_place = random.one_in(2),
                          .pieces = random.one_in(2)};
    ASSERT_TRUE(right_when_arranged(call, target, how, random))
        << "ACTJIT_SEED=" << seed << " on " << target.name << ", strides "
        << static_cast<int>(how.strides) << (how.in_place ? ", in place" : "")
        << (how.pieces ? ", in pieces" : "") << "\n"
        << print(graph) << print(schedule(graph), graph);
  }
}

TEST_P(AxesFuzz, HoweverTheTensorsLie) {
  constexpr std::uint64_t graphs = 100;
  if (const auto seed = only_seed()) return check_arranged(*seed);
  for (std::uint64_t i = 0; i < graphs; ++i) {
    check_arranged(GetParam() * graphs + i);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Graphs, AxesFuzz, testing::Range<std::uint64_t>(0, shards));

}  // namespace
}  // namespace actjit::test
