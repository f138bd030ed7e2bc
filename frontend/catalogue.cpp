#include "frontend/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "frontend/boundary.h"
#include "frontend/lower.h"

namespace actjit {

// What the functions below share; the one friend of Activation.
struct Catalogue {
  using Json = nlohmann::ordered_json;

  static Error unknown(std::string_view name, Dialect dialect) {
    return to_error(unknown_function("activation", name, dialect, Nearest(name)), "");
  }

  // The activation of a resolved function, its parameters still zero.
  static Activation blank(const Function& f) {
    Activation a;
    const Signature takes = signature(f, "");
    for (std::size_t i = 0; i < takes.operands; ++i) a.operands_.push_back(takes.slots[i].name);
    if (f.kind != FunctionKind::activation) {
      a.name_ = f.kind == FunctionKind::op ? actjit::text(f.op) : "where";
      return a;
    }
    a.row_ = &activation_table[f.row];
    a.name_ = a.row_->name;
    for (const CanonicalParameter& p : canonical_parameters(*a.row_))
      a.parameters_.push_back({p.name, p.kind, 0});
    return a;
  }

  // Of a number, a boolean as 0 or 1, or axes, none of which are all.
  struct Value {
    double number = 0;
    AxisList axes = {};
    friend bool operator==(const Value& a, const Value& b) {
      const bool nans = a.number != a.number && b.number != b.number;
      return (to_bits(a.number) == to_bits(b.number) || nans) && a.axes == b.axes;
    }
  };
  static Value value_of(const Activation::Parameter& p) { return {p.value, p.axes}; }

  static void set(Activation& a, const Parameter& p, const Value& value) {
    for (std::string_view name : split(p.canonical, "+")) {
      Activation::Parameter& ours = a.parameters_[canonical_index(*a.row_, name)];
      ours.value = value.number;
      ours.axes = value.axes;
    }
  }

  static Value default_value(const Parameter& p) {
    Builder builder(DType::f64);
    const Item item = Lowering(builder).default_of(p);
    if (item.kind == ItemKind::axes) return {.axes = item.axes};
    return {.number = item.is_truth() ? (item.truth ? 1 : 0) : item.number.hi};
  }

