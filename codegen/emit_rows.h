#pragma once

#include <string>

#include "codegen/plan.h"

namespace llvm {
class Module;
}  // namespace llvm

namespace actjit {

// Adds the kernel of a plan with reductions to a module, under the name `symbol`.
void emit_rows(const Plan& plan, llvm::Module& module, const std::string& symbol);

}  // namespace actjit
