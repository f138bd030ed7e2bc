// What several subcommands take. A value that cannot be one (an unknown tier, a shape that is none)
// is a usage error; what the expression makes of values is not.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "frontend/language.h"
#include "ir/pipeline.h"
#include "tools/common/call.h"

namespace actjit::tools {

// An expression and what it is compiled for.
struct ExpressionOptions {
  std::string text;
  std::string dialect = "keras";
  std::string tier = "precise";
  std::string target = "native";
  std::string certificate;              // a file; beside those in certificate_folder()
  std::vector<std::string> grad;        // what gradients are with respect to
  std::vector<std::string> cotangents;  // those that are inputs
  bool grad_only = false;

  void add_to(CLI::App& command);
  Tier tier_value() const { return find_tier(tier).value(); }
  // The program, with gradients where they are asked for. A cotangent is an input where it is named
  // or among `given`, the names of tensors.
  Result<Program> parse(const std::vector<std::string>& given = {}) const;
  // The program's text and what it computes beside.
  std::string title(const Program& program) const;
  // What the user has beside the project's certificates. Errors: those of read_certificate;
  // invalid_argument where --certificate is of another graph.
  Result<Certificates> certificates(const Graph& graph) const;
};

void add_dialect(CLI::App& command, std::string& dialect);
void add_dtype(CLI::App& command, std::string& dtype);

// "name=value" in two; the whole text is the second half where there is no name.
struct Assignment {
  std::string name;
  std::string value;
};
Assignment split_assignment(const std::string& text);

// Options that may come several times, each with one value. Values are checked while parsing.
void add_inputs(CLI::App& command, std::vector<std::string>& inputs);
void add_scalars(CLI::App& command, std::vector<std::string>& scalars);
void add_shapes(CLI::App& command, std::vector<std::string>& shapes, std::string_view by_default);

// A binding for each input of the program, in its order, of a shape that `shapes` gives to all or
// to it, else `common`; and one for each shape of a name that is none, which build() will complain
// about.
std::vector<Binding> bindings_of(const Program& program, DType dtype,
                                 const std::vector<std::string>& shapes, Shape common);

std::vector<NamedValue> scalars_of(const std::vector<std::string>& texts);

// CLI11 takes an argument that begins with '-' for a flag. An expression does so too ("-x * y"):
// right behind the subcommand it is marked, and parse() takes the mark away.
std::vector<std::string> mark_expression(int argc, const char* const* argv);

}  // namespace actjit::tools
