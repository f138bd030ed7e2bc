// From a plan to an LLVM module: the loop nest, loads and stores around emit_op's values.
#pragma once

#include <memory>
#include <string_view>

#include "codegen/plan.h"

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
}  // namespace llvm

namespace actjit {

inline constexpr std::string_view kernel_symbol = "actjit_kernel_entry";

// A module with one function, `int actjit_kernel_entry(const actjit_call*)`.
std::unique_ptr<llvm::Module> emit_kernel(const Plan& plan, llvm::LLVMContext& context,
                                          const llvm::TargetMachine& machine);

}  // namespace actjit
