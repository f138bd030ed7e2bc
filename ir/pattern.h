// Patterns: the two sides of a rewrite rule, written as expressions.
//
//   {"sub-neg", a - (-b), a + b, Preserves::bits}
//
// a, b, c match any node (the same letter the same node); k matches a float constant; numbers match
// that constant exactly, -0 apart from 0. wide(a) matches an f64 value that is an f32 value in
// truth: the cast of an f32 node, a constant that f32 has or, where a cast is the root of the
// pattern, one of these through ops of trait `exact` and selections; `a` is then the f32 node.
// wide(a, t) does the same for values of a 16-bit dtype t in a wider one, without such ops.
#pragma once

#include <array>
#include <concepts>
#include <string_view>

#include "ir/graph.h"

namespace actjit {

enum class PatternKind : std::uint8_t { any, constant, number, wide, reciprocal, apply };

struct PatternNode {
  PatternKind kind = PatternKind::any;
  Op op = Op::add;
  std::uint8_t variable = 0;
  double number = 0;
  DType dtype = DType::f32;  // of casts, and of what wide() matches
  std::array<std::uint8_t, max_arity> args = {};
};

struct Pattern {
  static constexpr std::size_t capacity = 12;
  std::array<PatternNode, capacity> nodes{};
  std::uint8_t size = 0;  // the root is the last node

  constexpr std::uint8_t root() const { return static_cast<std::uint8_t>(size - 1); }
  // Appends another pattern and returns where its root lies.
  constexpr std::uint8_t append(const Pattern& p) {
    const std::uint8_t base = size;
    for (std::size_t i = 0; i < p.size; ++i) {
      check(size < capacity, "a pattern has too many nodes");
      PatternNode n = p.nodes[i];
      if (n.kind == PatternKind::apply)
        for (std::uint8_t& arg : n.args) arg = static_cast<std::uint8_t>(arg + base);
      nodes[size++] = n;
    }
    return root();
  }
};

enum class Preserves : std::uint8_t {
  bits,  // every bit, of zeros, infinities and subnormals too; NaN stays NaN
  ulp    // one more rounding: within 1 ULP of what stood there, for normal results
};

// What the variables a, b, c, k stand for.
struct Match {
  static constexpr std::size_t variables = 4;
  const Graph* graph = nullptr;
  std::array<NodeId, variables> nodes = {no_node, no_node, no_node, no_node};
};

struct Rule {
  std::string_view name;
  Pattern from;
  Pattern to;
  Preserves preserves = Preserves::bits;
  bool (*when)(const Match&) = nullptr;  // a condition on the matched nodes; null: always
};

namespace pattern {

constexpr Pattern leaf(PatternNode n) {
  Pattern p;
  p.nodes[p.size++] = n;
  return p;
}
inline constexpr Pattern a = leaf({.kind = PatternKind::any, .variable = 0});
inline constexpr Pattern b = leaf({.kind = PatternKind::any, .variable = 1});
inline constexpr Pattern c = leaf({.kind = PatternKind::any, .variable = 2});
inline constexpr std::uint8_t k_variable = 3;
inline constexpr Pattern k = leaf({.kind = PatternKind::constant, .variable = k_variable});
// On a right side: 1 / k, computed in double.
inline constexpr Pattern reciprocal_k =
    leaf({.kind = PatternKind::reciprocal, .variable = k_variable});

constexpr Pattern wide(const Pattern& variable, DType narrow = DType::f32) {
  return leaf({.kind = PatternKind::wide, .variable = variable.nodes[0].variable, .dtype = narrow});
}
constexpr Pattern lift(const Pattern& p) { return p; }
constexpr Pattern lift(double x) { return leaf({.kind = PatternKind::number, .number = x}); }

template <class T>
concept Liftable = std::same_as<T, Pattern> || std::same_as<T, double>;

constexpr Pattern apply(Op op, std::initializer_list<Pattern> args, DType cast_to = DType::f32) {
  Pattern out;
  PatternNode n{.kind = PatternKind::apply, .op = op, .dtype = cast_to};
  std::size_t i = 0;
  for (const Pattern& p : args) n.args[i++] = out.append(p);
  check(out.size < Pattern::capacity, "a pattern has too many nodes");
  out.nodes[out.size++] = n;
  return out;
}

#define ACTJIT_PATTERN_OPERATOR(symbol, op)                                        \
  template <Liftable A, Liftable B>                                                \
  requires(std::same_as<A, Pattern> || std::same_as<B, Pattern>) constexpr Pattern \
  operator symbol(const A& x, const B& y) {                                        \
    return apply(Op::op, {lift(x), lift(y)});                                      \
  }
ACTJIT_PATTERN_OPERATOR(+, add)
ACTJIT_PATTERN_OPERATOR(-, sub)
ACTJIT_PATTERN_OPERATOR(*, mul)
ACTJIT_PATTERN_OPERATOR(/, div)
#undef ACTJIT_PATTERN_OPERATOR

constexpr Pattern operator-(const Pattern& x) { return apply(Op::neg, {x}); }
constexpr Pattern operator~(const Pattern& x) { return apply(Op::bit_not, {x}); }
constexpr Pattern abs(const Pattern& x) { return apply(Op::abs, {x}); }
template <Liftable... T>
constexpr Pattern min(const T&... x) {
  return apply(Op::min, {lift(x)...});
}
template <Liftable... T>
constexpr Pattern max(const T&... x) {
  return apply(Op::max, {lift(x)...});
}
template <Liftable... T>
constexpr Pattern fma(const T&... x) {
  return apply(Op::fma, {lift(x)...});
}
template <Liftable... T>
constexpr Pattern select(const T&... x) {
  return apply(Op::select, {lift(x)...});
}
constexpr Pattern copysign(const Pattern& x, const Pattern& y) {
  return apply(Op::copysign, {x, y});
}
constexpr Pattern cast(const Pattern& x, DType to) { return apply(Op::cast, {x}, to); }
constexpr Pattern f32(const Pattern& x) { return cast(x, DType::f32); }

}  // namespace pattern
}  // namespace actjit
