// Derivatives: reverse-mode differentiation, which appends the adjoints to the graph.
//
// It is applied before math functions expand, so that what it writes is made of math functions
// again, shares what it can with the forward result, and can be differentiated once more. Every op
// has its case in Differentiation::flow().
//
// What has no derivative by the rules of analysis has one by these:
// - At a knee the derivative is that of the branch the value comes from. Where the operands of
//   min or max are equal, that is the one which is constant, else the second; of |x| at 0 it is 0.
// - The largest and smallest elements along axes share the adjoint evenly.
// - Comparisons, positions and counts are constants. So is the sign that copysign takes.
#pragma once

#include <algorithm>

#include "ir/derivative/functions.h"
#include "ir/derivative/shapes.h"

namespace actjit {

struct Gradients {
  std::vector<NodeId> nodes = {};  // one for each node asked for, of its dtype and shape
  // Null, or why there are none, and the node whose op is to blame.
  const char* problem = nullptr;
  NodeId at = no_node;
};

// A node and its cotangent, which has the node's dtype and broadcasts to its shape.
struct Seed {
  NodeId y = no_node;
  NodeId dy = no_node;
};

namespace derivative {

class Differentiation {
 public:
  constexpr Differentiation(Graph& graph, std::span<const Seed> seeds, std::span<const NodeId> wrt)
      : g_(graph),
        size_(graph.size()),
        varies_(size_, false),
        asked_(size_, false),
        depends_(size_, false),
        incoming_(size_),
        pieces_(size_),
        found_(size_) {
    for (NodeId id = 0; id < size_; ++id) {
      varies_[id] = g_[id].op == Op::input || any_operand(varies_, id);
      asked_[id] = is_asked_for(id, wrt);
      depends_[id] = asked_[id] || (passes_on(g_[id]) && any_operand(depends_, id));
    }
    for (const Seed& s : seeds)
      if (depends_[s.y]) incoming_[s.y].push_back({s.dy});
  }

  constexpr Gradients run(std::span<const NodeId> wrt) {
    for (NodeId id = size_; id-- > 0 && !out_.problem;) visit(id);
    if (!out_.problem)
      for (NodeId id : wrt) out_.nodes.push_back(gradient(id));
    return out_;
  }

 private:
  // The same run-time scalar may be read in several dtypes.
  constexpr bool is_same(NodeId a, NodeId b) const {
    return a == b ||
           (g_[a].op == Op::scalar && g_[b].op == Op::scalar && g_[a].attribute == g_[b].attribute);
  }
  constexpr bool is_asked_for(NodeId id, std::span<const NodeId> wrt) const {
    return std::any_of(wrt.begin(), wrt.end(), [&](NodeId w) { return is_same(id, w); });
  }
  constexpr bool any_operand(const std::vector<bool>& marks, NodeId id) const {
    const std::span<const NodeId> operands = g_[id].operands();
    return std::any_of(operands.begin(), operands.end(), [&](NodeId arg) { return marks[arg]; });
  }
  // Whether the result changes at all with small changes of the operands.
  constexpr static bool passes_on(const Node& n) {
    return !is_bool(n.dtype) && n.op != Op::index && n.op != Op::count;
  }

  constexpr void visit(NodeId id) {
    if (!depends_[id]) return;
    if (!pieces_[id].empty())
      for (Contribution& c : assembled(g_, id, pieces_[id])) incoming_[id].push_back(std::move(c));
    if (incoming_[id].empty()) return;
    if (asked_[id]) found_[id] = incoming_[id];
    const Contribution adjoint = combined(g_, incoming_[id]);
    incoming_[id].clear();
    flow(id, adjoint);
  }

  // What has been found for a node, as a tensor of its own shape.
  constexpr NodeId gradient(NodeId id) {
    const DType dtype = g_[id].dtype;
    NodeId total = no_node;
    for (NodeId k = 0; k < size_; ++k) {
      if (!is_same(k, id) || found_[k].empty()) continue;
      const NodeId part = cast(Value{&g_, settled(g_, found_[k])}, dtype).id;
      total = total == no_node ? part : apply(g_, Op::add, {total, part});
    }
    return stretched(g_, total == no_node ? g_.constant(dtype, 0.0) : total, id);
  }

