// Every math op: compiled equals interpreted, bit for bit; within its tier's bound of the real
// value by MPFR, over sampled domains; special values, parity and monotony as declared.
//
// The sample is random with fixed seeds; ACTJIT_MATH_SAMPLES=N takes N of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/math/table.h"
#include "ir/meaning.h"
#include "tests/support/cases.h"
#include "tests/support/math_oracle.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

std::size_t samples_asked() {
  const char* text = std::getenv("ACTJIT_MATH_SAMPLES");
  return text ? std::strtoull(text, nullptr, 0) : 12000;
}

// Where functions overflow, vanish, saturate or change branches, in either dtype.
constexpr double knees[] = {0.25,
                            0.3465736,
                            0.5,
                            0.6931472,
                            1,
                            1.0986,
                            2,
                            3,
                            4,
                            5.55,
                            5.92,
                            6,
                            8,
                            9.01,
                            10.05,
                            13.2,
                            14.3,
                            16.64,
                            18.4,
                            19.06,
                            20,
                            22,
                            26.54,
                            27.23,
                            36.04,
                            37.5,
                            38.5,
                            39.4,
                            44.36,
                            87.34,
                            88.38,
                            88.72,
                            103.28,
                            103.97,
                            126,
                            127.5,
                            128,
                            149,
                            149.5,
                            150,
                            354.9,
                            372.6,
                            699,
                            708.4,
                            709.09,
                            709.78,
                            744.44,
                            745.13,
                            746,
                            1000,
                            1022,
                            1023.5,
                            1024,
                            1074,
                            1075,
                            1.5707963,
                            3.1415926,
                            6.2831853,
                            1e5,
                            1e15,
                            4503599627370496,
                            1e22,
                            1e300};

Bits sample_element(DType dtype, Random& random) {
  const std::uint64_t kind = random.below(8);
  const double sign = random.one_in(2) ? -1 : 1;
  if (kind < 2) {
    const double near = random.one_in(4) ? 0 : std::exp2(-2.0 - 40 * random.unit());
    return eval::real(dtype, sign * random.pick(knees) * (1 + near * (random.unit() - 0.5)));
  }
  if (kind == 2) return eval::real(dtype, sign * 20 * random.unit());
  if (kind == 3) return eval::real(dtype, sign * 120 * random.unit());
  if (kind == 4) return eval::real(dtype, sign * 1100 * random.unit());
  if (kind == 5) return eval::real(dtype, 1 + sign * std::exp2(-60 * random.unit()));
  return random_element(dtype, random);
}

struct Setting {
  Op op;
  DType dtype;
  Tier tier;
};

std::vector<Setting> settings() {
  std::vector<Setting> out;
  for (Op op : ops_of(OpKind::math))
    for (DType t : float_dtypes)
      for (Tier tier : {Tier::precise, Tier::fast, Tier::rough}) out.push_back({op, t, tier});
  return out;
}

std::string name_of(const Setting& s) {
  return std::string(text(s.op)) + "_" + std::string(text(s.dtype)) + "_" +
         std::string(text(s.tier));
}
void PrintTo(const Setting& s, std::ostream* out) { *out << name_of(s); }

Graph graph_of(const Setting& s) {
  Graph g;
  std::vector<NodeId> args;
  for (int i = 0; i < arity(s.op); ++i)
    args.push_back(g.input(std::string(1, static_cast<char>('a' + i)), s.dtype, {"n"}));
  g.output("y", g.apply(s.op, args));
  return g;
}

class Math : public testing::TestWithParam<Setting> {
 protected:
  Setting s_ = GetParam();
  Graph graph_ = graph_of(s_);

  std::vector<Tensor> make_inputs() const {
    Random random(static_cast<std::uint64_t>(s_.op) + 1);
    std::vector<Tensor> inputs(graph_.inputs().size(), Tensor{s_.dtype, {}, {}});
    const std::vector<Bits>& special = special_values(s_.dtype);
    for (Bits a : special)
      for (std::size_t k = 0; k < (inputs.size() > 1 ? special.size() : 1); ++k) {
        inputs[0].elements.push_back(a);
        if (inputs.size() > 1) inputs[1].elements.push_back(special[k]);
      }
    for (std::size_t n = samples_asked(); n > 0; --n)
      for (Tensor& t : inputs) t.elements.push_back(sample_element(s_.dtype, random));
    // Of a compensated sum both operands are the same real number.
    if (s_.op == Op::compensated) inputs[1] = inputs[0];
    for (Tensor& t : inputs) t.dims = {static_cast<std::int64_t>(t.elements.size())};
    return inputs;
  }

