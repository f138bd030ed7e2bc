// Value: a node with the graph it lives in, so that formulas read as formulas.
//
//   constexpr Value softsign(Value x) { return x / (1.0 + abs(x)); }
//
// Numbers beside a Value become constants of its dtype (for integers, integer constants).
#pragma once

#include <initializer_list>
#include <span>
#include <type_traits>

#include "ir/graph.h"
#include "ir/soft_float.h"

namespace actjit {

struct Value {
  Graph* graph = nullptr;
  NodeId id = no_node;

  constexpr DType dtype() const { return (*graph)[id].dtype; }
  // A constant of this value's dtype.
  constexpr Value like(double c) const {
    const bool real = is_float(dtype());
    return {graph, real ? graph->constant(dtype(), c)
                        : graph->integer(dtype(), static_cast<std::int64_t>(c))};
  }
  constexpr Value like(Real c) const { return {graph, graph->constant(dtype(), c)}; }
  // For bit patterns, which a double could not hold.
  constexpr Value like(std::int64_t c) const {
    return is_float(dtype()) ? like(static_cast<double>(c))
                             : Value{graph, graph->integer(dtype(), c)};
  }
  constexpr Value like(int c) const { return like(static_cast<std::int64_t>(c)); }
  constexpr Value like(Value v) const { return v; }
};

template <class T>
concept ValueOrNumber = std::is_same_v<T, Value> || std::is_same_v<T, Real> ||
    std::is_same_v<T, double> || std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>;
template <class... T>
concept HasValue = (std::is_same_v<T, Value> || ...) && (ValueOrNumber<T> && ...);

constexpr Value apply(Op op, std::initializer_list<Value> args, Attribute attribute = {0, 0},
                      DType cast_to = DType::f32) {
  std::array<NodeId, max_arity> ids{};
  std::size_t n = 0;
  for (const Value& v : args) ids[n++] = v.id;
  Graph& graph = *args.begin()->graph;
  return {&graph, graph.apply(op, std::span(ids).first(n), attribute, cast_to)};
}

namespace detail {
constexpr Value first_value(Value v, auto...) { return v; }
template <class T, class... Rest>
constexpr Value first_value(T, Rest... rest) {
  return first_value(rest...);
}
template <class... T>
constexpr Value apply_mixed(Op op, T... args) {
  const Value model = first_value(args...);
  return apply(op, {model.like(args)...});
}
}  // namespace detail

// Operators and functions of primitives and math ops, on Values with numbers mixed in.
#define ACTJIT_BINARY_OPERATOR(symbol, op) \
  template <class A, class B>              \
  requires HasValue<A, B>                  \
  constexpr Value operator symbol(A a, B b) { return detail::apply_mixed(Op::op, a, b); }
ACTJIT_BINARY_OPERATOR(+, add)
ACTJIT_BINARY_OPERATOR(-, sub)
ACTJIT_BINARY_OPERATOR(*, mul)
ACTJIT_BINARY_OPERATOR(/, div)
ACTJIT_BINARY_OPERATOR(<, lt)
ACTJIT_BINARY_OPERATOR(<=, le)
ACTJIT_BINARY_OPERATOR(>, gt)
ACTJIT_BINARY_OPERATOR(>=, ge)
ACTJIT_BINARY_OPERATOR(==, eq)
ACTJIT_BINARY_OPERATOR(!=, ne)
ACTJIT_BINARY_OPERATOR(&, bit_and)
ACTJIT_BINARY_OPERATOR(|, bit_or)
ACTJIT_BINARY_OPERATOR(^, bit_xor)
#undef ACTJIT_BINARY_OPERATOR

constexpr Value operator-(Value a) { return apply(Op::neg, {a}); }
constexpr Value operator~(Value a) { return apply(Op::bit_not, {a}); }

#define ACTJIT_FUNCTION(name, op) \
  template <class... T>           \
  requires HasValue<T...>         \
  constexpr Value name(T... args) { return detail::apply_mixed(Op::op, args...); }
ACTJIT_FUNCTION(fma, fma)
ACTJIT_FUNCTION(abs, abs)
ACTJIT_FUNCTION(sqrt, sqrt)
ACTJIT_FUNCTION(min, min)
ACTJIT_FUNCTION(max, max)
ACTJIT_FUNCTION(floor, floor)
ACTJIT_FUNCTION(ceil, ceil)
ACTJIT_FUNCTION(trunc, trunc)
ACTJIT_FUNCTION(round, round)
ACTJIT_FUNCTION(copysign, copysign)
ACTJIT_FUNCTION(shl, shl)
ACTJIT_FUNCTION(shr, shr)
ACTJIT_FUNCTION(sar, sar)
#undef ACTJIT_FUNCTION

// a where `condition` holds, else b; one of a and b may be a number.
template <class A, class B>
requires HasValue<A, B>
constexpr Value select(Value condition, A a, B b) {
  const Value model = detail::first_value(a, b);
  return apply(Op::select, {condition, model.like(a), model.like(b)});
}

constexpr Value cast(Value a, DType to) {
  return a.dtype() == to ? a : apply(Op::cast, {a}, {0, 0}, to);
}
constexpr Value bitcast(Value a, DType to) { return apply(Op::bitcast, {a}, {0, 0}, to); }

// values[index modulo size], as elements of `dtype`.
constexpr Value lookup(std::span<const double> values, Value index, DType dtype) {
  std::vector<Bits> bits;
  for (double v : values) bits.push_back(soft::convert(DType::f64, dtype, to_bits(v)));
  return apply(Op::lookup, {index}, {index.graph->table(dtype, std::move(bits)), 0});
}
constexpr Value lookup(std::span<const std::int64_t> values, Value index) {
  std::vector<Bits> bits;
  for (std::int64_t v : values)
    bits.push_back(index.dtype() == DType::i64 ? static_cast<std::uint64_t>(v)
                                               : static_cast<std::uint32_t>(v));
  return apply(Op::lookup, {index}, {index.graph->table(index.dtype(), std::move(bits)), 0});
}

}  // namespace actjit
