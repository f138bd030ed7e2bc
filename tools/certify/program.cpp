#include "tools/certify/program.h"

#include <fmt/format.h>

#include <limits>
#include <span>
#include <utility>

namespace actjit::tools {

namespace {

struct Term;

// Builds the steps, one node of the graph after the other.
class Builder {
 public:
  explicit Builder(const Graph& graph) : graph_(graph), made_(graph.size(), 0) {}

  Result<RealProgram> run() {
    if (Result<void> fits = check_interface(); !fits) return fits.error();
    const std::vector<bool> live = graph_.live();
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!live[id]) continue;
      if (Result<void> fits = check_node(graph_[id]); !fits) return fits.error();
      made_[id] = node(id);
    }
    finish();
    drop_unused();
    return std::move(program_);
  }

  StepId number(Real value) {
    program_.steps.push_back({.what = Do::constant, .value = value, .uniform = true});
    return static_cast<StepId>(program_.steps.size() - 1);
  }
  StepId push(Do what, std::array<StepId, 3> args = {0, 0, 0}) {
    Step s{.what = what, .args = args, .uniform = what != Do::input};
    for (int i = 0; i < arity(what); ++i)
      s.uniform = s.uniform && program_.steps[args[static_cast<std::size_t>(i)]].uniform;
    program_.steps.push_back(s);
    return static_cast<StepId>(program_.steps.size() - 1);
  }

 private:
  Result<void> check_interface() const;
  Result<void> check_node(const Node& n) const;
  void finish();
  void drop_unused();
  bool is_half_near_zero(const Node& root) const;
  StepId node(NodeId id);
  StepId cast(const Node& n, StepId a);
  StepId extremum(Do what, const Node& n, const std::array<StepId, 3>& a);
  bool is_rounding_error(const Node& n) const;
  StepId product(const Node& n, const std::array<StepId, 3>& a);
  StepId function(Op op, Term a, Term b);

  const Graph& graph_;
  std::vector<StepId> made_;
  RealProgram program_;
};

// A step with its builder, so that formulas read as formulas.
struct Term {
  Builder* in;
  StepId id;
};
Term make(Do what, Term a) { return {a.in, a.in->push(what, {a.id, 0, 0})}; }
Term make(Do what, Term a, Term b) { return {a.in, a.in->push(what, {a.id, b.id, 0})}; }
Term make(Do what, Term a, Term b, Term c) { return {a.in, a.in->push(what, {a.id, b.id, c.id})}; }
Term operator-(Term a, Term b) { return make(Do::sub, a, b); }
Term operator+(Term a, Term b) { return make(Do::add, a, b); }
Term operator*(Term a, Term b) { return make(Do::mul, a, b); }
Term operator/(Term a, Term b) { return make(Do::div, a, b); }

Result<void> Builder::check_interface() const {
  const auto refuse = [](std::string text) {
    return make_error(ErrorCode::unsupported, std::move(text));
  };
  if (graph_.inputs().size() != 1)
    return refuse(
        fmt::format("the oracle takes functions of one input and this one has {}: give "
                    "the others as numbers in the formula",
                    graph_.inputs().size()));
  if (!graph_.scalars().empty())
    return refuse(
        fmt::format("the oracle takes no run-time scalars and '{}' is one: give it as a "
                    "number in the formula",
                    graph_.scalars()[0].name.view()));
  if (graph_.outputs().size() != 1)
    return refuse(
        fmt::format("the oracle takes functions with one output and this one has {}: "
                    "certify each in a formula of its own",
                    graph_.outputs().size()));
  for (NodeId id : {graph_.inputs()[0].node, graph_.outputs()[0].node})
    if (!is_float(graph_[id].dtype))
      return refuse(fmt::format("the oracle takes functions of floats that give floats; {} is {}",
                                id == graph_.inputs()[0].node ? "the input" : "the output",
                                text(graph_[id].dtype)));
  return {};
}

Result<void> Builder::check_node(const Node& n) const {
  const bool bits = n.op == Op::bitcast || n.op == Op::lookup || n.op == Op::shl ||
                    n.op == Op::shr || n.op == Op::sar || is_integer(n.dtype);
  if (!bits) return {};
  return make_error(ErrorCode::unsupported,
                    fmt::format("the oracle computes with real numbers and bools, and the formula "
                                "has '{}' on {}: write it without integers and bits",
                                text(n.op), text(n.dtype)));
}

void Builder::finish() {
  const NodeId root = graph_.outputs()[0].node;
  program_.input = &format_of(graph_[graph_.inputs()[0].node].dtype);
  program_.output = &format_of(graph_[root].dtype);
  program_.result = made_[root];
  program_.half_near_zero = is_half_near_zero(graph_[root]);
}

