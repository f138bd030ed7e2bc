#include "frontend/expr.h"

#include <fmt/format.h>

#include <set>

#include "frontend/boundary.h"
#include "ir/rebuild.h"

namespace actjit::expr {

Result<void> check_bindings(std::span<const Binding> inputs, std::size_t arity) {
  if (inputs.size() < arity)
    return make_error(ErrorCode::missing_input,
                      fmt::format("the expression reads arg<0> to arg<{}>, but {} inputs are given",
                                  arity - 1, inputs.size()));
  if (inputs.size() > arity)
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("{} inputs are given, but the expression reads {}", inputs.size(), arity));
  std::set<std::string_view> names;
  for (const Binding& b : inputs) {
    if (!names.insert(b.name).second)
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("two inputs have the name '{}'", b.name.view()));
    if (const Result<void> sound = check_shape(b); !sound) return sound.error();
  }
  return {};
}

Result<Graph> finish(Context& context) {
  if (context.builder.failed()) return to_error(*context.builder.problem(), "");
  const Graph& graph = context.builder.graph();
  for (const Scalar& s : graph.scalars())
    for (const Input& i : graph.inputs())
      if (s.name == i.name)
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("'{}' is an input and a run-time scalar", s.name.view()));
  return compact(graph);
}

}  // namespace actjit::expr
