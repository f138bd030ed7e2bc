// The catalogue for people: lists and docs/activations.md.
#include "frontend/catalogue_text.h"

#include <fmt/format.h>

#include "frontend/catalogue.h"

namespace actjit {

namespace {

// The lines of a formula without the indentation they have in the table.
std::vector<std::string_view> formula_lines(std::string_view formula) {
  std::vector<std::string_view> lines = split(formula, "\n");
  std::erase_if(lines, [](std::string_view line) { return line.empty(); });
  return lines;
}

}  // namespace

std::string formula_text(std::string_view formula, std::string_view indent) {
  std::string out;
  int open = 0;  // parentheses: what continues a statement stands further in
  for (std::string_view line : formula_lines(formula)) {
    out += fmt::format("{}{}{}{}", out.empty() ? "" : "\n", indent, open > 0 ? "    " : "", line);
    for (char c : line) open += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return out;
}

std::string call_text(const ActivationRow& row, EntryIndex entry, std::string_view name) {
  const auto index = static_cast<std::uint32_t>(&row - activation_table.data());
  const Function f{.kind = FunctionKind::activation, .row = index, .entry = entry};
  return std::string(signature(f, name).message().view());
}

namespace {

// "`silu(x, beta=1)` = `swish`": all calls of a row in one dialect.
std::string calls_in(const ActivationRow& row, Dialect dialect) {
  std::string out;
  for_each_entry(row, dialect, [&](EntryIndex entry, const std::vector<std::string_view>& names) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", call_text(row, entry, names[0]));
    for (std::size_t i = 1; i < names.size(); ++i) out += fmt::format(" = `{}`", names[i]);
  });
  return out;
}

std::string elsewhere(const ActivationRow& row) {
  std::string out;
  for (const DialectInfo& d : dialect_table) {
    const std::string calls = calls_in(row, d.dialect);
    if (d.dialect == Dialect::keras || calls.empty()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ",
                       d.dialect == Dialect::canonical ? "every dialect" : d.text, calls);
  }
  return out;
}

std::string reference_text(std::string_view reference) {
  return reference.starts_with("http") ? fmt::format("<{}>", reference) : std::string(reference);
}

constexpr std::string_view head = R"(# Activations

Made from the catalogue (`frontend/activations/`) by `actjit list --markdown`; a test compares.

A canonical call has every parameter explicit. Dialects have their own names, parameter names and
defaults; a name a dialect does not have is looked up among those of Keras, then among those that
every dialect knows. Where Keras' function has no parameters of its own (`hard_sigmoid`,
`hard_tanh`, `silu`, `softplus`), the keras dialect offers the canonical ones, so that the default
dialect can say everything. A parameter is the f64 value it is given as; it may also be a run-time
scalar or a tensor. Others are `true` or `false`, one of two texts, axes (an integer, a list such as
`[0, 1]`, or `none`, which is all axes), or a tensor that may be left out, `none`.

## Names, parameters and defaults

| canonical | keras | elsewhere |
|---|---|---|
)";

constexpr std::string_view formulas_head = R"(
## Formulas

In the text language ([language.md](language.md)), by canonical parameters. `sigmoid(x)` and the
like inside a formula are ops, listed below. Formulas are written for floating point: NaN comes out
where NaN goes in, limits at infinity are right, and relative accuracy holds in the tails.
`known(p)` is true where the parameter p is a constant, neither run-time scalar nor tensor. What
formulas have besides:

| function | meaning |
|---|---|
)";

// The functions along axes that users can call, or those for formulas only.
std::string axis_function_rows(bool in_formulas_only) {
  std::string out;
  for (const AxisFunctionInfo& row : axis_function_table)
    if (row.in_formulas_only == in_formulas_only)
      out += fmt::format("| `{}({})` | {} |\n", row.name, row.slots, row.meaning);
  return out;
}

constexpr std::string_view axes_head = R"(
## Along axes

Callable in every dialect by these names; axes below zero count from the last. NumPy's meaning.

| function | meaning |
|---|---|
)";

constexpr std::string_view helpers_head = R"(
### Helpers

Parts of formulas that no dialect sees.
)";

constexpr std::string_view ops_head = R"(
## Ops

Callable in every dialect by these names, besides `where(condition, x, y)` and `cast(x, dtype)`.

| op | meaning |
|---|---|
)";

std::string formula_block(const ActivationRow& row) {
  return fmt::format("\n```\ndef {} =\n{}\n```\n", call_text(row, canonical_entry, row.name),
                     formula_text(row.formula, "    "));
}

// A '|' would end a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace

std::vector<ListEntry> list_activations(Dialect dialect) {
  std::vector<ListEntry> out;
  for (const ActivationRow& row : activation_table) {
    if (row.is_helper()) continue;
    const auto add = [&](EntryIndex entry, std::string_view name) {
      const Function found = find_function(name, dialect);
      if (found.kind != FunctionKind::activation || found.entry != entry ||
          &activation_table[found.row] != &row)
        return;
      out.push_back({std::string(row.name), call_text(row, entry, name), formula_text(row.formula),
                     looks_along_axes(row)});
    };
    if (dialect == Dialect::canonical) add(canonical_entry, row.name);
    for (Dialect d : lookup_order(dialect))
      for_each_entry(row, d, [&](EntryIndex entry, const std::vector<std::string_view>& names) {
        for (std::string_view name : names) add(entry, name);
      });
  }
  return out;
}

std::string list_markdown() {
  std::string out(head);
  for (const ActivationRow& row : activation_table)
    if (!row.is_helper())
      out += fmt::format("| `{}` | {} | {} |\n", call_text(row, canonical_entry, row.name),
                         calls_in(row, Dialect::keras), elsewhere(row));
  out += std::string(formulas_head) + axis_function_rows(true);
  for (const ActivationRow& row : activation_table)
    if (!row.is_helper())
      out += fmt::format("\n### {}\n{}\n{}\n", row.name, formula_block(row),
                         reference_text(row.reference));
  out += helpers_head;
  for (const ActivationRow& row : activation_table)
    if (row.is_helper()) out += formula_block(row);
  out += std::string(axes_head) + axis_function_rows(false);
  out += ops_head;
  for (const OpInfo& op : op_table)
    if (is_callable(op))
      out += fmt::format("| `{}({})` | {} |\n", op.text, fmt::join(operand_names(op.op), ", "),
                         cell(op.meaning));
  return out;
}

}  // namespace actjit
