// From programs to graphs: dtypes, shapes, constants, choices that are made while building.
#include <gtest/gtest.h>

#include "frontend/language.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace actjit {
namespace {

const std::vector<Binding> inputs{{"x", DType::f32, {"n", 4}}, {"b", DType::f32, {4}},
                                  {"d", DType::f64, {"n", 4}}, {"i", DType::i32, {4}},
                                  {"c", DType::boolean, {4}},  {"s", DType::f32, {5}}};

Result<Graph> try_build(std::string_view text, Dialect dialect = Dialect::keras) {
  const Result<Program> program = parse_program(text, dialect);
  if (!program) return program.error();
  std::vector<Binding> used;
  for (const std::string& name : program->inputs())
    for (const Binding& b : inputs)
      if (b.name == Name(name)) used.push_back(b);
  return build(*program, used);
}
std::string printed(std::string_view text, Dialect dialect = Dialect::keras) {
  const Result<Graph> g = try_build(text, dialect);
  if (!g) return g.error().to_string();
  EXPECT_TRUE(verify(*g).empty()) << text;
  return print(*g);
}

TEST(LanguageBuild, GeluOfASum) {
  EXPECT_EQ(printed("gelu(x + b)"), R"(graph {
  x = input f32[n,4]
  b = input f32[4]
  %2 = add x b : f32[n,4]
  %3 = gelu %2 : f32[n,4]
  output y = %3
}
)");
}

TEST(LanguageBuild, ConstantsAreRealNumbers) {
  EXPECT_EQ(printed("x * sqrt(2 / pi)"), R"(graph {
  x = input f32[n,4]
  %1 = const f32 0x1.9884533d43651p-1 -0x1.cbc0d30ebfd15p-55  # 0.7978845608028654
  %2 = mul x %1 : f32[n,4]
  output y = %2
}
)");
  // A parameter is the f64 it is given as.
  EXPECT_EQ(printed("elu(x, alpha=0.1)"), printed("elu(x, 0.1)"));
  EXPECT_NE(printed("elu(x, alpha=0.1)").find("const f32 0x1.999999999999ap-4  #"),
            std::string::npos);
  EXPECT_EQ(printed("2 ** 3 * x"), printed("8 * x"));
  EXPECT_EQ(printed("where(1 < 2, x, x / 0)"), printed("x"));
  EXPECT_EQ(printed("where(0.1 + 0.2 == 0.3, x, -x)"), printed("x"));
}

TEST(LanguageBuild, Powers) {
  EXPECT_EQ(printed("x ** 1"), printed("x"));
  EXPECT_EQ(printed("x ** 2"), printed("x * x"));
  EXPECT_EQ(printed("x ** 3"), printed("x * (x * x)"));
  EXPECT_EQ(printed("x ** 8"), printed("h = x * x; g = h * h; g * g"));
  EXPECT_EQ(printed("x ** -1"), printed("1 / x"));
  // sqrt(-0) is -0 and sqrt(-inf) NaN, pow says 0 and inf.
  for (const char* text : {"x ** 0.5", "x ** 9", "x ** -2", "x ** 0", "2 ** x", "x ** b"})
    EXPECT_NE(printed(text).find("= pow "), std::string::npos) << text;
}

TEST(LanguageBuild, DefaultsLeaveNothingBehind) {
  EXPECT_EQ(printed("relu(x)"), printed("max(x, 0)"));
  EXPECT_EQ(printed("relu(x, max_value=none)"), printed("max(x, 0)"));
  EXPECT_EQ(printed("swish(x)"), printed("silu(x)"));
  EXPECT_EQ(printed("softplus(x)"), printed("softplus(x, beta=1, threshold=none)"));
  EXPECT_NE(printed("gelu(x, approximate=true)").find("gelu_tanh"), std::string::npos);
  EXPECT_EQ(printed("gelu(x, approximate='tanh')", Dialect::torch),
            printed("gelu(x)", Dialect::jax));
  EXPECT_EQ(printed("leaky_relu(x)", Dialect::keras3), printed("leaky_relu(x, 0.2)"));
}

TEST(LanguageBuild, ParametersMayBeScalarsOrTensors) {
  EXPECT_EQ(printed("scalar a = 0.5; elu(x, alpha=a)"), R"(graph {
  x = input f32[n,4]
  a = scalar f32 0x1p-1
  %2 = const f32 0x0p+0  # 0
  %3 = gt x %2 : bool[n,4]
  %4 = expm1 x : f32[n,4]
  %5 = mul a %4 : f32[n,4]
  %6 = select %3 x %5 : f32[n,4]
  %7 = ge x %2 : bool[n,4]
  %8 = select %7 x %5 : f32[n,4]
  %9 = surrogate %6 %8 : f32[n,4]
  output y = %9
}
)");
  EXPECT_EQ(printed("elu(x, alpha=b)").find("error"), std::string::npos);
  EXPECT_EQ(printed("gelu(x, approximate=b)"),
            "line 1, column 1: in gelu: 'approximate' is true or false\n"
            "  gelu(x, approximate=b)\n"
            "  ^");
  EXPECT_EQ(printed("gelu(x, approximate='fast')", Dialect::torch),
            "line 1, column 1: in gelu: 'approximate' is \"none\" or \"tanh\"\n"
            "  gelu(x, approximate='fast')\n"
            "  ^");
  EXPECT_EQ(printed("elu(x, alpha=none)"),
            "line 1, column 1: in elu: 'alpha' cannot be none\n"
            "  elu(x, alpha=none)\n"
            "  ^");
}