  std::vector<Bits> interpreted(const std::vector<Tensor>& inputs) const {
    return (*interpret(graph_, s_.tier, inputs, {}))[0].elements;
  }
  void expect_step(math::Monotone way, Bits before, Bits now, const std::string& where) const {
    if (is_nan(s_.dtype, before) || is_nan(s_.dtype, now)) return;
    const bool steps_back =
        way == math::Monotone::increasing ? value(before) > value(now) : value(before) < value(now);
    if (!steps_back) return;
    const bool rounded = s_.tier == Tier::precise && settled_dtype(graph_, s_.tier) == DType::f64 &&
                         s_.dtype != DType::f64;
    const double allowed = rounded ? 0 : max_ulp(s_.tier, s_.dtype);
    EXPECT_LE(static_cast<double>(ulps_between(s_.dtype, before, now)), allowed)
        << where << ": " << describe(s_.dtype, now) << " after " << describe(s_.dtype, before);
  }
  double value(Bits b) const { return eval::to_double(s_.dtype, b); }
  // The zero of a subnormal's sign, in tiers that may flush.
  bool is_permitted_zero(Bits got, Bits want) const {
    const bool subnormal = std::fpclassify(value(want)) == FP_SUBNORMAL ||
                           (s_.dtype != DType::f64 && std::fabs(value(want)) < 0x1p-126);
    return info(s_.tier).may_flush && subnormal && value(got) == 0 &&
           std::signbit(value(got)) == std::signbit(value(want));
  }
};

TEST_P(Math, CompiledIsInterpreted) {
  const std::vector<Tensor> inputs = make_inputs();
  const auto want = interpret(graph_, s_.tier, inputs, {});
  ASSERT_TRUE(succeeded(want));
  for (const Target& target : host_targets()) {
    const auto got = run_compiled(graph_, *make_spec(graph_, s_.tier, target.name), inputs, {});
    ASSERT_TRUE(succeeded(got));
    EXPECT_TRUE(same_tensors(*got, *want)) << target.name;
  }
}

TEST_P(Math, WithinTheTiersBound) {
  const std::vector<Tensor> inputs = make_inputs();
  const std::vector<Bits> got = interpreted(inputs);
  const double bound = max_ulp(s_.tier, s_.dtype);
  double worst = 0;
  std::size_t at = 0;
  Exact want;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = value(inputs[0].elements[i]);
    const double b = inputs.size() > 1 ? value(inputs[1].elements[i]) : 0;
    exact_value(s_.op, a, b, want);
    if (is_permitted_zero(got[i], want.rounded(s_.dtype))) continue;
    const double error = error_in_ulp(s_.dtype, got[i], want);
    if (error > worst) worst = error, at = i;
  }
  std::string where;
  for (const Tensor& t : inputs) where += " " + describe(s_.dtype, t.elements[at]);
  RecordProperty("worst_ulp", std::to_string(worst));
  EXPECT_LE(worst, bound) << name_of(s_) << " of" << where << " gives "
                          << describe(s_.dtype, got[at]);
}

// The declared shape of the function: odd or even, and no step back that the bound does not
// explain. What tier precise rounds from f64 comes from values so much closer that there is none at
// all.
TEST_P(Math, ParityAndMonotony) {
  const math::MathFunction& f = math::function(s_.op);
  if (graph_.inputs().size() > 1) return;
  std::vector<Tensor> x = make_inputs();
  std::erase_if(x[0].elements, [&](Bits b) { return is_nan(s_.dtype, b); });
  std::sort(x[0].elements.begin(), x[0].elements.end(),
            [&](Bits a, Bits b) { return value(a) < value(b); });
  x[0].dims = {static_cast<std::int64_t>(x[0].elements.size())};
  const std::vector<Bits> y = interpreted(x);
  std::vector<Tensor> mirrored = x;
  for (Bits& b : mirrored[0].elements) b ^= eval::sign_mask(s_.dtype);
  const std::vector<Bits> z = interpreted(mirrored);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::string where = name_of(s_) + " at " + describe(s_.dtype, x[0].elements[i]);
    if (f.parity != math::Parity::neither) {
      const Bits sign = f.parity == math::Parity::odd ? eval::sign_mask(s_.dtype) : 0;
      ASSERT_TRUE(same(s_.dtype, z[i] ^ sign, y[i])) << where;
    }
    if (i > 0 && f.monotone != math::Monotone::no && value(x[0].elements[i - 1]) != 0)
      expect_step(f.monotone, y[i - 1], y[i], where);
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, Math, testing::ValuesIn(settings()),
                         [](const auto& p) { return name_of(p.param); });

// What a table of functions must have, whatever they are.
TEST(MathTable, EveryRowKeepsItsForm) {
  for (Op op : ops_of(OpKind::math)) {
    const math::MathFunction& f = math::function(op);
    EXPECT_EQ(f.op, op);
    bool within_two = false;
    for (const math::Expansion& e : f.expansions)
      within_two |= e.dtype == DType::f64 && e.max_ulp <= 2;
    EXPECT_TRUE(within_two) << text(op) << " has no f64 expansion within 2 ULP";
  }
  for (Op op : ops_of(OpKind::primitive)) EXPECT_THROW(math::function(op), InternalError);
}

}  // namespace
}  // namespace actjit::test
