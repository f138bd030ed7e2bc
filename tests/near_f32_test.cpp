// Cheap expansions are taken only where nobody can tell: f32 formulas around each of them give what
// the accurate expansions give, to within an ULP of f32, limits included.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "ir/expand.h"
#include "ir/interpret.h"
#include "ir/value.h"
#include "ir/widen.h"

namespace actjit::test {
namespace {

bool is_cheap(const math::Expansion* e) { return e && e->max_ulp > 4; }

// Of these operands none is the other in real numbers, as a compensated sum wants it.
std::vector<Op> ops_with_cheap_expansions() {
  std::vector<Op> out;
  for (const OpInfo& row : op_table)
    if (row.kind == OpKind::math && row.op != Op::compensated &&
        is_cheap(find_expansion(row.op, DType::f64, info(Tier::precise).max_ulp_before_f32)))
      out.push_back(row.op);
  return out;
}

struct Form {
  const char* name;
  Value (*make)(Op, Value x, Value y);
};
// Of a binary op, with a constant beside it that no two dtypes round alike.
Value f(Op op, Value x) { return arity(op) == 1 ? apply(op, {x}) : apply(op, {x, x.like(1.702)}); }
const Form forms[] = {
    {"f(x)", [](Op op, Value x, Value) { return f(op, x); }},
    {"f(x, y)",
     [](Op op, Value x, Value y) {
       return arity(op) == 1 ? f(op, x) : apply(op, {x, y});
     }},
    {"f(x) * y", [](Op op, Value x, Value y) { return f(op, x) * y; }},
    {"f(x) / y", [](Op op, Value x, Value y) { return f(op, x) / y; }},
    {"y / f(x)", [](Op op, Value x, Value y) { return y / f(op, x); }},
    {"x * f(x)", [](Op op, Value x, Value) { return x * f(op, x); }},
    {"f(x) * f(y)", [](Op op, Value x, Value y) { return f(op, x) * f(op, y); }},
    {"f(x) / f(y)", [](Op op, Value x, Value y) { return f(op, x) / f(op, y); }},
    {"f(x) * 1e-300", [](Op op, Value x, Value) { return f(op, x) * 1e-300; }},
    {"sqrt(f(x))", [](Op op, Value x, Value) { return sqrt(f(op, x)); }},
    {"f(f(x))", [](Op op, Value x, Value) { return f(op, f(op, x)); }},
    {"max(f(x), y)", [](Op op, Value x, Value y) { return max(f(op, x), y); }},
    {"f(x) * y * y * y * y * y * y",
     [](Op op, Value x, Value y) { return f(op, x) * y * y * y * y * y * y; }},
};

Graph graph_of(const Form& form, Op op, DType dtype) {
  Graph g;
  const Value x{&g, g.input("x", dtype, {"n"})};
  const Value y{&g, g.input("y", dtype, {"n"})};
  g.output("out", form.make(op, x, y).id);
  return g;
}

std::vector<float> points() {
  const float infinity = std::numeric_limits<float>::infinity();
  return {0,     1e-45f,  1e-30f, 0.3f,   1,      2.5f,     17,        60,
          88.7f, 104,     700,    709.5f, 720,    800,      1e5f,      1e38f,
          -0.0f, -0.3f,   -1,     -2.5f,  -17,    -60,      -88.7f,    -104,
          -700,  -709.5f, -720,   -800,   -1e38f, infinity, -infinity, std::nanf("")};
}

Tensor tensor(DType dtype, const std::vector<float>& values) {
  Tensor t{dtype, {static_cast<std::int64_t>(values.size())}, {}};
  for (float v : values) t.elements.push_back(eval::real(dtype, double{v}));
  return t;
}

bool close(float a, float b) {
  if (a != a || b != b) return a != a && b != b;
  if (a == b) return a != 0 || std::signbit(a) == std::signbit(b);
  const float next = std::nextafter(a, b);
  return next == b && !std::isinf(a) && !std::isinf(b);
}

TEST(NearF32, FormulasAreThoseOfTheAccurateExpansions) {
  std::vector<float> x, y;
  // A result beyond f32's range may meet a zero or infinite factor in either guise, as zero or as
  // the smallest number, as infinity or as the largest: second operands are neither.
  for (float a : points())
    for (float b : points())
      if (b != 0 && !std::isinf(b)) x.push_back(a), y.push_back(b);
  const std::vector<Tensor> narrow{tensor(DType::f32, x), tensor(DType::f32, y)};
  const std::vector<Tensor> wide{tensor(DType::f64, x), tensor(DType::f64, y)};
  for (Op op : ops_with_cheap_expansions()) {
    for (const Form& form : forms) {
      const auto got = interpret(graph_of(form, op, DType::f32), Tier::precise, narrow, {});
      const auto want = interpret(graph_of(form, op, DType::f64), Tier::precise, wide, {});
      ASSERT_TRUE(got && want);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float a = f32_of((*got)[0].elements[i]);
        const float b = static_cast<float>(f64_of((*want)[0].elements[i]));
        ASSERT_TRUE(close(a, b)) << fmt::format("{} of {} at {}, {}: got {}, want {}", form.name,
                                                text(op), x[i], y[i], a, b);
      }
    }
  }
}

TEST(NearF32, ServesTheCommonActivationsAndNoSumsOfThem) {
  EXPECT_GE(ops_with_cheap_expansions().size(), 22u);
  Graph g;
  const Value x{&g, g.input("x", DType::f32, {"n"})};
  const Value e = f(Op::exp, x);
  g.output("difference", (e - 1.0).id);
  g.output("product", (x * f(Op::tanh, x)).id);
  const Graph wide = widen(g);
  const std::vector<bool> rounded = is_rounded_to_f32(wide);
  for (NodeId id = 0; id < wide.size(); ++id) {
    EXPECT_FALSE(wide[id].op == Op::exp && rounded[id]);
    EXPECT_TRUE(wide[id].op != Op::tanh || rounded[id]);
  }
}

// silu(x) = x / 2 + x^2 / 4 and its like: among subnormal numbers x / 2 is a tie of f32, and the
// second term, far below an ULP of f64, decides it. Odd multiples of the smallest number.
TEST(NearF32, TinyGatesLieBesideTheTie) {
  std::vector<float> x;
  for (std::uint32_t bits = 1; bits < 1u << 24; bits += bits < 1000 ? 2 : 2002)
    for (std::uint32_t sign : {0u, 1u << 31}) x.push_back(f32_of(bits | sign));
  const std::vector<Tensor> inputs{tensor(DType::f32, x)};
  for (Op op : {Op::silu, Op::gelu, Op::gelu_tanh, Op::swish}) {
    Graph g;
    const Value in{&g, g.input("x", DType::f32, {"n"})};
    g.output("out", f(op, in).id);
    const std::vector<Tensor> got =
        interpret_primitives(expand(widen(g), Tier::precise), inputs, {});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double half = double{x[i]} / 2;
      const double up = std::ceil(half * 0x1p149) * 0x1p-149;
      ASSERT_EQ(double{f32_of(got[0].elements[i])}, up) << text(op) << " at " << x[i];
    }
  }
}

}  // namespace
}  // namespace actjit::test
