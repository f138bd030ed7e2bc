#include "codegen/emit_kernel.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "codegen/emit_elementwise.h"
#include "codegen/emit_rows.h"
#include "codegen/module.h"

namespace actjit {

std::string kernel_symbol(std::size_t step) {
  return step == 0 ? "actjit_kernel_entry" : "actjit_kernel_entry_" + std::to_string(step);
}

std::unique_ptr<llvm::Module> emit_kernels(std::span<const Plan> plans, llvm::LLVMContext& context,
                                           const llvm::TargetMachine& machine) {
  auto module = std::make_unique<llvm::Module>("kernel", context);
  prepare_module(*module, machine);
  for (std::size_t s = 0; s < plans.size(); ++s) {
    const auto emit = plans[s].has_rows() ? emit_rows : emit_elementwise;
    emit(plans[s], *module, kernel_symbol(s));
  }
  return module;
}

}  // namespace actjit
