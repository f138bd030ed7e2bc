// Every primitive, compiled, against its meaning: all dtypes its row allows, all tuples of special
// values and random ones, in vectors, in the row and in the call, on every target of this machine.
#include <gtest/gtest.h>

#include "ir/meaning.h"
#include "tests/support/cases.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

using Columns = std::vector<std::vector<Bits>>;  // [operand][sample]

constexpr std::size_t random_samples = 4096;

// All tuples of special values, and random tuples.
Columns samples_of(const Case& c, Random& random) {
  Columns columns(c.operands.size());
  std::size_t tuples = 1;
  for (DType t : c.operands) tuples *= special_values(t).size();
  for (std::size_t tuple = 0; tuple < tuples; ++tuple) {
    std::size_t rest = tuple;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::vector<Bits>& values = special_values(c.operands[i]);
      columns[i].push_back(values[rest % values.size()]);
      rest /= values.size();
    }
  }
  for (std::size_t n = 0; n < random_samples; ++n)
    for (std::size_t i = 0; i < columns.size(); ++i)
      columns[i].push_back(random_element(c.operands[i], random));
  return columns;
}

std::vector<Bits> tuple_at(const Columns& columns, std::size_t sample) {
  std::vector<Bits> out;
  for (const std::vector<Bits>& column : columns) out.push_back(column[sample]);
  return out;
}

std::vector<NodeId> declare_operands(const Case& c, Graph& graph, const Shape& shape) {
  std::vector<NodeId> out;
  for (std::size_t i = 0; i < c.operands.size(); ++i)
    out.push_back(graph.input(std::string(1, static_cast<char>('a' + i)), c.operands[i], shape));
  return out;
}

// The fast tier keeps f32 as it is, 16-bit floats it would compute in f32.
Tier tier_of(const Case& c) { return is_computed_wide(c) ? Tier::precise : Tier::fast; }

Kernel compile(const Case& c, const Graph& graph, const Target& target) {
  return *engine().compile(graph, *make_spec(graph, tier_of(c), target.name));
}

// Element by element, each mistake once.
void expect_meaning(const Case& c, const Columns& samples, const Tensor& got, std::int64_t stride,
                    const std::string& where) {
  for (std::size_t i = 0; i < samples[0].size(); ++i) {
    const std::vector<Bits> operands = tuple_at(samples, i);
    const Bits want = evaluate(c, operands);
    for (std::int64_t s = 0; s < stride; ++s) {
      const Bits found =
          got.elements[i * static_cast<std::size_t>(stride) + static_cast<std::size_t>(s)];
      if (same(c.result, found, want)) continue;
      std::string text;
      for (std::size_t k = 0; k < operands.size(); ++k)
        text += " " + describe(c.operands[k], operands[k]);
      FAIL() << name_of(c) << " " << where << ":" << text << " gives " << describe(c.result, found)
             << ", wanted " << describe(c.result, want);
    }
  }
}

std::vector<Tensor> tensors(const Case& c, const Columns& samples, std::int64_t inner) {
  const auto n = static_cast<std::int64_t>(samples[0].size());
  std::vector<std::int64_t> dims{n};
  if (inner > 0) dims.push_back(inner);
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < c.operands.size(); ++i)
    out.push_back({c.operands[i], dims, samples[i]});
  return out;
}

void check_in_vectors(const Case& c, const Columns& samples, const Target& target) {
  Graph g;
  g.output("y", apply(c, g, declare_operands(c, g, {"n"})));
  const Kernel kernel = compile(c, g, target);
  EXPECT_EQ(kernel.plan().level[kernel.plan().graph.outputs()[0].node], Level::element);
  const auto out = run_compiled(g, kernel.spec(), tensors(c, samples, 0), {});
  ASSERT_TRUE(succeeded(out));
  expect_meaning(c, samples, (*out)[0], 1,
                 std::string("in vectors of ") + std::string(target.name));
}

// The op once a row: stored once, and spread over the row.
void check_in_row(const Case& c, const Columns& samples, const Target& target) {
  Graph g;
  const std::vector<NodeId> operands = declare_operands(c, g, {"n", 1});
  const NodeId which = g.input("which", DType::boolean, {"n", 3});
  const NodeId y = apply(c, g, operands);
  g.output("y", y);
  g.output("spread", g.apply(Op::select, std::array{which, y, y}));
  const Kernel kernel = compile(c, g, target);
  EXPECT_EQ(kernel.plan().level[kernel.plan().graph.outputs()[0].node], Level::row);
  std::vector<Tensor> inputs = tensors(c, samples, 1);
  const std::size_t n = samples[0].size();
  inputs.push_back(
      {DType::boolean, {static_cast<std::int64_t>(n), 3}, std::vector<Bits>(3 * n, 1)});
  const auto out = run_compiled(g, kernel.spec(), inputs, {});
  ASSERT_TRUE(succeeded(out));
  expect_meaning(c, samples, (*out)[0], 1,
                 std::string("in the row on ") + std::string(target.name));
  expect_meaning(c, samples, (*out)[1], 3,
                 std::string("over the row on ") + std::string(target.name));
}

// The op once a call, over run-time scalars.
void check_in_call(const Case& c, const Target& target, Random& random) {
  Graph g;
  std::vector<NodeId> operands;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const NodeId s = g.scalar(std::string(1, static_cast<char>('a' + i)), DType::f64, 1);
    operands.push_back(
        c.operands[i] == DType::f64 ? s : g.apply(Op::cast, std::array{s}, {0, 0}, c.operands[i]));
  }
  g.output("y", apply(c, g, operands));
  const Spec spec = *make_spec(g, tier_of(c), target.name);
  const Kernel kernel = compile(c, g, target);
  EXPECT_EQ(kernel.plan().level[kernel.plan().graph.outputs()[0].node], Level::call);
  for (int n = 0; n < 200; ++n) {
    std::vector<double> scalars;
    for (std::size_t i = 0; i < operands.size(); ++i)
      scalars.push_back(f64_of(random_element(DType::f64, random)));
    const auto got = run_compiled(g, spec, {}, scalars);
    ASSERT_TRUE(succeeded(got));
    ASSERT_TRUE(same_tensors(*got, run_oracle(meaning(g, tier_of(c)), {}, scalars)))
        << name_of(c) << " in the call";
  }
}

void check_case(const Case& c, Random& random) {
  const Columns samples = samples_of(c, random);
  for (const Target& target : host_targets()) {
    check_in_vectors(c, samples, target);
    check_in_row(c, samples, target);
    check_in_call(c, target, random);
  }
}

class Primitive : public testing::TestWithParam<Op> {};

TEST_P(Primitive, CompiledIsItsMeaning) {
  Random random(static_cast<std::uint64_t>(GetParam()) + 1);
  for (const Case& c : cases_of(GetParam())) check_case(c, random);
}

INSTANTIATE_TEST_SUITE_P(Ops, Primitive, testing::ValuesIn(ops_of(OpKind::primitive)),
                         [](const auto& p) { return std::string(text(p.param)); });

class Lookup : public testing::TestWithParam<std::size_t> {};

TEST_P(Lookup, TablesOfEveryDType) {
  Random random(GetParam());
  for (DType dtype : all_dtypes)
    for (DType index : {DType::i32, DType::i64}) {
      Case c{Op::lookup, {index}, dtype};
      for (std::size_t i = 0; i < GetParam(); ++i) c.table.push_back(random_element(dtype, random));
      check_case(c, random);
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Lookup, testing::Values(1, 2, 4, 8, 16, 32, 64, 128, 256, 1024),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace actjit::test