  static Error wanted(const Parameter& p, std::string_view what, const Json& value) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the parameter '{}' is {}, not {}", p.name, what, shown(value)));
  }
  static Result<Value> read(const Parameter& p, const Json& value) {
    switch (p.kind) {
      case ParameterKind::boolean: return read_boolean(p, value);
      case ParameterKind::axes: return read_axes(p, value);
      case ParameterKind::tensor:
        if (value.is_null()) return Value();
        return wanted(p, "a tensor, which JSON has none of, or null", value);
      case ParameterKind::number: break;
    }
    return read_number(p, value);
  }
  static Result<Value> read_boolean(const Parameter& p, const Json& value) {
    if (p.is_choice()) {
      const std::string word = value.is_string() ? value.get<std::string>() : "";
      if (word == p.on || word == p.off) return Value{.number = word == p.on ? 1.0 : 0.0};
      return wanted(p, fmt::format("\"{}\" or \"{}\"", p.off, p.on), value);
    }
    if (value.is_boolean()) return Value{.number = value.get<bool>() ? 1.0 : 0.0};
    return wanted(p, "true or false", value);
  }
  static Result<Value> read_axes(const Parameter& p, const Json& value) {
    Value out;
    if (value.is_null()) return out;
    const Json list = value.is_array() ? value : Json::array({value});
    bool fits = !list.empty() && list.size() <= out.axes.values.size();
    for (const Json& axis : list) {
      const bool integer = axis.is_number_integer() && std::abs(axis.get<double>()) <= max_rank;
      fits = fits && integer;
      if (fits) out.axes.push_back(axis.get<std::int32_t>());
    }
    if (fits) return out;
    return wanted(p, fmt::format("an axis, {0} to -{0}, a list of axes or null", max_rank), value);
  }
  static Result<Value> read_number(const Parameter& p, const Json& value) {
    if (value.is_number()) return Value{.number = value.get<double>()};
    if (value.is_string()) {
      const std::string word = value.get<std::string>();
      if (word == "inf") return Value{.number = real::infinity.hi};
      if (word == "-inf") return Value{.number = -real::infinity.hi};
      if (word == "nan") return Value{.number = real::nan.hi};
    }
    const bool limitless = !p.fallback.empty() && std::isinf(default_value(p).number);
    if (value.is_null() && limitless) return default_value(p);
    return wanted(p, limitless ? "a number or null" : "a number", value);
  }
  static std::string shown(const Json& value) {
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 60) + "...";
  }

  static Json write(const Parameter& p, const Value& of) {
    if (p.kind == ParameterKind::axes) return write_axes(of.axes);
    const double value = of.number;
    if (p.is_choice()) return value != 0 ? p.on : p.off;
    if (p.kind == ParameterKind::boolean) return value != 0;
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
  }

  static Json write_axes(const AxisList& axes) {
    if (axes.count == 0) return nullptr;
    if (axes.count == 1) return axes.values[0];
    return axes.span();
  }

  static const Json* find(const Json* object, std::string_view key) {
    if (!object) return nullptr;
    const auto at = object->find(std::string(key));
    return at == object->end() ? nullptr : &*at;
  }

  // `given` holds the parameters, or is null for the defaults.
  static Result<Activation> make(std::string_view name, Dialect dialect, const Json* given) {
    const Function f = find_function(name, dialect);
    if (f.kind == FunctionKind::unknown || is_derivative(f.kind) || f.kind == FunctionKind::cast ||
        f.kind == FunctionKind::along_axes)
      return unknown(name, dialect);
    Activation a = blank(f);
    if (const Result<void> known = check_keys(f, name, given); !known) return known.error();
    if (!a.row_) return a;
    for (const Parameter& p : parameters(*a.row_, f.entry)) {
      const Json* value = p.fixed ? nullptr : find(given, p.name);
      if (!value && p.fallback.empty())
        return make_error(ErrorCode::invalid_argument,
                          fmt::format("'{}' needs a value for '{}': {}", name, p.name,
                                      signature(f, name).message().view()));
      if (!value) {
        set(a, p, default_value(p));
        continue;
      }
      const Result<Value> given_value = read(p, *value);
      if (!given_value) return given_value.error();
      set(a, p, *given_value);
    }
    keep_derivative(a, f, name);
    return a;
  }
  // Canonical form has no word for the derivative of a dialect.
  static void keep_derivative(Activation& a, const Function& f, std::string_view name) {
    if (own_derivative(f).empty()) return;
    std::vector<std::string> arguments(a.operands_.begin(), a.operands_.end());
    for (const Parameter& p : visible_parameters(f))
      arguments.push_back(
          fmt::format("{}={}", p.name, text(a.parameters_[canonical_index(*a.row_, p.canonical)])));
    a.program_ = fmt::format("{}({})", name, fmt::join(arguments, ", "));
    a.dialect_ = a.row_->entries[static_cast<std::size_t>(f.entry)].dialect;
  }
  static Result<void> check_keys(const Function& f, std::string_view name, const Json* given) {
    if (!given) return {};
    std::vector<Parameter> known;
    if (f.kind == FunctionKind::activation) known = visible_parameters(f);
    for (const auto& [key, value] : given->items()) {
      if (key == "name") continue;
      Nearest nearest(key);
      bool found = false;
      for (const Parameter& p : known) {
        nearest.offer(p.name);
        found = found || p.name == key;
      }
      if (!found)
        return make_error(ErrorCode::unknown_name,
                          fmt::format("'{}' has no parameter '{}'{}", name, key.substr(0, 60),
                                      detail::proposal_or(nearest, signature(f, name)).view()));
    }
    return {};
  }

  // The JSON object for `a` called `name`, whose entry is `f`; nothing where its parameters differ
  // from what the entry can say.
  static std::optional<Json> write(const Activation& a, std::string_view name, const Function& f) {
    Json out;
    out["name"] = name;
    for (const Parameter& p : parameters(*a.row_, f.entry)) {
      const std::vector<std::string_view> ours = split(p.canonical, "+");
      const Value value = value_of(a.parameters_[canonical_index(*a.row_, ours[0])]);
      for (std::string_view other : ours)
        if (!(value_of(a.parameters_[canonical_index(*a.row_, other)]) == value))
          return std::nullopt;
      const bool is_default = !p.fallback.empty() && value == default_value(p);
      if (p.fixed && !is_default) return std::nullopt;
      if (!is_default) out[std::string(p.name)] = write(p, value);
    }
    return out;
  }
  // The names under which the dialect knows the row, the usual one first.
  static std::vector<std::string_view> names(const ActivationRow& row, Dialect dialect) {
    std::vector<std::string_view> out;
    const auto add = [&](std::string_view name) {
      const Function f = find_function(name, dialect);
      if (f.kind == FunctionKind::activation && &activation_table[f.row] == &row)
        out.push_back(name);
    };
    for (Dialect d : lookup_order(dialect))
      for (const DialectEntry& entry : row.entries)
        if (!entry.names.empty() && entry.dialect == d)
          for (std::string_view name : split(entry.names, " ")) add(name);
    add(row.name);
    return out;
  }

  static Result<std::string> serialize(const Activation& a, Dialect dialect) {
    if (!a.row_) return Json(a.name_).dump();
    for (std::string_view name : names(*a.row_, dialect)) {
      const std::optional<Json> found = write(a, name, find_function(name, dialect));
      if (found) return found->size() == 1 ? (*found)["name"].dump() : found->dump();
    }
    return make_error(ErrorCode::unsupported,
                      fmt::format("{} has no way to say {}", actjit::text(dialect), a.text()));
  }

  static std::string text(const Activation& a) {
    std::string arguments;
    const auto add = [&](const std::string& argument) {
      arguments += arguments.empty() ? argument : ", " + argument;
    };
    for (std::string_view operand : a.operands_) add(std::string(operand));
    for (const Activation::Parameter& p : a.parameters_)
      if (p.kind != ParameterKind::tensor) add(fmt::format("{}={}", p.name, text(p)));
    return fmt::format("{}({})", a.name_, arguments);
  }

  static Result<Program> program(const Activation& a) {
    if (a.program_.empty()) return parse_program(a.text(), Dialect::canonical);
    return parse_program(a.program_, a.dialect_);
  }

  static std::string text(const Activation::Parameter& p) {
    if (p.kind == ParameterKind::boolean) return p.value != 0 ? "true" : "false";
    if (p.kind != ParameterKind::axes) return fmt::format("{}", p.value);
    if (p.axes.count == 0) return "none";
    if (p.axes.count == 1) return fmt::format("{}", p.axes.values[0]);
    return fmt::format("[{}]", fmt::join(p.axes.span(), ", "));
  }

  static bool equal(const Activation& a, const Activation& b) {
    if (a.row_ != b.row_ || a.name_ != b.name_) return false;
    for (std::size_t i = 0; i < a.parameters_.size(); ++i)
      if (!(value_of(a.parameters_[i]) == value_of(b.parameters_[i]))) return false;
    return true;
  }
};

