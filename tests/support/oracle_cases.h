// Formulas and inputs that each level of certify's oracle is held against the next with.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "frontend/language.h"
#include "tests/support/random.h"
#include "tests/support/values.h"
#include "tools/certify/format.h"

namespace actjit::test {

inline Graph graph_of(const std::string& text, DType dtype) {
  const std::vector<Binding> bindings{{"x", dtype, {Dim("n")}}};
  const Result<Program> program = parse_program(text);
  const Result<Graph> graph = program ? build(*program, bindings) : program.error();
  if (!graph) throw std::invalid_argument(text + ": " + graph.error().message);
  return *graph;
}

// Special values, random bits, and numbers of moderate size.
inline std::vector<Bits> inputs_of(DType dtype, Random& random, int count) {
  std::vector<Bits> out = special_values(dtype);
  for (int i = 0; i < count; ++i) out.push_back(random_element(dtype, random));
  const tools::Format& f = tools::format_of(dtype);
  for (double scale : {0.01, 1.0, 10.0, 100.0, 1000.0})
    for (int i = 0; i < count / 5; ++i)
      out.push_back(tools::encode(f, tools::round_to(f, (2 * random.unit() - 1) * scale)));
  return out;
}

// Everything the language has, of exact and of inexact operands.
inline constexpr const char* formulas[] = {"x + 1",
                                           "x - 1/3",
                                           "x * x",
                                           "x * (1/3)",
                                           "x / 3",
                                           "1 / x",
                                           "(1/3) / (x - 1)",
                                           "sqrt(x)",
                                           "sqrt(x / 3)",
                                           "fma(x, x, -1)",
                                           "min(x, 1/3)",
                                           "max(x / 3, x / 5)",
                                           "abs(x / 3)",
                                           "copysign(2, x / 3)",
                                           "floor(x / 3)",
                                           "ceil(x * 7)",
                                           "trunc(x / 3)",
                                           "round(x / 3)",
                                           "where(x / 3 < 1, x, -x)",
                                           "where(x == 3 and x >= 1 or x != 2, 1, 0)",
                                           "where(xor(x / 3 > 1, x > 0) or not (x < 2), x * x, 2)",
                                           "exp(x)",
                                           "exp(x / 3)",
                                           "exp2(x)",
                                           "exp2(x / 3)",
                                           "expm1(x)",
                                           "expm1(x / 3)",
                                           "log(x)",
                                           "log(abs(x / 3))",
                                           "log2(x)",
                                           "log2(x / 3)",
                                           "log10(x)",
                                           "log10(x / 3)",
                                           "log1p(x)",
                                           "log1p(x / 3)",
                                           "pow(x, 3)",
                                           "pow(x, 0.3)",
                                           "pow(0.7, x)",
                                           "pow(abs(x) / 3, x / 7)",
                                           "pow(x, -2)",
                                           "rsqrt(x)",
                                           "rsqrt(x / 3)",
                                           "hypot(x, 1)",
                                           "hypot(x / 3, x)",
                                           "sin(x)",
                                           "sin(x / 3)",
                                           "cos(x)",
                                           "cos(x / 3)",
                                           "tanh(x)",
                                           "tanh(x / 3)",
                                           "sigmoid(x)",
                                           "sigmoid(x / 3)",
                                           "erf(x)",
                                           "erf(x / 3)",
                                           "erfc(x)",
                                           "erfc(x / 3)",
                                           "softplus(x)",
                                           "softplus(x / 3)",
                                           "silu(x)",
                                           "silu(x / 3)",
                                           "gelu(x)",
                                           "gelu(x / 3)",
                                           "gelu(x, approximate=true)",
                                           "gelu(x / 3, approximate=true)",
                                           "mish(x)",
                                           "mish(x / 3)",
                                           "tanh_shrink(x)",
                                           "tanh_shrink(x / 3)",
                                           "exp(x) - 2",
                                           "erf(x) - x",
                                           "1 - tanh(x)",
                                           "exp(x) - exp(-x)",
                                           "x * exp(x)",
                                           "exp(exp(x))",
                                           "1 / exp(x)",
                                           "exp(x) / exp(x / 2)",
                                           "tanh(exp(x))",
                                           "erf(exp(x))",
                                           "silu(exp(x))",
                                           "rsqrt(exp(x))",
                                           "hypot(exp(x), x)",
                                           "softplus(exp(-x))",
                                           "tanh_shrink(exp(x))",
                                           "sin(exp(x))",
                                           "where(exp(x) > 5, x, 1)",
                                           "max(exp(x), 2)",
                                           "sqrt(exp(x))",
                                           "exp(-exp(x))",
                                           "sigmoid(-exp(x))",
                                           "log(x * x)",
                                           "floor(exp(x))",
                                           "mish(-exp(x))",
                                           "erfc(exp(x))",
                                           "erfc(-exp(x))",
                                           "copysign(x, sin(x))",
                                           "expm1(-exp(x))",
                                           "exp(x) * 0",
                                           "x * 0",
                                           "x - x",
                                           "abs(x) / abs(x)",
                                           "swish(x, 1.7)",
                                           "swish(x / 3, -2)",
                                           "softcap(x, 30)",
                                           "softcap(x / 3, 7)",
                                           "squareplus(x, 4)",
                                           "squareplus(x / 3, 0)",
                                           "telu(x)",
                                           "telu(x / 3)",
                                           "scaled_softplus(x, 3)",
                                           "scaled_softplus(x / 3, -0.1)"};

}  // namespace actjit::test
