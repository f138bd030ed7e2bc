#include "ir/print.h"

#include <fmt/format.h>

#include <cmath>

#include "ir/eval.h"
#include "ir/rebuild.h"

namespace actjit {

namespace {

std::string print_double(double x) {
  if (std::isnan(x)) return fmt::format("nan:{:016x}", to_bits(x));
  return std::isinf(x) ? (x > 0 ? "inf" : "-inf") : fmt::format("{:a}", x);
}

// "%7", or the name of an input or scalar.
std::string operand(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op == Op::input) return g.inputs()[n.attribute[0]].name.string();
  if (n.op == Op::scalar && g.scalars()[n.attribute[0]].node == id)
    return g.scalars()[n.attribute[0]].name.string();
  return fmt::format("%{}", id);
}

std::string print_constant(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (!is_float(n.dtype))
    return fmt::format("const {} {}", text(n.dtype), print_element(n.dtype, n.attribute[0]));
  const Real r = g.real(id);
  return fmt::format("const {} {}  # {}", text(n.dtype), print_real(r), r.hi);
}

std::string print_node(const Graph& g, NodeId id) {
  const Node& n = g[id];
  if (n.op == Op::constant) return print_constant(g, id);
  std::string out(text(n.op));
  if (n.op == Op::scalar) out += ' ' + g.scalars()[n.attribute[0]].name.string();
  if (n.op == Op::lookup) out += fmt::format(" t{}", n.attribute[0]);
  if (has_axes(n.op)) out += ' ' + print_axes(n.op, n.attribute);
  for (NodeId arg : n.operands()) out += ' ' + operand(g, arg);
  return out + " : " + print_type(n.dtype, g.shape(id));
}

bool is_declared_above(const Graph& g, NodeId id) {
  return g[id].op == Op::input || operand(g, id)[0] != '%';
}

}  // namespace

std::string print_type(DType dtype, const Shape& shape) {
  return std::string(text(dtype)) + (shape.empty() ? "" : to_string(shape));
}

std::string print_element(DType dtype, Bits bits) {
  switch (dtype) {
    case DType::f64: return print_double(f64_of(bits));
    case DType::f32:
    case DType::f16:
    case DType::bf16:
      if (const double x = eval::to_double(dtype, bits); x == x) return print_double(x);
      return fmt::format("nan:{:0{}x}", bits, 2 * bytes(dtype));
    case DType::i64: return fmt::format("{}", eval::element<std::int64_t>(bits));
    case DType::i32: return fmt::format("{}", eval::element<std::int32_t>(bits));
    case DType::boolean: return bits ? "true" : "false";
  }
  return "?";
}

std::string print_axes(Op op, const Attribute& attribute) {
  if (op == Op::slice) {
    const Slice s = slice_of(attribute);
    return fmt::format("[{},{},{},{}]", s.axis, s.start, s.count, s.step);
  }
  if (op == Op::join) {
    const Join j = join_of(attribute);
    return fmt::format("[{},{}]", j.axis, j.interleaved ? 1 : 0);
  }
  std::string out;
  for (std::size_t d = 0; d < 64; ++d)
    if (axes_of(attribute).has(d)) out += fmt::format("{}{}", out.empty() ? "[" : ",", d);
  return out.empty() ? "[]" : out + "]";
}

std::string print_real(Real value) {
  std::string out = print_double(value.hi);
  if (to_bits(value.lo) != 0) out += ' ' + print_double(value.lo);
  return out;
}

std::string print(const Graph& graph) {
  const Graph g = compact(graph);
  std::string out = "graph {\n";
  for (const Input& i : g.inputs())
    out += fmt::format("  {} = input {}\n", i.name.view(),
                       print_type(g[i.node].dtype, g.shape(i.node)));
  for (const Scalar& s : g.scalars())
    out += fmt::format("  {} = scalar {} {}\n", s.name.view(), text(g[s.node].dtype),
                       print_double(s.initial));
  for (std::size_t i = 0; i < g.tables().size(); ++i) {
    out += fmt::format("  t{} = table {}", i, text(g.tables()[i].dtype));
    for (Bits b : g.tables()[i].values) out += ' ' + print_element(g.tables()[i].dtype, b);
    out += '\n';
  }
  for (NodeId id = 0; id < g.size(); ++id)
    if (!is_declared_above(g, id)) out += fmt::format("  %{} = {}\n", id, print_node(g, id));
  for (const Output& o : g.outputs())
    out += fmt::format("  output {} = {}\n", o.name.view(), operand(g, o.node));
  return out + "}\n";
}

std::string print_dot(const Graph& g) {
  std::string out = "digraph graph_of_ops {\n  node [shape=box, fontname=monospace];\n";
  const std::vector<bool> live = g.live();
  for (NodeId id = 0; id < g.size(); ++id) {
    if (!live[id]) continue;
    const Node& n = g[id];
    std::string label = is_declared_above(g, id) ? operand(g, id) : std::string(text(n.op));
    if (n.op == Op::constant)
      label = is_float(n.dtype) ? fmt::format("{}", g.real(id).hi)
                                : print_element(n.dtype, n.attribute[0]);
    out += fmt::format("  n{} [label=\"{}\\n{}\"{}];\n", id, label,
                       print_type(n.dtype, g.shape(id)), is_leaf(n.op) ? ", style=rounded" : "");
    for (std::size_t i = 0; i < n.operands().size(); ++i)
      out += fmt::format("  n{} -> n{} [label=\"{}\"];\n", n.args[i], id,
                         n.operands().size() > 1 ? fmt::format("{}", i) : "");
  }
  for (std::size_t i = 0; i < g.outputs().size(); ++i)
    out += fmt::format("  o{} [label=\"{}\", shape=ellipse];\n  n{} -> o{};\n", i,
                       g.outputs()[i].name.view(), g.outputs()[i].node, i);
  return out + "}\n";
}

}  // namespace actjit
