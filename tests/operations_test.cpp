// Operations are counted as the machine executes them, and so is the wall they imply.
#include "tools/common/operations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/engine.h"
#include "tools/common/call.h"
#include "tools/common/single_step.h"
#include "tools/common/timing.h"

namespace actjit::tools {
namespace {

// What each vector of an elementwise f32 kernel costs beyond what a call costs.
Result<Operations> of_a_vector(const std::string& text, const Target& target) {
  const Engine engine = Engine::create().value();
  const Program program = parse_program(text).value();
  unsigned lanes = 0;
  const auto bound = [&](Call& call) {
    const Spec spec = make_spec(call.graph, Tier::fast, target.name).value();
    const Kernel kernel = engine.compile(call.graph, spec).value();
    lanes = kernel.plan().lanes;
    return kernel.bind(call.input_views, call.output_views).value();
  };
  const auto call = [&](std::int64_t n) {
    std::vector<NamedTensor> tensors;
    for (const std::string& name : program.inputs())
      tensors.push_back({name, Buffer::make(DType::f32, {n}).value()});
    return make_call(program, std::move(tensors), {}).value();
  };
  Call few = call(256), many = call(512);
  const BoundCall less = bound(few), more = bound(many);
  const Result<Operations> counted = count_operations([&] { more(); }, [&] { less(); });
  return counted ? *counted / (256.0 / lanes) : counted;
}

// Under ThreadSanitizer nothing steps.
bool is_unsupported(const Error& error) { return error.code == ErrorCode::unsupported; }

void expect_counts(const std::string& text, double vector, double loads, double wall_v4,
                   double wall_v3) {
  for (const Target& target : all_targets()) {
    if (!host_supports(target)) continue;
    SCOPED_TRACE(fmt::format("{} on {}", text, target.name));
    const Result<Operations> counted = of_a_vector(text, target);
    ASSERT_TRUE(counted) << counted.error().to_string();
    const Operations& o = *counted;
    EXPECT_NEAR(o.vector, vector, 1e-9);
    EXPECT_NEAR(o.loads, loads, 1e-9);
    EXPECT_NEAR(o.stores, 1, 1e-9);
    EXPECT_NEAR(o.wall, target.vector_bits == 512 ? wall_v4 : wall_v3, 1e-9);
  }
}

TEST(Operations, AreThoseOfTheFormula) {
  if (const auto counted = of_a_vector("x", find_target("native").value());
      !counted && is_unsupported(counted.error()))
    GTEST_SKIP() << counted.error().message;
  expect_counts("x", 0, 1, 1, 1);  // a store a cycle
  expect_counts("relu(x)", 1, 1, 1, 1);
  expect_counts("x + b", 1, 2, 1, 1);
  expect_counts("fma(x, x, x) * x + x", 3, 1, 1.5, 1.5);  // only two of three ports multiply
}

TEST(Operations, DivisionsWaitForTheDivider) {
  const Result<Operations> counted = of_a_vector("1 / x", find_target("native").value());
  if (!counted && is_unsupported(counted.error())) GTEST_SKIP() << counted.error().message;
  ASSERT_TRUE(counted) << counted.error().to_string();
  const Operations& o = *counted;
  EXPECT_GE(o.divider, 5);
  EXPECT_GE(o.wall, o.divider);
  EXPECT_NE(show(o).find("cycles of the divider"), std::string::npos) << show(o);
}

TEST(SingleStep, SeesEveryInstruction) {
  const auto executed = executed_instructions(run_chain);
  if (!executed && is_unsupported(executed.error())) GTEST_SKIP() << executed.error().message;
  ASSERT_TRUE(executed) << executed.error().to_string();
  int chained = 0;  // the ten instructions of the loop that runs a hundred times
  for (const Executed& e : *executed) chained += e.times == 100;
  EXPECT_GE(chained, 10);
  const auto endless = executed_instructions(run_chain, 100);
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, ErrorCode::limit);
}

}  // namespace
}  // namespace actjit::tools
