// actjit list, show and get: the catalogue.
#include "frontend/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

struct CatalogueOptions {
  std::string dialect = "keras";
  std::string name;
  bool markdown = false;

  Dialect dialect_value() const { return find_dialect(dialect).value(); }
};

// Characters of UTF-8, so that columns stay straight.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

Result<void> list(const CatalogueOptions& options) {
  if (options.markdown) {
    fmt::print("{}", list_markdown());
    return {};
  }
  const std::vector<ListEntry> entries = list_activations(options.dialect_value());
  std::size_t column = 0;
  for (const ListEntry& e : entries) column = std::max(column, width(e.call));
  const bool colour = has_colour(stdout);
  for (const ListEntry& e : entries) {
    const std::string gap(column - width(e.call) + 2, ' ');
    const bool one_line = e.formula.find('\n') == std::string::npos;
    const std::string formula = one_line ? e.formula : fmt::format("(actjit show {})", e.name);
    fmt::print("{}{}{}\n", styled(e.call, Style::bold, colour), gap,
               styled(formula, Style::dim, colour));
  }
  return {};
}

Result<void> show(const CatalogueOptions& options) {
  const Result<std::string> text = show_activation(options.name, options.dialect_value());
  if (!text) return text.error();
  fmt::print("{}{}", *text, text->ends_with('\n') ? "" : "\n");
  return {};
}

Result<void> get(const CatalogueOptions& options) {
  const Result<Activation> found = get_activation(options.name, options.dialect_value());
  if (!found) return found.error();
  const Result<std::string> json = serialize(*found, options.dialect_value());
  if (!json) return json.error();
  fmt::print("{}\n", *json);
  return {};
}

CLI::App* add_command(CLI::App& app, Action& action, const char* name, const char* about,
                      std::shared_ptr<CatalogueOptions> options,
                      Result<void> (*execute)(const CatalogueOptions&)) {
  CLI::App* command = app.add_subcommand(name, about);
  add_dialect(*command, options->dialect);
  command->callback(
      [&action, options, execute] { action = [options, execute] { return execute(*options); }; });
  return command;
}

}  // namespace

void add_catalogue(CLI::App& app, Action& action) {
  auto listed = std::make_shared<CatalogueOptions>();
  CLI::App* command =
      add_command(app, action, "list", "The activations of a dialect", listed, list);
  command->add_flag("--markdown", listed->markdown, "every dialect, as docs/activations.md");

  auto shown = std::make_shared<CatalogueOptions>();
  command = add_command(app, action, "show", "All about one activation", shown, show);
  command->add_option("NAME", shown->name, "its name")->required()->type_name("");

  auto got = std::make_shared<CatalogueOptions>();
  command = add_command(app, action, "get", "An activation's serialised form, as JSON", got, get);
  command->add_option("NAME", got->name, "its name, or JSON")->required()->type_name("");
}

}  // namespace actjit::tools
