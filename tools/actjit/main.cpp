// actjit: activation functions, compiled just in time. Exit codes: 0 ok, 1 failure, 2 usage.
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "frontend/diagnostic.h"
#include "tools/actjit/command.h"
#include "tools/actjit/options.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

enum ExitCode { ok = 0, failure = 1, usage = 2 };

void complain(std::string_view message) {
  fmt::print(stderr, "actjit: {} {}\n", styled("error:", Style::bad, has_colour(stderr)), message);
}

// CLI11 takes a word that is no subcommand for an argument nobody wants; this names it.
std::optional<std::string> unknown_subcommand(const CLI::App& app,
                                              const std::vector<std::string>& args) {
  if (args.empty() || args[0].starts_with('-')) return std::nullopt;
  Nearest nearest(args[0]);
  std::string known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == args[0]) return std::nullopt;
    nearest.offer(command->get_name());
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  return fmt::format("unknown subcommand '{}'; known are: {}{}", args[0], known,
                     nearest.proposal().view());
}

// Sets `action`, or says why not and which exit code that is.
std::optional<ExitCode> parse(CLI::App& app, std::vector<std::string> args) {
  if (const auto problem = unknown_subcommand(app, args)) {
    complain(*problem);
    return usage;
  }
  try {
    std::reverse(args.begin(), args.end());  // as CLI11 wants them
    app.parse(std::move(args));
    return std::nullopt;
  } catch (const CLI::Success& help) {
    app.exit(help);
    return ok;
  } catch (const CLI::ParseError& error) {
    complain(error.what());
    const auto chosen = app.get_subcommands();
    fmt::print(stderr, "actjit {}--help says more\n",
               chosen.empty() ? "" : chosen.front()->get_name() + " ");
    return usage;
  }
}

int run(int argc, const char* const* argv) {
  CLI::App app{"Activation functions, compiled just in time.", "actjit"};
  app.set_version_flag("--version", "actjit " ACTJIT_VERSION);
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_dump(app, action);
  add_time(app, action);
  add_certify(app, action);
  add_catalogue(app, action);
  if (const auto code = parse(app, mark_expression(argc, argv))) return *code;
  if (const Result<void> done = action(); !done) {
    complain(done.error().to_string());
    return failure;
  }
  // What did not reach stdout (a full disk) is a failure as well.
  if (std::fflush(stdout) != 0) {
    complain("cannot write to standard output");
    return failure;
  }
  return ok;
}

}  // namespace

}  // namespace actjit::tools

int main(int argc, char** argv) {
  using namespace actjit::tools;
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    complain("not enough memory");
  } catch (const std::system_error& error) {
    complain(error.what());  // what the system refused: a full disk, a closed stream
  } catch (const std::exception& error) {
    complain(fmt::format("internal error: {}", error.what()));
  }
  return failure;
}