  constexpr void fail(NodeId at, const char* problem) {
    if (!out_.problem) out_.problem = problem, out_.at = at;
  }
  // An integer that depends on what is asked for: where it was made of a float.
  constexpr void fail_at_integer(NodeId id) {
    while (!is_float(g_[g_[id].args[0]].dtype)) {
      const std::span<const NodeId> operands = g_[id].operands();
      id = *std::find_if(operands.begin(), operands.end(), [&](NodeId a) { return depends_[a]; });
    }
    fail(id, "integers have no derivative; surrogate(it, t) has that of t");
  }

  // For operand i of the node at hand: whether its adjoint is asked for, and a part of it.
  constexpr bool wants(std::size_t i) const { return depends_[g_[id_].args[i]]; }
  constexpr void pass(std::size_t i, NodeId value, const Conditions& under) {
    incoming_[g_[id_].args[i]].push_back({value, under});
  }
  // The same of an elementwise op, whose operands may have been broadcast.
  constexpr void give(std::size_t i, Value value, Conditions under) {
    const Shape operand = g_.shape(g_[id_].args[i]);
    if (operand != g_.shape(id_)) {
      value.id = settled(g_, {{value.id, under}});
      value.id = unbroadcast(g_, value.id, id_, operand);
      under.clear();
    }
    pass(i, value.id, under);
  }
  constexpr void give(std::size_t i, Value value) { give(i, value, adjoint_.under); }
  // The adjoint times a slope.
  constexpr void scale(std::size_t i, Value slope) { give(i, times(dy(), slope)); }

  constexpr Value value(NodeId id) { return {&g_, id}; }
  constexpr Value arg(std::size_t i) { return value(g_[id_].args[i]); }
  constexpr Value result() { return value(id_); }
  constexpr Value dy() { return value(adjoint_.value); }
  constexpr Conditions when(Value condition, bool holds) {
    return with(g_, adjoint_.under, condition.id, holds);
  }

  constexpr void flow(NodeId id, const Contribution& adjoint);
  constexpr void arithmetic(Op op);
  constexpr void extremum(Op op);
  constexpr void selection();
  constexpr void magnitude();
  constexpr void conversion();
  constexpr void reduction(Op op);
  constexpr void view(Op op);
  constexpr void elementary(Op op);
  constexpr void composite(Op op);
  constexpr void two_operands(Op op);