TEST(LanguageBuild, NumbersAndScalarsTakeTheDtypeTheyMeet) {
  EXPECT_EQ(printed("scalar a = 2; x * a, d * a, i + 1"), R"(graph {
  x = input f32[n,4]
  d = input f64[n,4]
  i = input i32[4]
  a = scalar f64 0x1p+1
  %4 = scalar a : f32
  %5 = mul x %4 : f32[n,4]
  %6 = mul d a : f64[n,4]
  %7 = const i32 1
  %8 = add i %7 : i32[4]
  output y0 = %5
  output y1 = %6
  output y2 = %8
}
)");
  EXPECT_EQ(printed("cast(x, f64) + d").find("error"), std::string::npos);
  EXPECT_EQ(printed("where(c, 1, 0) * x").find("error"), std::string::npos);
}

TEST(LanguageBuild, DtypeErrors) {
  EXPECT_EQ(printed("x + d"),
            "line 1, column 3: '+' has operands of f32 and f64; write cast(x, f64)\n"
            "  x + d\n"
            "    ^");
  EXPECT_EQ(printed("d * (x + b)"),
            "line 1, column 3: '*' has operands of f64 and f32; write cast((x + b), f64)\n"
            "  d * (x + b)\n"
            "    ^");
  EXPECT_EQ(printed("exp(i)"),
            "line 1, column 1: 'exp': the operands are not floats, but i32; write cast(..., f64)\n"
            "  exp(i)\n"
            "  ^");
  EXPECT_EQ(printed("i + 0.5"),
            "line 1, column 3: a number that is no integer stands beside i32; write "
            "cast(..., f64)\n"
            "  i + 0.5\n"
            "    ^");
  EXPECT_EQ(printed("where(x, x, b)"),
            "line 1, column 7: the condition of 'where' is f32, not a bool; write x != 0\n"
            "  where(x, x, b)\n"
            "        ^");
  EXPECT_EQ(printed("x and c"),
            "line 1, column 3: an operand of 'and' is f32, not a bool; write x != 0\n"
            "  x and c\n"
            "    ^");
  EXPECT_EQ(printed("c + 1"),
            "line 1, column 3: a number stands beside a bool; write where(condition, 1, 0)\n"
            "  c + 1\n"
            "    ^");
  EXPECT_EQ(printed("x + f32"),
            "line 1, column 3: 'f32' is a dtype; it stands in cast(x, f32) only\n"
            "  x + f32\n"
            "    ^");
}

TEST(LanguageBuild, ShapeErrors) {
  EXPECT_EQ(printed("h = x * 2\nh + s"),
            "line 2, column 3: '+' cannot broadcast shapes [n,4] and [5]\n"
            "  h + s\n"
            "    ^");
  EXPECT_EQ(printed("prelu(x, s)"),
            "line 1, column 1: in prelu: '*' cannot broadcast shapes [5] and [n,4]\n"
            "  prelu(x, s)\n"
            "  ^");
}

TEST(LanguageBuild, Bindings) {
  const Program p = *parse_program("gelu(x + bias)");
  const auto error = [&](std::vector<Binding> given) {
    const Result<Graph> g = build(p, given);
    return g ? std::string("no error") : g.error().to_string();
  };
  const Binding x{"x", DType::f32, {"n"}}, bias{"bias", DType::f32, {"n"}};
  EXPECT_EQ(error({bias, x}), "no error");
  EXPECT_EQ(error({x}), "the input 'bias' is not given");
  EXPECT_EQ(error({x, {"bais", DType::f32, {"n"}}}),
            "'bais' is no input of this program, whose inputs are: x, bias; did you mean 'bias'?");
  EXPECT_EQ(error({x, bias, x}), "the input 'x' is given twice");
  EXPECT_EQ(error({x, {"bias", DType::f32, {-1}}}),
            "the input 'bias' has a negative dimension: [-1]");
  EXPECT_EQ(error({x, {"bias", DType::f32, Shape(17, Dim(1))}}),
            "the input 'bias' has 17 dimensions; at most 16 are supported");
  EXPECT_EQ(build(p, std::vector{x}).error().code, ErrorCode::missing_input);
  // A function's name without parentheses inside a larger text is an input.
  EXPECT_EQ(build(*parse_program("gelu + 1"), {}).error().message,
            "the input 'gelu' is not given; a call of the function has parentheses");
}

}  // namespace
}  // namespace actjit
