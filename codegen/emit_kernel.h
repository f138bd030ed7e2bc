// From plans to an LLVM module.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "codegen/plan.h"

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
}  // namespace llvm

namespace actjit {

// The name of the kernel of plan `step`.
std::string kernel_symbol(std::size_t step = 0);

// A module with one function `int symbol(const actjit_call*)` for each plan.
std::unique_ptr<llvm::Module> emit_kernels(std::span<const Plan> plans, llvm::LLVMContext& context,
                                           const llvm::TargetMachine& machine);

}  // namespace actjit