// What a graph computes of surrogates and compensated sums is not all looked at here.
void Builder::drop_unused() {
  std::vector<Step>& steps = program_.steps;
  std::vector<bool> used(steps.size(), false);
  used[program_.result] = true;
  const auto operands = [](Step& s) {
    return std::span(s.args).first(static_cast<std::size_t>(arity(s.what)));
  };
  for (std::size_t i = steps.size(); i-- > 0;)
    if (used[i])
      for (StepId a : operands(steps[i])) used[a] = true;
  std::vector<StepId> place(steps.size(), 0);
  std::vector<Step> kept;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!used[i]) continue;
    for (StepId& a : operands(steps[i])) a = place[a];
    place[i] = static_cast<StepId>(kept.size());
    kept.push_back(steps[i]);
  }
  program_.result = place[program_.result];
  steps = std::move(kept);
}

bool Builder::is_half_near_zero(const Node& root) const {
  const bool plain = root.op == Op::silu || root.op == Op::gelu || root.op == Op::gelu_tanh;
  if (!plain && root.op != Op::swish) return false;
  if (graph_[root.args[0]].op != Op::input) return false;
  if (plain) return true;
  if (!graph_.is_constant(root.args[1])) return false;
  const double factor = graph_.real(root.args[1]).hi;
  return factor > 0 && factor < 0x1p8;
}

StepId Builder::cast(const Node& n, StepId a) {
  const DType from = graph_[n.args[0]].dtype;
  if (is_bool(n.dtype) && is_bool(from)) return a;
  if (is_bool(n.dtype)) return push(Do::ne, {a, number(0), 0});
  if (is_bool(from)) return push(Do::select, {a, number(1), number(0)});
  const Format& to = format_of(n.dtype);
  if (to.contains(format_of(from))) return a;
  const StepId made = push(Do::narrow, {a, 0, 0});
  program_.steps[made].format = &to;
  return made;
}

// 1 / (1 + e^-2u) is (1 + tanh(u)) / 2.
Term twice_u_of_gelu_tanh(Term x) {
  const auto n = [&](double v) { return Term{x.in, x.in->number(v)}; };
  const Term scale = make(Do::sqrt, n(8) / Term{x.in, x.in->push(Do::pi)});
  return x * (n(1) + n(44715) / n(1000000) * (x * x)) * scale;
}

// softplus(z) / b with z = b x, without overflow: max(x, 0) + log1p(e^-|z|) / b for b > 0.
Term scaled_softplus(Term x, Term b) {
  const Term zero{x.in, x.in->number(0)};
  const Term z = make(Do::gated, x, b);
  const Term right = x + make(Do::softplus, make(Do::neg, z)) / b;
  return make(Do::select, make(Do::gt, z, zero), right, make(Do::softplus, z) / b);
}

// b tanh(x / b): x where b is infinite or both are 0.
Term softcap(Term x, Term b) {
  const auto n = [&](double v) { return Term{x.in, x.in->number(v)}; };
  const Term endless = make(Do::eq, make(Do::abs, b), n(std::numeric_limits<double>::infinity()));
  const Term none = make(Do::bit_and, make(Do::eq, x, n(0)), make(Do::eq, b, n(0)));
  return make(Do::select, make(Do::bit_or, endless, none), x, b * make(Do::tanh, x / b));
}

// (x + h) / 2, h = sqrt(x^2 + b); left of zero, where that cancels, b / 2 / (h - x).
Term squareplus(Term x, Term b) {
  const auto n = [&](double v) { return Term{x.in, x.in->number(v)}; };
  const Term root = make(Do::sqrt, b);
  const Term h = make(Do::hypot, x, root);
  const Term left = b * n(0.5) / (h - x), right = (x + h) * n(0.5);
  const Term value = make(Do::select, make(Do::lt, x, n(0)), left, right);
  const Term endless = make(Do::eq, b, n(std::numeric_limits<double>::infinity()));
  const Term finite = make(Do::select, make(Do::ge, b, n(0)), value, root);
  return make(Do::select, endless, make(Do::abs, x) + b, finite);
}

// What a product or quotient has been rounded by, a * b - (a * b) or x - (x / b) * b: nothing, in
// real numbers.
bool Builder::is_rounding_error(const Node& n) const {
  const Node& product = graph_[n.args[2]];
  if (product.op == Op::neg) {
    const Node& p = graph_[product.args[0]];
    if (p.op == Op::mul && p.args[0] == n.args[0] && p.args[1] == n.args[1]) return true;
  }
  const Node& factor = graph_[n.args[0]];
  if (factor.op != Op::neg) return false;
  const Node& q = graph_[factor.args[0]];
  return q.op == Op::div && q.args[0] == n.args[2] && q.args[1] == n.args[1];
}

// a * (1 / k) is a / k, which is exact where k divides a: derivatives of a / k are written so.
StepId Builder::product(const Node& n, const std::array<StepId, 3>& a) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Node& inverse = graph_[n.args[i]];
    if (inverse.op != Op::div || !graph_.is_constant(inverse.args[1])) continue;
    const bool of_one =
        graph_.is_constant(inverse.args[0]) && graph_.real(inverse.args[0]) == Real(1);
    const double k = graph_.real(inverse.args[1]).hi;
    if (of_one && k != 0 && k - k == 0) return push(Do::div, {a[1 - i], made_[inverse.args[1]], 0});
  }
  return push(Do::mul, a);
}

