#include "ir/verify.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "ir/print.h"

namespace actjit {

namespace {

bool is_identifier(std::string_view name) {
  if (name.empty() || (!std::isalpha(static_cast<unsigned char>(name[0])) && name[0] != '_'))
    return false;
  for (char c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  return true;
}

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : g_(graph) {}

  std::vector<Violation> run() {
    for (NodeId id = 0; id < g_.size(); ++id) node(id);
    std::set<std::string_view> names;
    for (const Input& i : g_.inputs()) name(i.name, i.node, names);
    for (const Scalar& s : g_.scalars()) name(s.name, s.node, names);
    std::set<std::string_view> outputs;
    for (const Output& o : g_.outputs()) name(o.name, o.node, outputs);
    if (g_.outputs().empty()) add(no_node, "the graph has no output");
    return std::move(found_);
  }

 private:
  void add(NodeId node, std::string message) { found_.push_back({node, std::move(message)}); }

  void name(std::string_view name, NodeId node, std::set<std::string_view>& seen) {
    if (!is_identifier(name)) add(node, fmt::format("'{}' is not an identifier", name));
    if (!seen.insert(name).second) add(node, fmt::format("the name '{}' is used twice", name));
    if (node >= g_.size()) add(no_node, fmt::format("'{}' names a node that is not there", name));
  }

  void shape(NodeId id) {
    const Shape& dims = g_.shape(id);
    if (dims.size() > max_rank)
      add(id, fmt::format("has {} dimensions, at most {} are served", dims.size(), max_rank));
    for (const Dim& d : dims) {
      if (d.extent < 0) add(id, fmt::format("has a dimension of {} elements", d.extent));
      if (d.is_symbolic() && !is_identifier(d.symbol))
        add(id, fmt::format("the dimension '{}' is not an identifier", d.symbol.view()));
    }
  }

  void node(NodeId id) {
    const Node& n = g_[id];
    for (NodeId arg : n.operands())
      if (arg >= id) return add(id, "an operand does not precede its user");
    if (n.op == Op::input && n.attribute[0] >= g_.inputs().size())
      return add(id, "an input that is not declared");
    if (n.op == Op::scalar && n.attribute[0] >= g_.scalars().size())
      return add(id, "a scalar that is not declared");
    if (n.op == Op::lookup && n.attribute[0] >= g_.tables().size())
      return add(id, "a table that is not declared");
    if (n.op == Op::input) shape(id);
    if (is_leaf(n.op)) return;
    const Inferred type = g_.infer(n.op, n.operands(), n.attribute, n.dtype);
    if (type.problem) return add(id, fmt::format("{}: {}", text(n.op), type.problem));
    if (type.dtype != n.dtype || type.shape != g_.shape(id))
      add(id, fmt::format("is {} but its operands give {}", print_type(n.dtype, g_.shape(id)),
                          print_type(type.dtype, type.shape)));
  }

  const Graph& g_;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> verify(const Graph& graph) { return Verifier(graph).run(); }

Result<void> verified(const Graph& graph) {
  const std::vector<Violation> violations = verify(graph);
  if (violations.empty()) return {};
  std::string message = "the graph is not sound:";
  for (const Violation& v : violations)
    message += v.node == no_node ? fmt::format("\n  {}", v.message)
                                 : fmt::format("\n  %{}: {}", v.node, v.message);
  return make_error(ErrorCode::invalid_graph, std::move(message));
}

std::string annotate(const Graph& graph, const std::vector<Violation>& violations) {
  std::string out;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& n = graph[id];
    out += fmt::format("%{} = {}", id, text(n.op));
    for (NodeId arg : n.operands()) out += fmt::format(" %{}", arg);
    out += " : " + print_type(n.dtype, graph.shape(id)) + "\n";
    for (const Violation& v : violations)
      if (v.node == id) out += fmt::format("    ^ {}\n", v.message);
  }
  for (const Violation& v : violations)
    if (v.node == no_node) out += fmt::format("^ {}\n", v.message);
  return out;
}

}  // namespace actjit
