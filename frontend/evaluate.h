// Evaluation of C++ expressions, in constant expressions too:
//
//   static_assert(evaluate(relu(arg<0>), -1.0) == 0.0);
//   static_assert(evaluate<DType::bf16>(gelu(arg<0>), 1.0) == 0.83984375);
//
// The bits are those of a kernel for that dtype and tier.
#pragma once

#include "frontend/expr.h"
#include "ir/interpret.h"
#include "ir/meaning.h"

namespace actjit {

// The expression for arg<0>, arg<1> ..., each rounded to `dtype` first; run-time scalars have their
// initial values. The result as a number, which an f64 holds whatever float it is; a bool is 0 or
// 1. In a constant expression a type error does not compile; elsewhere it throws InternalError.
template <DType dtype = DType::f64, Tier tier = Tier::precise, Expression E, class... X>
requires(is_float(dtype) && sizeof...(X) == E::arity &&
         (std::is_arithmetic_v<X> && ...)) constexpr double evaluate(const E& expression, X... x) {
  expr::Context context(dtype);
  constexpr std::array<char, 10> digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};
  for (std::size_t i = 0; i < sizeof...(X); ++i) {
    const std::array<char, 3> name{'x', digits[i / 10 % 10], digits[i % 10]};
    context.arguments.push_back(context.builder.input(std::string_view(name.data(), 3), dtype, {}));
  }
  context.builder.output("y", expression.lower(context));
  check(!context.builder.failed(),
        "evaluate: the expression does not fit single elements of this dtype; "
        "build() takes those that look along axes");
  const Graph graph = meaning(context.builder.graph(), tier);
  const std::array<Bits, sizeof...(X) + 1> inputs{eval::real(dtype, static_cast<double>(x))...};
  std::vector<double> scalars;
  for (const Scalar& s : graph.scalars()) scalars.push_back(s.initial);
  const Bits result = interpret_element(graph, std::span(inputs).first(sizeof...(X)), scalars)[0];
  return f64_of(eval::cast(graph[graph.outputs()[0].node].dtype, DType::f64, result));
}

}  // namespace actjit
