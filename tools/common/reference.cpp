#include "tools/common/reference.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ir/eval.h"
#include "tools/common/reference_math.h"

namespace actjit::tools {

namespace {

Bits element_at(const TensorView& v, std::int64_t offset) {
  const auto width = static_cast<std::size_t>(bytes(v.dtype));
  Bits out = 0;
  std::memcpy(&out, static_cast<const char*>(v.data) + offset * bytes(v.dtype), width);
  return out;
}

// Where a tensor stretched to the rank of `index` keeps that element.
std::int64_t offset_of(const TensorView& v, std::span<const std::int64_t> index) {
  std::int64_t offset = 0;
  const std::size_t lead = index.size() - v.dims.size();
  for (std::size_t d = 0; d < v.dims.size(); ++d)
    if (v.dims[d] != 1) offset += index[lead + d] * v.strides[d];
  return offset;
}

// A node's value at one element: a real number for floats, else the element's bits.
template <class T>
struct Element {
  T real{};
  Bits bits = 0;
};

template <class T>
class Evaluator {
 public:
  using N = Numbers<T>;
  Evaluator(const Graph& g, std::size_t output, std::span<const TensorView> inputs,
            std::span<const double> scalars)
      : g_(g),
        root_(g.outputs()[output].node),
        inputs_(inputs),
        scalars_(scalars),
        needed_(g.size(), false),
        values_(g.size()) {
    needed_[root_] = true;
    for (NodeId id = root_ + 1; id-- > 0;)
      if (needed_[id])
        for (NodeId arg : g[id].operands()) needed_[arg] = true;
    // Leaves that are the same for every element.
    for (NodeId id = 0; id <= root_; ++id)
      if (needed_[id] && (g[id].op == Op::constant || g[id].op == Op::scalar)) {
        values_[id] = leaf(g[id], id);
        needed_[id] = false;
      }
  }

  T at(std::span<const std::int64_t> index) {
    for (NodeId id = 0; id <= root_; ++id)
      if (needed_[id]) values_[id] = node(g_[id], index);
    return values_[root_].real;
  }

 private:
  static Element<T> from_bits(DType dtype, Bits b) {
    if (!is_float(dtype)) return {.bits = b};
    return {.real = N::from(eval::to_double(dtype, b))};
  }
  static Bits to_element(DType dtype, T x) { return eval::real(dtype, N::to_real(x)); }

  Element<T> leaf(const Node& n, NodeId id) const {
    if (n.op == Op::scalar) return {.real = N::from(scalars_[n.attribute[0]])};
    if (is_float(n.dtype)) return {.real = N::from(g_.real(id))};
    return {.bits = n.attribute[0]};
  }

  Element<T> node(const Node& n, std::span<const std::int64_t> index) const {
    if (n.op == Op::input) {
      const TensorView& v = inputs_[n.attribute[0]];
      return from_bits(v.dtype, element_at(v, offset_of(v, index)));
    }
    std::array<Element<T>, max_arity> a{};
    for (std::size_t i = 0; i < n.operands().size(); ++i) a[i] = values_[n.args[i]];
    const DType from = g_[n.operands().back()].dtype;
    switch (n.op) {
      case Op::select: return (a[0].bits & 1) ? a[1] : a[2];
      case Op::cast: return cast(from, n.dtype, a[0]);
      case Op::bitcast:
        return is_float(from) ? Element<T>{.bits = to_element(from, a[0].real)}
                              : from_bits(n.dtype, a[0].bits);
      case Op::lookup: {
        const Table& table = g_.tables()[n.attribute[0]];
        return from_bits(table.dtype, table.values[a[0].bits & (table.values.size() - 1)]);
      }
      default: break;
    }
    if (!is_float(from)) return {.bits = eval::apply(n.op, from, n.dtype, a[0].bits, a[1].bits, 0)};
    if (info(n.op).rule == TypeRule::compare)
      return {.bits = eval::compare(n.op, a[0].real, a[1].real) ? Bits{1} : Bits{0}};
    if (is_math(n.op)) return {.real = ReferenceMath<T>::apply(n.op, a[0].real, a[1].real)};
    return {.real = arithmetic(n.op, a[0].real, a[1].real, a[2].real)};
  }

