// From a plan to bytes, and the texts on the way.
#pragma once

#include <string>
#include <vector>

#include "codegen/object.h"
#include "codegen/plan.h"

namespace actjit {

// Where the time of one compilation went, in microseconds.
struct CompileTimes {
  double lower = 0;     // rules and expansions
  double plan = 0;
  double emit = 0;      // LLVM IR written
  double optimise = 0;  // LLVM passes
  double object = 0;    // instruction selection to bytes
  double link = 0;      // bytes into memory

  double total() const { return lower + plan + emit + optimise + object + link; }
};

// A relocatable object that defines kernel_symbol (codegen/emit_kernel.h) and needs no symbol.
// Fills in the times from emit on.
Result<std::vector<char>> compile_object(const Plan& plan, MachinePool& machines,
                                         CompileTimes& times);

enum class CodeText : std::uint8_t { llvm, llvm_optimised, assembly };

// The kernel as text at one stage.
Result<std::string> code_text(const Plan& plan, MachinePool& machines, CodeText stage);

}  // namespace actjit
