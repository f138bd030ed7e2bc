#include "codegen/compiler.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "codegen/emit_kernel.h"
#include "codegen/optimise.h"

namespace actjit {

Result<std::vector<char>> compile_object(std::span<const Plan> plans, MachinePool& machines,
                                         CompileTimes& times) {
  const CompileClock::time_point start = CompileClock::now();
  Result<MachinePool::Loan> machine = machines.borrow(plans.front().target);
  if (!machine) return machine.error();
  // A context for each compilation: LLVM keeps every type and constant of a context forever.
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_kernels(plans, context, **machine);
  const CompileClock::time_point emitted = CompileClock::now();
  optimise(*module, **machine);
  const CompileClock::time_point optimised = CompileClock::now();
  Result<std::vector<char>> object = emit_object(*module, **machine);
  const CompileClock::time_point done = CompileClock::now();
  times.emit = microseconds(start, emitted);
  times.optimise = microseconds(emitted, optimised);
  times.object = microseconds(optimised, done);
  return object;
}

Result<std::string> code_text(std::span<const Plan> plans, MachinePool& machines, CodeText stage) {
  Result<MachinePool::Loan> machine = machines.borrow(plans.front().target);
  if (!machine) return machine.error();
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_kernels(plans, context, **machine);
  if (const std::string broken = verify_ir(*module); !broken.empty())
    return make_error(ErrorCode::internal, "the emitted LLVM IR is not sound: " + broken);
  if (stage == CodeText::llvm) return print_ir(*module);
  optimise(*module, **machine);
  if (stage == CodeText::llvm_optimised) return print_ir(*module);
  return emit_assembly(*module, **machine);
}

}  // namespace actjit
