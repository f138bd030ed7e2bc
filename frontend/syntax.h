// The syntax tree of the text language: flat arrays with indices, so that hostile text meets no
// recursion in constructors or destructors. Names and strings are places in the source text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ir/dtype.h"
#include "ir/op.h"

namespace actjit {

// Bounds on what a text may ask for; past them, ErrorCode::limit.
inline constexpr std::size_t max_text_bytes = 1 << 20;
inline constexpr std::size_t max_nesting = 200;    // parentheses, calls and signs inside each other
inline constexpr std::size_t max_depth = 500;      // the same, with definitions expanded
inline constexpr std::size_t max_steps = 4 << 20;  // subexpressions, with definitions expanded
inline constexpr std::size_t max_graph_nodes = 1 << 16;
inline constexpr std::size_t max_inputs = 64;
inline constexpr std::size_t max_outputs = 64;
inline constexpr std::size_t max_scalars = 64;
inline constexpr std::size_t max_arguments = 32;  // of a call, or elements of a list

using SyntaxId = std::uint32_t;
using Symbol = std::uint32_t;  // an interned name
inline constexpr std::uint32_t nothing = ~std::uint32_t{0};

enum class SyntaxKind : std::uint8_t {
  number,    // a: index into numbers
  truth,     // a: 0 or 1
  none,      // the limit that is not there
  dtype,     // dtype
  string,    // begin and end, quotes included
  name,      // a: symbol
  negative,  // a: operand
  negated,   // a: operand of `not`
  binary,    // op, a, b: arithmetic and comparisons
  logical,   // op (bit_and, bit_or), a, b
  power,     // a, b
  list,      // a: first element in arguments, b: how many
  call       // a: first argument, b: how many; symbol, definition
};

struct SyntaxNode {
  SyntaxKind kind = SyntaxKind::number;
  Op op = Op::add;
  DType dtype = DType::f32;
  std::uint32_t at = 0;  // where an error about it points
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  Symbol symbol = nothing;
  std::uint32_t definition = nothing;  // the user's definition a call means
};

struct SyntaxArgument {
  Symbol keyword = nothing;  // nothing: by position
  SyntaxId value = nothing;
  std::uint32_t at = 0;
};

struct SyntaxParameter {
  Symbol symbol = nothing;
  SyntaxId initial = nothing;
};
// def name(parameters) = body
struct Definition {
  Symbol symbol = nothing;
  std::uint32_t at = 0;
  std::vector<SyntaxParameter> parameters = {};
  SyntaxId body = nothing;
};

enum class StatementKind : std::uint8_t { output, assignment, scalar };
struct Statement {
  StatementKind kind = StatementKind::output;
  Symbol symbol = nothing;
  SyntaxId value = nothing;
  std::uint32_t at = 0;
};

struct Syntax {
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  std::vector<SyntaxNode> nodes;
  std::vector<Real> numbers;
  std::vector<SyntaxArgument> arguments;
  std::vector<Definition> definitions;
  std::vector<Statement> statements;
  std::vector<Span> symbols;
  std::vector<Symbol> inputs;   // in order of first appearance
  std::vector<Symbol> scalars;  // in order of declaration

  constexpr std::string_view name(Symbol symbol, std::string_view text) const {
    return text.substr(symbols[symbol].begin, symbols[symbol].end - symbols[symbol].begin);
  }
  constexpr std::string_view source(SyntaxId id, std::string_view text) const {
    return text.substr(nodes[id].begin, nodes[id].end - nodes[id].begin);
  }
};

}  // namespace actjit
