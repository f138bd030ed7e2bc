// Evaluation of C++ expressions in f64, in constant expressions too:
//
//   static_assert(evaluate(relu(arg<0>), -1.0) == 0.0);
//
// The bits are those of a kernel for f64 in tier `precise`.
#pragma once

#include "frontend/expr.h"
#include "ir/interpret.h"

namespace actjit {

// The expression for arg<0>, arg<1> ...; run-time scalars have their initial values. A bool comes
// back as 0 or 1. In a constant expression a type error does not compile; elsewhere it throws
// InternalError.
template <Expression E, class... X>
requires(sizeof...(X) == E::arity &&
         (std::is_arithmetic_v<X> && ...)) constexpr double evaluate(const E& expression, X... x) {
  expr::Context context(DType::f64);
  constexpr std::array<char, 10> digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};
  for (std::size_t i = 0; i < sizeof...(X); ++i) {
    const std::array<char, 3> name{'x', digits[i / 10 % 10], digits[i % 10]};
    context.arguments.push_back(
        context.builder.input(std::string_view(name.data(), 3), DType::f64, {}));
  }
  context.builder.output("y", expression.lower(context));
  check(!context.builder.failed(), "evaluate: the expression does not fit f64 arguments");
  // The meaning of an f64 graph is its expansion.
  const Graph graph = expand(context.builder.graph(), Tier::precise);
  const std::array<Bits, sizeof...(X) + 1> inputs{to_bits(static_cast<double>(x))...};
  std::vector<double> scalars;
  for (const Scalar& s : graph.scalars()) scalars.push_back(s.initial);
  const Bits result = interpret_element(graph, std::span(inputs).first(sizeof...(X)), scalars)[0];
  return is_bool(graph[graph.outputs()[0].node].dtype) ? static_cast<double>(result)
                                                       : f64_of(result);
}

}  // namespace actjit
