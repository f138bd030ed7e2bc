#include "ir/interpret.h"

#include <fmt/format.h>

#include "ir/extents.h"
#include "ir/interpret_axes.h"
#include "ir/walk.h"

namespace actjit {

namespace {

// `source` read as a tensor of shape `dims`.
std::vector<Bits> stretch(const Tensor& source, const std::vector<std::int64_t>& dims) {
  std::vector<Bits> out;
  out.reserve(static_cast<std::size_t>(count_of(dims)));
  walk(dims, broadcast_strides(source.dims, dense_strides(source.dims), dims),
       [&](std::int64_t at) { out.push_back(source.elements[static_cast<std::size_t>(at)]); });
  return out;
}

class Interpreter {
 public:
  Interpreter(const Graph& g, const Extents& extents, std::span<const Tensor> inputs,
              std::span<const double> scalars)
      : g_(g),
        extents_(extents),
        inputs_(inputs),
        scalars_(scalars),
        values_(g.size()),
        users_(g.size(), 0) {
    for (NodeId id = 0; id < g.size(); ++id)
      for (NodeId arg : g[id].operands()) ++users_[arg];
    for (const Output& o : g.outputs()) ++users_[o.node];
  }

  std::vector<Tensor> run() {
    for (NodeId id = 0; id < g_.size(); ++id) {
      values_[id] = node(id);
      for (NodeId arg : g_[id].operands()) release(arg);
    }
    std::vector<Tensor> out;
    for (const Output& o : g_.outputs()) out.push_back(values_[o.node]);
    return out;
  }

 private:
  // Frees a tensor after its last use: at most the live ones are in memory.
  void release(NodeId id) {
    if (--users_[id] == 0) values_[id].elements = {};
  }

  Tensor node(NodeId id) {
    const Node& n = g_[id];
    if (n.op == Op::input) return inputs_[n.attribute[0]];
    Tensor out{n.dtype, extents_.resolve(g_.shape(id)), {}};
    if (n.op == Op::scalar)
      out.elements = {eval::real(n.dtype, scalars_[n.attribute[0]])};
    else if (n.op == Op::constant)
      out.elements = {is_float(n.dtype) ? eval::real(n.dtype, g_.real(id)) : n.attribute[0]};
    else if (has_axes(n.op))
      out.elements = along_axes(n, values_[n.args[0]], values_[n.operands().back()], out.dims);
    else
      out.elements = elementwise(n, out.dims);
    return out;
  }

  std::vector<Bits> elementwise(const Node& n, const std::vector<std::int64_t>& dims) {
    std::array<std::vector<Bits>, max_arity> stretched;
    std::array<const Bits*, max_arity> args{};
    const std::size_t size = static_cast<std::size_t>(count_of(dims));
    for (std::size_t i = 0; i < n.operands().size(); ++i) {
      const Tensor& arg = values_[n.args[i]];
      if (arg.dims != dims) stretched[i] = stretch(arg, dims);
      args[i] = arg.dims == dims ? arg.elements.data() : stretched[i].data();
    }
    std::vector<Bits> out(size);
    if (n.op == Op::lookup) {
      const std::vector<Bits>& table = g_.tables()[n.attribute[0]].values;
      for (std::size_t i = 0; i < size; ++i) out[i] = table[args[0][i] & (table.size() - 1)];
      return out;
    }
    const DType operands = g_[n.operands().back()].dtype;
    for (std::size_t i = 0; i < size; ++i)
      out[i] = eval::apply(n.op, operands, n.dtype, args[0][i], args[1] ? args[1][i] : 0,
                           args[2] ? args[2][i] : 0);
    return out;
  }

  const Graph& g_;
  const Extents& extents_;
  std::span<const Tensor> inputs_;
  std::span<const double> scalars_;
  std::vector<Tensor> values_;
  std::vector<std::uint32_t> users_;
};

}  // namespace

std::vector<Tensor> interpret_primitives(const Graph& graph, std::span<const Tensor> inputs,
                                         std::span<const double> scalars) {
  Extents extents;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& declared = graph.inputs()[i];
    const auto bound = extents.bind(declared.name, graph.shape(declared.node), inputs[i].dims);
    check(bound.has_value(), "a tensor does not fit its input");
  }
  return Interpreter(graph, extents, inputs, scalars).run();
}

Result<std::vector<Tensor>> interpret(const Graph& graph, Tier tier, std::span<const Tensor> inputs,
                                      std::span<const double> scalars,
                                      const Certificates& certificates) {
  if (inputs.size() != graph.inputs().size())
    return make_error(ErrorCode::missing_input, fmt::format("{} inputs given, the graph has {}",
                                                            inputs.size(), graph.inputs().size()));
  if (scalars.size() != graph.scalars().size())
    return make_error(ErrorCode::missing_input,
                      fmt::format("{} run-time scalars given, the graph has {}", scalars.size(),
                                  graph.scalars().size()));
  Extents extents;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& declared = graph.inputs()[i];
    const DType want = graph[declared.node].dtype;
    if (inputs[i].dtype != want)
      return make_error(ErrorCode::type_mismatch,
                        fmt::format("'{}' is {}, wanted {}", declared.name.view(),
                                    text(inputs[i].dtype), text(want)));
    const auto bound = extents.bind(declared.name, graph.shape(declared.node), inputs[i].dims);
    if (!bound) return bound.error();
  }
  Result<Lowered> lowered = lower(graph, tier, certificates);
  if (!lowered) return lowered.error();
  return Interpreter(lowered->expanded, extents, inputs, scalars).run();
}

}  // namespace actjit
