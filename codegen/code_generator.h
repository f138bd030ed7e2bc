// LLVM's code generator: from a module to an object or to assembly.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "codegen/target.h"
#include "ir/error.h"

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace actjit {

// How many operations the loops of a module have inside: beyond some hundred, fewer passes pay.
enum class Body : bool { usual, long_ };

// The code generator of one target. It costs about as much to make as a small kernel does, so it is
// made once and used again and again, by one thread at a time.
class CodeGenerator {
 public:
  static Result<std::unique_ptr<CodeGenerator>> create(const Target& target);
  ~CodeGenerator();
  CodeGenerator(const CodeGenerator&) = delete;
  CodeGenerator& operator=(const CodeGenerator&) = delete;

  llvm::TargetMachine& machine() const { return *machine_; }

  // A relocatable object of the module: position independent, without unwind tables.
  // Uses the module up: afterwards it may only be destroyed.
  Result<std::vector<char>> object(llvm::Module& module, Body body);

  // The same code as text. Uses the module up.
  Result<std::string> assembly(llvm::Module& module, Body body);

 private:
  class Passes;
  explicit CodeGenerator(std::unique_ptr<llvm::TargetMachine> machine);

  std::unique_ptr<llvm::TargetMachine> machine_;
  std::array<std::unique_ptr<Passes>, 2> object_passes_;  // by body, from its first object on
};

}  // namespace actjit
