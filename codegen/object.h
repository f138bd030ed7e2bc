// From an LLVM module to bytes: object files, assembly, text.
#pragma once

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

// LLVM's code generators. They are costly to make and serve one thread at a time, so they are lent:
// the pool makes one where none is free and keeps it when it comes back. Safe from every thread.
class MachinePool {
  struct Shelf;

 public:
  // A borrowed code generator; given back when it goes out of scope, to a pool that still lives
  // or into nothing.
  class Loan {
   public:
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    llvm::TargetMachine& operator*() const { return *machine_; }
    llvm::TargetMachine* operator->() const { return machine_.get(); }

   private:
    friend class MachinePool;
    Loan(std::shared_ptr<Shelf>, std::string_view target, std::shared_ptr<llvm::TargetMachine>);
    std::shared_ptr<Shelf> shelf_;
    std::string_view target_;
    std::shared_ptr<llvm::TargetMachine> machine_;
  };

  MachinePool();
  ~MachinePool();
  MachinePool(const MachinePool&) = delete;
  MachinePool& operator=(const MachinePool&) = delete;

  // Any target of this build, whether or not this machine could run its code.
  Result<Loan> borrow(const Target& target);

 private:
  std::shared_ptr<Shelf> shelf_;
};

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