StepId Builder::function(Op op, Term a, Term b) {
  switch (op) {
    case Op::exp: return make(Do::exp, a).id;
    case Op::exp2: return make(Do::exp2, a).id;
    case Op::expm1: return make(Do::expm1, a).id;
    case Op::log: return make(Do::log, a).id;
    case Op::log2: return make(Do::log2, a).id;
    case Op::log10: return make(Do::log10, a).id;
    case Op::log1p: return make(Do::log1p, a).id;
    case Op::pow: return make(Do::pow, a, b).id;
    case Op::rsqrt: return make(Do::rsqrt, a).id;
    case Op::hypot: return make(Do::hypot, a, b).id;
    case Op::sin: return make(Do::sin, a).id;
    case Op::cos: return make(Do::cos, a).id;
    case Op::tanh: return make(Do::tanh, a).id;
    case Op::sigmoid: return make(Do::sigmoid, a).id;
    case Op::erf: return make(Do::erf, a).id;
    case Op::erfc: return make(Do::erfc, a).id;
    case Op::softplus: return make(Do::softplus, a).id;
    case Op::silu: return make(Do::gated, a, make(Do::sigmoid, a)).id;
    case Op::gelu: return make(Do::gated, a, make(Do::gelu_gate, a)).id;
    case Op::gelu_tanh: return make(Do::gated, a, make(Do::sigmoid, twice_u_of_gelu_tanh(a))).id;
    case Op::mish: return make(Do::gated, a, make(Do::mish_gate, a)).id;
    case Op::tanh_shrink: return make(Do::tanh_shrink, a).id;
    case Op::swish: return make(Do::gated, a, make(Do::sigmoid, make(Do::gated, b, a))).id;
    case Op::scaled_softplus: return scaled_softplus(a, b).id;
    case Op::telu: return make(Do::gated, a, make(Do::tanh, make(Do::exp, a))).id;
    case Op::softcap: return softcap(a, b).id;
    case Op::squareplus: return squareplus(a, b).id;
    case Op::surrogate: return a.id;
    case Op::compensated: return b.id;
    default: throw InternalError("the oracle does not know this math function");
  }
}

// Without a limit that is none, which arithmetic with error bounds cannot take.
StepId Builder::extremum(Do what, const Node& n, const std::array<StepId, 3>& a) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Real none(what == Do::min ? infinity : -infinity);
  for (std::size_t i = 0; i < 2; ++i)
    if (graph_.is_constant(n.args[i]) && graph_.real(n.args[i]) == none) return a[1 - i];
  return push(what, a);
}

StepId Builder::node(NodeId id) {
  const Node& n = graph_[id];
  std::array<StepId, 3> a{};
  for (std::size_t i = 0; i < n.operands().size(); ++i) a[i] = made_[n.args[i]];
  if (is_math(n.op)) return function(n.op, {this, a[0]}, {this, a[1]});
  switch (n.op) {
    case Op::input: return push(Do::input);
    case Op::constant:
      if (is_float(n.dtype)) return number(graph_.real(id));
      program_.steps.push_back(
          {.what = Do::boolean, .value = static_cast<double>(n.attribute[0]), .uniform = true});
      return static_cast<StepId>(program_.steps.size() - 1);
    case Op::fma:
      if (is_rounding_error(n)) return number(0);
      return push(Do::add, {product(n, a), a[2], 0});
    case Op::cast: return cast(n, a[0]);
    case Op::add: return push(Do::add, a);
    case Op::sub: return push(Do::sub, a);
    case Op::mul: return product(n, a);
    case Op::div: return push(Do::div, a);
    case Op::neg: return push(Do::neg, a);
    case Op::abs: return push(Do::abs, a);
    case Op::sqrt: return push(Do::sqrt, a);
    case Op::min: return extremum(Do::min, n, a);
    case Op::max: return extremum(Do::max, n, a);
    case Op::floor: return push(Do::floor, a);
    case Op::ceil: return push(Do::ceil, a);
    case Op::trunc: return push(Do::trunc, a);
    case Op::round: return push(Do::round, a);
    case Op::copysign: return push(Do::copysign, a);
    case Op::eq: return push(Do::eq, a);
    case Op::ne: return push(Do::ne, a);
    case Op::lt: return push(Do::lt, a);
    case Op::le: return push(Do::le, a);
    case Op::gt: return push(Do::gt, a);
    case Op::ge: return push(Do::ge, a);
    case Op::bit_and: return push(Do::bit_and, a);
    case Op::bit_or: return push(Do::bit_or, a);
    case Op::bit_xor: return push(Do::bit_xor, a);
    case Op::bit_not: return push(Do::bit_not, a);
    case Op::select: return push(Do::select, a);
    default: throw InternalError("check_node lets no such op through");
  }
}

}  // namespace

Result<RealProgram> make_program(const Graph& graph) { return Builder(graph).run(); }

}  // namespace actjit::tools
