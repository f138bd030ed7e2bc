// LLVM's code generators, lent out one thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "codegen/code_generator.h"
#include "codegen/target.h"
#include "ir/error.h"

namespace actjit {

// The pool makes a code generator where none is free and keeps it when it comes back: one per
// target and concurrent compilation. Safe from every thread.
class GeneratorPool {
  struct Shelf;

 public:
  // A borrowed code generator; given back when it goes out of scope, to a pool that still lives
  // or into nothing.
  class Loan {
   public:
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    CodeGenerator& operator*() const { return *generator_; }
    CodeGenerator* operator->() const { return generator_.get(); }

   private:
    friend class GeneratorPool;
    Loan(std::shared_ptr<Shelf>, std::string_view target, std::unique_ptr<CodeGenerator>);
    std::shared_ptr<Shelf> shelf_;
    std::string_view target_;
    std::unique_ptr<CodeGenerator> generator_;
  };

  GeneratorPool();
  ~GeneratorPool();
  GeneratorPool(const GeneratorPool&) = delete;
  GeneratorPool& operator=(const GeneratorPool&) = delete;

  // Any target of this build, whether or not this machine could run its code.
  Result<Loan> borrow(const Target& target);

 private:
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace actjit