std::string Activation::text() const { return Catalogue::text(*this); }
bool operator==(const Activation& a, const Activation& b) { return Catalogue::equal(a, b); }

Result<Activation> find_activation(std::string_view name, Dialect dialect) {
  return Catalogue::make(name, dialect, nullptr);
}

Result<Activation> deserialize(std::string_view json, Dialect dialect) {
  constexpr std::size_t longest = 64 * 1024;
  if (json.size() > longest)
    return make_error(ErrorCode::limit, fmt::format("the JSON text has {} bytes; at most {} are "
                                                    "accepted",
                                                    json.size(), longest));
  const auto parsed = Catalogue::Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) return make_error(ErrorCode::syntax, "this is no JSON text");
  if (parsed.is_null()) return Catalogue::make("linear", dialect, nullptr);
  if (parsed.is_string()) return Catalogue::make(parsed.get<std::string>(), dialect, nullptr);
  const auto* name = parsed.is_object() ? Catalogue::find(&parsed, "name") : nullptr;
  if (!name || !name->is_string())
    return make_error(ErrorCode::syntax,
                      "an activation is a name, or an object with a \"name\" and parameters");
  return Catalogue::make(name->get<std::string>(), dialect, &parsed);
}

Result<std::string> serialize(const Activation& activation, Dialect dialect) {
  return Catalogue::serialize(activation, dialect);
}

Result<Activation> get_activation(std::string_view name_or_json, Dialect dialect) {
  const std::size_t first = name_or_json.find_first_not_of(" \t\r\n");
  const bool json =
      first != std::string_view::npos && (name_or_json[first] == '{' || name_or_json[first] == '"');
  return json ? deserialize(name_or_json, dialect) : find_activation(name_or_json, dialect);
}

Result<Program> program(const Activation& activation) { return Catalogue::program(activation); }

Result<Graph> build(const Activation& activation, std::span<const Binding> inputs) {
  const Result<Program> parsed = program(activation);
  if (!parsed) return parsed.error();
  return build(*parsed, inputs);
}

}  // namespace actjit
