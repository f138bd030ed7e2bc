// From a plan to bytes, and the texts on the way.
#pragma once

#include <string>
#include <vector>

#include "codegen/compile_times.h"
#include "codegen/object.h"
#include "codegen/plan.h"

namespace actjit {

// A relocatable object that defines kernel_symbol (codegen/emit_kernel.h) and needs no symbol.
// Fills in the times from emit on.
Result<std::vector<char>> compile_object(const Plan& plan, MachinePool& machines,
                                         CompileTimes& times);

enum class CodeText : std::uint8_t { llvm, llvm_optimised, assembly };

// The kernel as text at one stage.
Result<std::string> code_text(const Plan& plan, MachinePool& machines, CodeText stage);

}  // namespace actjit
