// From an LLVM module to bytes: object files, assembly, text.
#pragma once

#include <string>
#include <vector>

#include "codegen/machine.h"
#include "ir/error.h"

namespace llvm {
class Module;
}  // namespace llvm

namespace actjit {

// Gives a fresh module the machine's triple and data layout. Emitters call it first.
void prepare_module(llvm::Module& module, const llvm::TargetMachine& machine);

// A relocatable object of the module: position independent, without unwind tables.
// Uses the module up: afterwards it may only be destroyed.
Result<std::vector<char>> emit_object(llvm::Module& module, llvm::TargetMachine& machine);

// The same code as text. Uses the module up.
Result<std::string> emit_assembly(llvm::Module& module, llvm::TargetMachine& machine);

// The module as LLVM IR.
std::string print_ir(const llvm::Module& module);

// Everything LLVM's verifier has against the module; empty where it is sound. For tests and debug
// builds: a sound emitter needs no verifier.
std::string verify_ir(const llvm::Module& module);

}  // namespace actjit
