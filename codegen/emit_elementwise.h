#pragma once

#include <string>

#include "codegen/plan.h"

namespace llvm {
class Module;
}  // namespace llvm

namespace actjit {

// Adds the kernel of a plan without reductions to a module, under the name `symbol`.
void emit_elementwise(const Plan& plan, llvm::Module& module, const std::string& symbol);

}  // namespace actjit
