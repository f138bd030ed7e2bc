// The catalogue at run time: activations by name and dialect, their serialised form, and their
// documentation.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/activation.h"
#include "frontend/axis_list.h"
#include "frontend/language.h"

namespace actjit {

// An activation with a value for every canonical parameter but tensors, which are left out, or an
// op that is used as one.
class Activation {
 public:
  struct Parameter {
    std::string_view name;
    ParameterKind kind;
    double value;        // of a boolean: 0 or 1
    AxisList axes = {};  // empty: all axes
  };

  std::string_view name() const { return name_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  // The call in canonical form, which is a program: "leaky_relu(x, slope=0.2)".
  std::string text() const;

  // The same function with the same bits in every parameter.
  friend bool operator==(const Activation& a, const Activation& b);

 private:
  friend struct Catalogue;
  const ActivationRow* row_ = nullptr;  // null: an op
  std::string program_;                 // in the dialect whose derivative it has; empty: text()
  Dialect dialect_ = Dialect::canonical;
  std::string_view name_;
  std::vector<std::string_view> operands_;
  std::vector<Parameter> parameters_;
};

// The activation of that name with the dialect's defaults.
// Errors: unknown_name, with the nearest; invalid_argument where a parameter has no default.
Result<Activation> find_activation(std::string_view name, Dialect dialect = Dialect::keras);

// From JSON: a name, or {"name": ..., parameters as the dialect calls them}. Infinities and NaN are
// the strings "inf", "-inf", "nan"; axes are an integer or a list. null is a limit that is not
// there, all axes or no tensor; null alone is `linear`. Errors: syntax; unknown_name;
// invalid_argument for a parameter's value; limit.
Result<Activation> deserialize(std::string_view json, Dialect dialect = Dialect::keras);

// The JSON deserialize() reads: the name, or the name and the parameters that are not the defaults.
// Errors: unsupported where the dialect cannot say it (silu with beta = 2 in torch).
Result<std::string> serialize(const Activation& activation, Dialect dialect = Dialect::keras);

// From a bare name or from JSON.
Result<Activation> get_activation(std::string_view name_or_json, Dialect dialect = Dialect::keras);

// The activation as a program, in canonical form unless a dialect has another derivative, and its
// graph for inputs of these dtypes and shapes.
Result<Program> program(const Activation& activation);
Result<Graph> build(const Activation& activation, std::span<const Binding> inputs);

// How a dialect calls an activation.
struct ListEntry {
  std::string name;     // ours
  std::string call;     // the dialect's: "leaky_relu(x, negative_slope=0.01)"
  std::string formula;  // in the text language, one statement a line
  bool along_axes;      // looks along axes, instead of doing the same to every element
};
// Every call the dialect knows, in the order of the table; ops are not in it.
std::vector<ListEntry> list_activations(Dialect dialect = Dialect::keras);

// docs/activations.md.
std::string list_markdown();

// What there is to know about one activation or op, for people.
// Errors: unknown_name, with the nearest.
Result<std::string> show_activation(std::string_view name, Dialect dialect = Dialect::keras);

}  // namespace actjit
