// LLVM modules: what every kernel's has, and what they look like.
#pragma once

#include <string>

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace actjit {

// Gives a fresh module the machine's triple and data layout. Emitters call it first.
void prepare_module(llvm::Module& module, const llvm::TargetMachine& machine);

// The module as LLVM IR.
std::string print_ir(const llvm::Module& module);

// Everything LLVM's verifier has against the module; empty where it is sound. For tests and debug
// builds: a sound emitter needs no verifier.
std::string verify_ir(const llvm::Module& module);

}  // namespace actjit
