// One element of an op in real numbers: what the reference computes elementwise graphs and whole
// tensors of.
#pragma once

#include <span>

#include "ir/eval.h"
#include "ir/graph.h"
#include "tools/common/reference_math.h"

namespace actjit::tools {

// A node's value at one element: a real number for floats, else the element's bits.
template <class T>
struct Element {
  T real{};
  Bits bits = 0;
};

template <class T>
struct ElementMath {
  using N = Numbers<T>;

  static Element<T> from_bits(DType dtype, Bits b) {
    if (!is_float(dtype)) return {.bits = b};
    return {.real = N::from(eval::to_double(dtype, b))};
  }

  // A constant or a run-time scalar.
  static Element<T> leaf(const Graph& g, NodeId id, std::span<const double> scalars) {
    const Node& n = g[id];
    if (n.op == Op::scalar) return {.real = N::from(scalars[n.attribute[0]])};
    if (is_float(n.dtype)) return {.real = N::from(g.real(id))};
    return {.bits = n.attribute[0]};
  }

  // A primitive or a math op of elements.
  static Element<T> apply(const Graph& g, const Node& n, std::span<const Element<T>, max_arity> a) {
    const DType from = g[n.operands().back()].dtype;
    switch (n.op) {
      case Op::select: return (a[0].bits & 1) ? a[1] : a[2];
      case Op::cast: return cast(from, n.dtype, a[0]);
      case Op::bitcast:
        return is_float(from) ? Element<T>{.bits = to_element(from, a[0].real)}
                              : from_bits(n.dtype, a[0].bits);
      case Op::lookup: {
        const Table& table = g.tables()[n.attribute[0]];
        return from_bits(table.dtype, table.values[a[0].bits & (table.values.size() - 1)]);
      }
      default: break;
    }
    return apply(n.op, from, n.dtype, a);
  }
  // The same of an op that needs nothing but its operands.
  static Element<T> apply(Op op, DType from, DType to, std::span<const Element<T>, max_arity> a) {
    if (!is_float(from)) return {.bits = eval::apply(op, from, to, a[0].bits, a[1].bits, 0)};
    if (info(op).rule == TypeRule::compare)
      return {.bits = eval::compare(op, a[0].real, a[1].real) ? Bits{1} : Bits{0}};
    if (is_math(op)) return {.real = ReferenceMath<T>::apply(op, a[0].real, a[1].real)};
    return {.real = arithmetic(op, a[0].real, a[1].real, a[2].real)};
  }

 private:
  static Bits to_element(DType dtype, T x) { return eval::real(dtype, N::to_real(x)); }

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
};

}  // namespace actjit::tools
