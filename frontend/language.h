// The text language at run time: from text to a program, from a program to a graph.
// docs/language.md describes the language.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/bindings.h"
#include "frontend/dialect.h"
#include "frontend/syntax.h"
#include "ir/gradient.h"
#include "ir/graph.h"

namespace actjit {

// A text that parses: names are resolved, calls fit what they call. Dtypes and shapes are checked
// by build(), which knows them.
class Program {
 public:
  struct ScalarValue {
    std::string name;
    double initial;  // where the call gives none
  };

  const std::string& text() const { return text_; }
  Dialect dialect() const { return dialect_; }
  // Free names, in order of first appearance.
  const std::vector<std::string>& inputs() const { return inputs_; }
  // Run-time scalars, in order of declaration.
  const std::vector<ScalarValue>& scalars() const { return scalars_; }
  // An output that is a bound name has that name; others are y, or y0, y1 ... by position. The
  // gradients of with_gradients() come behind them.
  const std::vector<std::string>& outputs() const { return outputs_; }

 private:
  friend Result<Program> parse_program(std::string_view text, Dialect dialect);
  friend Result<Graph> build(const Program& program, std::span<const Binding> inputs);
  friend Program with_gradients(Program program, GradientOptions options);

  std::string text_;
  Dialect dialect_ = Dialect::keras;
  Syntax syntax_;
  std::vector<std::string> inputs_;
  std::vector<ScalarValue> scalars_;
  std::vector<std::string> outputs_;
  GradientOptions gradients_;
};

// A text that is one function's name alone, such as "gelu" or "gelu(approximate=true)", means its
// call on inputs named as its operands: "gelu(x)".
// Errors, all with their place: syntax; unknown_name, with the nearest name; limit (see syntax.h);
// invalid_argument and type_mismatch for the values of scalars; unsupported for recursion.
Result<Program> parse_program(std::string_view text, Dialect dialect = Dialect::keras);

// The program with its gradients as outputs (ir/gradient.h). The cotangents are inputs; build()
// takes their dtypes and shapes from the bindings, and reports what does not fit.
Program with_gradients(Program program, GradientOptions options);

// The graph of a program for inputs of these dtypes and shapes, given in any order.
// Errors: missing_input; unknown_name for one the program does not read; invalid_argument for one
// given twice, or a bad shape; type_mismatch, shape_mismatch and limit with their place.
Result<Graph> build(const Program& program, std::span<const Binding> inputs);

}  // namespace actjit
