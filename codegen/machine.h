// LLVM's code generators, lent out one thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "codegen/target.h"
#include "ir/error.h"

namespace llvm {
class TargetMachine;
}  // namespace llvm

namespace actjit {

// A code generator is costly to make and serves one thread at a time. The pool makes one where none
// is free and keeps it when it comes back: one per target and concurrent compilation. Safe from
// every thread.
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

}  // namespace actjit
