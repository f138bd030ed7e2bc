#include "codegen/compiler.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <chrono>

#include "codegen/emit_kernel.h"
#include "codegen/optimise.h"

namespace actjit {

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

}  // namespace

Result<std::vector<char>> compile_object(const Plan& plan, MachinePool& machines,
                                         CompileTimes& times) {
  const Clock::time_point start = Clock::now();
  Result<MachinePool::Loan> machine = machines.borrow(plan.target);
  if (!machine) return machine.error();
  // A context for each compilation: LLVM keeps every type and constant of a context forever.
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_kernel(plan, context, **machine);
  const Clock::time_point emitted = Clock::now();
  optimise(*module, **machine);
  const Clock::time_point optimised = Clock::now();
  Result<std::vector<char>> object = emit_object(*module, **machine);
  const Clock::time_point done = Clock::now();
  times.emit = microseconds(start, emitted);
  times.optimise = microseconds(emitted, optimised);
  times.object = microseconds(optimised, done);
  return object;
}

Result<std::string> code_text(const Plan& plan, MachinePool& machines, CodeText stage) {
  Result<MachinePool::Loan> machine = machines.borrow(plan.target);
  if (!machine) return machine.error();
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_kernel(plan, context, **machine);
  if (const std::string broken = verify_ir(*module); !broken.empty())
    return make_error(ErrorCode::internal, "the emitted LLVM IR is not sound: " + broken);
  if (stage == CodeText::llvm) return print_ir(*module);
  optimise(*module, **machine);
  if (stage == CodeText::llvm_optimised) return print_ir(*module);
  return emit_assembly(*module, **machine);
}

}  // namespace actjit
