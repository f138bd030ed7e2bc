// Engine: graphs in, kernels out.
//
//   Engine engine = *Engine::create();
//   Result<Graph> graph = ...;                       // from a frontend
//   Result<Kernel> kernel = engine.compile(*graph, *make_spec(*graph));
//   (*kernel)(inputs, outputs);
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ir/graph.h"
#include "ir/pipeline.h"
#include "runtime/kernel.h"
#include "runtime/spec.h"

namespace actjit {

// What can be read of a kernel on its way; object is bytes.
enum class Stage : std::uint8_t {
  graph,
  simplified,
  expanded,
  plan,
  llvm,
  llvm_opt,
  assembly,
  object,
  dot
};

std::string_view text(Stage stage);
std::optional<Stage> find_stage(std::string_view text);

class Engine {
 public:
  // An engine that knows these certificates beside the project's (see runtime/certificate_file.h).
  // Errors: internal where LLVM has no code generator for this build's targets.
  static Result<Engine> create(Certificates certificates = {});

  // The kernel of this graph and spec. Requests for an equal graph and spec share one kernel while
  // a handle on it lives, and one compilation while it runs. Safe from every thread. Errors: those
  // of lower() and make_plan(); unsupported_target where this machine cannot run the target's code.
  Result<Kernel> compile(const Graph& graph, const Spec& spec) const;

  // One stage as text (object: as bytes), for any target, whether or not this machine has it.
  Result<std::string> dump(const Graph& graph, const Spec& spec, Stage stage) const;

  // Kernels with a living handle.
  std::size_t kernels() const;

 private:
  struct State;
  explicit Engine(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace actjit