  // Widening is exact; narrowing is a rounding that the author asked for.
  static Element<T> cast(DType from, DType to, const Element<T>& a) {
    if (!is_float(from) && !is_float(to)) return {.bits = eval::cast(from, to, a.bits)};
    if (!is_float(from)) {
      const Bits wide = from == DType::i64 ? a.bits : eval::cast(from, DType::i64, a.bits);
      return {.real = N::from(static_cast<std::int64_t>(wide))};
    }
    if (is_bool(to)) return {.bits = a.real != N::from(0.0) ? Bits{1} : Bits{0}};
    if (!is_float(to))
      return {.bits = eval::cast(DType::f64, to, to_bits(N::to_f64(N::trunc(a.real))))};
    if (to == from || bytes(to) > bytes(from)) return a;
    return from_bits(to, to_element(to, a.real));
  }

  static T arithmetic(Op op, T a, T b, T c) {
    switch (op) {
      case Op::add: return a + b;
      case Op::sub: return a - b;
      case Op::mul: return a * b;
      case Op::div: return a / b;
      case Op::fma: return N::fma(a, b, c);
      case Op::neg: return -a;
      case Op::abs: return N::abs(a);
      case Op::sqrt: return N::sqrt(a);
      case Op::min: return b < a || N::is_nan(b) ? b : a;
      case Op::max: return b > a || N::is_nan(b) ? b : a;
      case Op::floor: return N::floor(a);
      case Op::ceil: return N::ceil(a);
      case Op::trunc: return N::trunc(a);
      case Op::round: return N::round(a);
      case Op::copysign: return N::copysign(a, b);
      default: throw InternalError("not an op on floats");
    }
  }

  const Graph& g_;
  NodeId root_;
  std::span<const TensorView> inputs_;
  std::span<const double> scalars_;
  std::vector<bool> needed_;  // for each element
  std::vector<Element<T>> values_;
};

std::vector<std::int64_t> unravel(std::int64_t at, std::span<const std::int64_t> dims) {
  std::vector<std::int64_t> index(dims.size());
  for (std::size_t d = dims.size(); d-- > 0;) {
    index[d] = at % dims[d];
    at /= dims[d];
  }
  return index;
}

void judge_output(const Graph& g, std::size_t output, std::span<const TensorView> inputs,
                  std::span<const double> scalars, const TensorView& result, std::int64_t limit,
                  Accuracy& out) {
  Evaluator<long double> reference(g, output, inputs, scalars);
  const std::int64_t elements = result.elements();
  const std::int64_t count = std::min(elements, limit);
  out.elements += elements;
  for (std::int64_t i = 0; i < count; ++i) {
    // i * elements / count, which would overflow.
    const std::int64_t at = i * (elements / count) + i * (elements % count) / count;
    const std::vector<std::int64_t> index = unravel(at, result.dims);
    const double got = eval::to_double(result.dtype, element_at(result, offset_of(result, index)));
    const long double wanted = reference.at(index);
    const double ulp = ulp_distance(result.dtype, got, wanted);
    ++out.compared;
    if (ulp > out.max_ulp) {
      out.max_ulp = ulp;
      out.worst = at;
      out.got = got;
      out.wanted = static_cast<double>(wanted);
    }
  }
}

}  // namespace

long double reference_at(const Graph& graph, std::size_t output, std::span<const TensorView> inputs,
                         std::span<const double> scalars, std::span<const std::int64_t> index) {
  return Evaluator<long double>(graph, output, inputs, scalars).at(index);
}

Accuracy judge(const Graph& graph, std::span<const TensorView> inputs,
               std::span<const double> scalars, std::span<const TensorView> outputs,
               std::int64_t limit) {
  Accuracy out;
  for (std::size_t o = 0; o < outputs.size(); ++o)
    if (is_float(outputs[o].dtype)) judge_output(graph, o, inputs, scalars, outputs[o], limit, out);
  return out;
}

}  // namespace actjit::tools
