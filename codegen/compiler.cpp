#include "codegen/compiler.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/emit_kernel.h"
#include "codegen/module.h"
#include "codegen/optimise.h"

namespace actjit {
namespace {

// Below this a loop may still gain from having its constants in registers.
constexpr std::size_t long_body = 300;

Body body_of(std::span<const Plan> plans) {
  const bool is_long =
      std::ranges::any_of(plans, [](const Plan& plan) { return plan.element_ops() >= long_body; });
  return is_long ? Body::long_ : Body::usual;
}

}  // namespace

Result<std::vector<char>> compile_object(std::span<const Plan> plans, GeneratorPool& generators,
                                         CompileTimes& times) {
  const CompileClock::time_point start = CompileClock::now();
  Result<GeneratorPool::Loan> generator = generators.borrow(plans.front().target);
  if (!generator) return generator.error();
  CompileClock::time_point done;
  Result<std::vector<char>> object = [&] {
    // A context for each compilation: LLVM keeps every type and constant of a context forever.
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module =
        emit_kernels(plans, context, (*generator)->machine());
    const CompileClock::time_point emitted = CompileClock::now();
    optimise(*module, (*generator)->machine());
    const CompileClock::time_point optimised = CompileClock::now();
    Result<std::vector<char>> bytes = (*generator)->object(*module, body_of(plans));
    done = CompileClock::now();
    times.emit = microseconds(start, emitted);
    times.optimise = microseconds(emitted, optimised);
    times.object = microseconds(optimised, done);
    return bytes;
  }();
  times.release = microseconds(done, CompileClock::now());
  return object;
}

Result<std::string> code_text(std::span<const Plan> plans, GeneratorPool& generators,
                              CodeText stage) {
  Result<GeneratorPool::Loan> generator = generators.borrow(plans.front().target);
  if (!generator) return generator.error();
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module =
      emit_kernels(plans, context, (*generator)->machine());
  if (const std::string broken = verify_ir(*module); !broken.empty())
    return make_error(ErrorCode::internal, "the emitted LLVM IR is not sound: " + broken);
  if (stage == CodeText::llvm) return print_ir(*module);
  optimise(*module, (*generator)->machine());
  if (stage == CodeText::llvm_optimised) return print_ir(*module);
  return (*generator)->assembly(*module, body_of(plans));
}

}  // namespace actjit
