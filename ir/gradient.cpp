#include "ir/gradient.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ir/derivative.h"
#include "ir/rebuild.h"

namespace actjit {

namespace {

// The nodes with the names asked for.
Result<std::vector<NodeId>> find_nodes(const Graph& g, std::span<const std::string> names) {
  std::vector<NodeId> out;
  std::vector<std::string> known;
  const auto each = [&](auto visit) {
    for (const Input& i : g.inputs()) visit(i.name, i.node);
    for (const Scalar& s : g.scalars()) visit(s.name, s.node);
  };
  each([&](const Name& name, NodeId) { known.push_back(name.string()); });
  for (const std::string& name : names) {
    NodeId found = no_node;
    each([&](const Name& n, NodeId id) { found = n.view() == name ? id : found; });
    if (found == no_node)
      return make_error(
          ErrorCode::unknown_name,
          fmt::format("a gradient with respect to '{}', which is neither an input nor "
                      "a run-time scalar; there are: {}",
                      name, fmt::join(known, ", ")));
    if (!is_float(g[found].dtype))
      return make_error(
          ErrorCode::type_mismatch,
          fmt::format("a gradient with respect to '{}', which is {}; only floats have "
                      "derivatives",
                      name, text(g[found].dtype)));
    out.push_back(found);
  }
  return out;
}

const Cotangent* find(std::span<const Cotangent> given, std::string_view name) {
  const auto at =
      std::find_if(given.begin(), given.end(), [&](const Cotangent& c) { return c.name == name; });
  return at == given.end() ? nullptr : &*at;
}

// The input that is the cotangent of y.
Result<NodeId> make_cotangent(Graph& graph, NodeId y, const Cotangent& given) {
  const DType dtype = graph[y].dtype;
  const Shape whole = graph.shape(y);
  if (!is_float(dtype))
    return make_error(ErrorCode::type_mismatch,
                      fmt::format("the cotangent '{}' of an output which is {}; only floats have "
                                  "derivatives",
                                  given.name, text(dtype)));
  if (given.dtype.value_or(dtype) != dtype)
    return make_error(ErrorCode::type_mismatch,
                      fmt::format("the cotangent '{}' is {}, wanted {}", given.name,
                                  text(*given.dtype), text(dtype)));
  const Shape shape = given.shape.value_or(whole);
  if (broadcast(shape, whole) != whole)
    return make_error(ErrorCode::shape_mismatch,
                      fmt::format("the cotangent '{}' of shape {} does not broadcast to {}, the "
                                  "shape of the output",
                                  given.name, to_string(shape), to_string(whole)));
  return graph.input(given.name, dtype, shape);
}

// A cotangent for each float output.
Result<std::vector<Seed>> make_seeds(Graph& graph, std::span<const Cotangent> given) {
  std::vector<Seed> out;
  std::vector<std::string> known;
  for (const Output& y : graph.outputs()) {
    known.push_back(cotangent_name(graph.outputs().size(), y.name));
    if (const Cotangent* own = find(given, known.back())) {
      const Result<NodeId> dy = make_cotangent(graph, y.node, *own);
      if (!dy) return dy.error();
      out.push_back({y.node, *dy});
    } else if (const DType dtype = graph[y.node].dtype; is_float(dtype)) {
      out.push_back({y.node, graph.constant(dtype, 1.0)});
    }
  }
  for (const Cotangent& c : given)
    if (std::find(known.begin(), known.end(), c.name) == known.end())
      return make_error(ErrorCode::unknown_name,
                        fmt::format("'{}' is no cotangent of this program; there are: {}", c.name,
                                    fmt::join(known, ", ")));
  return out;
}

// Inputs and scalars share their names, and so do outputs among each other.
Result<void> check_names(const Graph& graph, const GradientOptions& options) {
  for (const Cotangent& dy : options.cotangents)
    for (const Input& i : graph.inputs())
      if (i.name.view() == dy.name)
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("'{}' is an input of the program already, and the name of a "
                                      "cotangent; rename the input",
                                      dy.name));
  for (const std::string& x : options.wrt)
    for (const Output& o : graph.outputs())
      if (options.keeps_outputs && o.name.view() == "d" + x)
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("'{}' is an output of the program already, and the name of "
                                      "the gradient with respect to '{}'; rename the output",
                                      o.name.view(), x));
  return {};
}

}  // namespace

std::string cotangent_name(std::size_t outputs, std::string_view output) {
  return outputs == 1 ? "dy" : "dy_" + std::string(output);
}

Result<Graph> with_gradients(const Graph& graph, const GradientOptions& options) {
  if (const Result<void> free = check_names(graph, options); !free) return free.error();
  Graph out = compact(graph);
  const Result<std::vector<NodeId>> wrt = find_nodes(out, options.wrt);
  if (!wrt) return wrt.error();
  const Result<std::vector<Seed>> seeds = make_seeds(out, options.cotangents);
  if (!seeds) return seeds.error();
  const Gradients found = differentiate(out, *seeds, *wrt);
  if (found.problem)
    return make_error(ErrorCode::unsupported, fmt::format("an output depends on {} by '{}': {}",
                                                          fmt::join(options.wrt, ", "),
                                                          text(out[found.at].op), found.problem));
  if (!options.keeps_outputs) out.clear_outputs();
  for (std::size_t i = 0; i < options.wrt.size(); ++i)
    out.output("d" + options.wrt[i], found.nodes[i]);
  return compact(out);
}

}  // namespace actjit
