// The subcommands, one file each. Every add_* declares its arguments; the one that the command line
// names sets `action`, which main() runs after everything has been parsed.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>

#include "ir/error.h"

namespace actjit::tools {

using Action = std::function<Result<void>()>;

void add_run(CLI::App& app, Action& action);  // run and eval
void add_dump(CLI::App& app, Action& action);
void add_time(CLI::App& app, Action& action);
void add_certify(CLI::App& app, Action& action);    // certify and certificates
void add_catalogue(CLI::App& app, Action& action);  // list, show and get

}  // namespace actjit::tools