  Graph& g_;
  NodeId size_;               // before adjoints were appended
  std::vector<bool> varies_;  // with the inputs
  std::vector<bool> asked_;
  std::vector<bool> depends_;  // on what is asked for
  std::vector<std::vector<Contribution>> incoming_;
  std::vector<std::vector<Piece>> pieces_;
  std::vector<std::vector<Contribution>> found_;
  NodeId id_ = no_node;  // the node at hand, and its adjoint
  Contribution adjoint_;
  Gradients out_;
};

// One case per op.
constexpr void Differentiation::flow(NodeId id, const Contribution& adjoint) {
  id_ = id;
  adjoint_ = adjoint;
  const Op op = g_[id].op;
  switch (op) {
    case Op::input:
    case Op::scalar:
    case Op::constant:
    case Op::count:
    case Op::index: return;
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::fma:
    case Op::neg:
    case Op::sqrt: return arithmetic(op);
    case Op::abs:
    case Op::copysign: return magnitude();
    case Op::min:
    case Op::max: return extremum(op);
    case Op::floor:
    case Op::ceil:
    case Op::trunc:
    case Op::round:
      return fail(id, "a function of steps has no derivative; surrogate(it, t) has that of t");
    case Op::select: return selection();
    case Op::cast: return conversion();
    case Op::bitcast: return fail(id, "bits have no derivative; surrogate(it, t) has that of t");
    case Op::lookup: return fail_at_integer(g_[id].args[0]);
    case Op::eq:
    case Op::ne:
    case Op::lt:
    case Op::le:
    case Op::gt:
    case Op::ge:
    case Op::bit_and:
    case Op::bit_or:
    case Op::bit_xor:
    case Op::bit_not:
    case Op::shl:
    case Op::shr:
    case Op::sar: throw InternalError("only floats have adjoints");
    case Op::reduce_sum:
    case Op::reduce_max:
    case Op::reduce_max_number:
    case Op::reduce_min:
    case Op::sparse_threshold: return reduction(op);
    case Op::expand_dims:
    case Op::squeeze:
    case Op::slice:
    case Op::join: return view(op);
    case Op::exp:
    case Op::exp2:
    case Op::expm1:
    case Op::log:
    case Op::log2:
    case Op::log10:
    case Op::log1p:
    case Op::rsqrt:
    case Op::sin:
    case Op::cos:
    case Op::tanh:
    case Op::sigmoid:
    case Op::erf:
    case Op::erfc: return elementary(op);
    case Op::softplus:
    case Op::silu:
    case Op::gelu:
    case Op::gelu_tanh:
    case Op::mish:
    case Op::tanh_shrink:
    case Op::telu: return composite(op);
    case Op::pow:
    case Op::hypot:
    case Op::swish:
    case Op::scaled_softplus:
    case Op::softcap:
    case Op::squareplus:
    case Op::surrogate:
    case Op::compensated: return two_operands(op);
  }
}

constexpr void Differentiation::arithmetic(Op op) {
  switch (op) {
    case Op::neg: return give(0, -dy());
    case Op::sqrt: return give(0, dy() / (result() * 2.0));
    case Op::add:
    case Op::sub:
      if (wants(0)) give(0, dy());
      if (wants(1)) give(1, op == Op::add ? dy() : -dy());
      return;
    case Op::fma:
      if (wants(2)) give(2, dy());
      [[fallthrough]];
    case Op::mul:
      if (wants(0)) scale(0, arg(1));
      if (wants(1)) scale(1, arg(0));
      return;
    default: break;
  }
  // A divisor that many elements share is inverted once.
  const bool is_shared = g_.shape(arg(1).id) != g_.shape(id_) && !g_.is_constant(arg(1).id);
  const Value quotient = is_shared ? times(dy(), 1.0 / arg(1)) : dy() / arg(1);
  if (wants(0)) give(0, quotient);
  if (wants(1)) give(1, -times_quotient(quotient, result(), arg(1)));
}

// |x| and copysign(x, s), whose sign counts as a constant.
constexpr void Differentiation::magnitude() {
  const Value x = arg(0);
  if (g_[id_].op == Op::copysign) {
    if (wants(0)) scale(0, copysign(x.like(1.0), x) * copysign(x.like(1.0), arg(1)));
    return;
  }
  give(0, dy(), when(x > 0.0, true));
  const Conditions under = adjoint_.under;
  adjoint_.under = when(x > 0.0, false);
  give(0, -dy(), when(x < 0.0, true));
  adjoint_.under = under;
}

// A tie goes to the operand that is constant, else to the second: max(x, 0) is flat at 0.
constexpr void Differentiation::extremum(Op op) {
  const bool is_max = op == Op::max;
  const auto beats = [&](std::size_t i, std::size_t k) {
    return is_max ? arg(i) > arg(k) : arg(i) < arg(k);
  };
  const std::size_t strict = !varies_[g_[id_].args[0]] && varies_[g_[id_].args[1]] ? 1 : 0;
  const Value condition = beats(strict, 1 - strict);
  if (wants(strict)) give(strict, dy(), when(condition, true));
  if (wants(1 - strict)) give(1 - strict, dy(), when(condition, false));
}

constexpr void Differentiation::selection() {
  if (wants(1)) give(1, dy(), when(arg(0), true));
  if (wants(2)) give(2, dy(), when(arg(0), false));
}

constexpr void Differentiation::conversion() {
  const DType from = arg(0).dtype();
  if (!is_float(from)) return fail_at_integer(g_[id_].args[0]);
  give(0, is_number(g_, dy().id, 1) ? arg(0).like(1.0) : cast(dy(), from));
}

// The adjoint of a reduction broadcasts to its operand.
constexpr void Differentiation::reduction(Op op) {
  if (op == Op::reduce_sum) return pass(0, adjoint_.value, adjoint_.under);
  const Value x = arg(0);
  // Those that share it: the largest (smallest) elements, or those above the threshold.
  const Value chosen = op == Op::sparse_threshold ? x > result() : x == result();
  const Value ones = select(chosen, x.like(1.0), x.like(0.0));
  const Value many = value(apply(g_, Op::reduce_sum, {ones.id}, g_[id_].attribute));
  pass(0, (dy() / many).id, when(chosen, true));
}

// Views give and take whole tensors: conditions end here.
constexpr void Differentiation::view(Op op) {
  const Attribute attribute = g_[id_].attribute;
  NodeId whole = settled(g_, {adjoint_});
  const std::size_t rank = g_.shape(id_).size();
  if (op == Op::expand_dims || op == Op::squeeze) {
    if (!g_.shape(whole).empty())
      whole = apply(g_, op == Op::squeeze ? Op::expand_dims : Op::squeeze,
                    {of_rank(g_, whole, rank)}, attribute);
    return pass(0, whole, {});
  }
  whole = stretched(g_, whole, id_);
  if (op == Op::slice) {
    const Slice slice = slice_of(attribute);
    if (slice.step > 2)
      return fail(id_,
                  "of slices only those of every element or every second one have a derivative");
    pieces_[g_[id_].args[0]].push_back({slice, whole});
    return;
  }
  const Join join = join_of(attribute);
  const auto extent = [&](std::size_t i) { return g_.shape(arg(i).id)[join.axis].extent; };
  const std::array<Slice, 2> parts = parts_of(join, extent(0), extent(1));
  for (std::size_t i = 0; i < 2; ++i)
    if (wants(i)) pass(i, apply(g_, Op::slice, {whole}, attribute_of(parts[i])), {});
}

constexpr void Differentiation::elementary(Op op) {
  const Value x = arg(0), y = result();
  switch (op) {
    case Op::exp: return scale(0, y);
    case Op::exp2: return scale(0, exp2_slope(x));
    case Op::expm1: return scale(0, exp(x));
    case Op::log: return give(0, dy() / x);
    case Op::log2: return give(0, times(dy(), x.like(log2_e)) / x);
    case Op::log10: return give(0, times(dy(), x.like(log10_e)) / x);
    case Op::log1p: return give(0, dy() / (x + 1.0));
    case Op::rsqrt: return scale(0, y * -0.5 / x);
    case Op::sin: return scale(0, cos(x));
    case Op::cos: return scale(0, -sin(x));
    case Op::tanh: return scale(0, sech_squared(x));
    case Op::sigmoid: return scale(0, logistic(x));
    case Op::erf: return scale(0, erf_slope(x));
    case Op::erfc: return scale(0, -erf_slope(x));
    default: throw InternalError("not an elementary function");
  }
}

constexpr void Differentiation::composite(Op op) {
  const Value x = arg(0);
  switch (op) {
    case Op::softplus: return scale(0, sigmoid(x));
    case Op::silu: return scale(0, silu_slope(x));
    case Op::gelu: return scale(0, gelu_slope(x));
    case Op::gelu_tanh: return scale(0, gelu_tanh_slope(x));
    case Op::mish: return scale(0, mish_slope(x));
    case Op::tanh_shrink: return scale(0, tanh_shrink_slope(x, result()));
    case Op::telu: return scale(0, telu_slope(x));
    default: throw InternalError("not a composite function");
  }
}

constexpr void Differentiation::two_operands(Op op) {
  const Value x = arg(0), y = arg(1), r = result();
  switch (op) {
    case Op::pow:
      if (wants(0)) scale(0, pow_slope(x, y));
      if (wants(1)) scale(1, pow_slope_in_exponent(x, y, r));
      return;
    case Op::hypot:
      if (wants(0)) scale(0, select(r == 0.0, 0.0, x / r));
      if (wants(1)) scale(1, select(r == 0.0, 0.0, y / r));
      return;
    case Op::swish:
      if (wants(0)) scale(0, swish_slope(x, y));
      if (wants(1)) scale(1, swish_slope_in_beta(x, y, r));
      return;
    case Op::scaled_softplus:
      if (wants(0)) scale(0, sigmoid_of_product(y, x));
      if (wants(1)) scale(1, scaled_softplus_slope_in_beta(x, y));
      return;
    case Op::softcap:
      if (wants(0)) scale(0, softcap_slope(x, y));
      if (wants(1)) scale(1, softcap_slope_in_cap(x, y));
      return;
    case Op::squareplus:
      if (wants(0)) scale(0, squareplus_slope(x, y, r));
      if (wants(1)) scale(1, 0.25 / squareplus_root(x, y));
      return;
    case Op::surrogate:
    case Op::compensated:
      if (wants(1)) give(1, dy());
      return;
    default: throw InternalError("not a function of two operands");
  }
}

}  // namespace derivative

// The gradients of the sum of all y * dy with respect to the nodes `wrt`, of float dtypes: inputs,
// run-time scalars, or any others, which then count as variables of their own.
constexpr Gradients differentiate(Graph& graph, std::span<const Seed> seeds,
                                  std::span<const NodeId> wrt) {
  return derivative::Differentiation(graph, seeds, wrt).run(wrt);
}

}  // namespace actjit
