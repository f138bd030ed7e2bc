// From a plan to bytes, and the texts on the way.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "codegen/compile_times.h"
#include "codegen/generator_pool.h"
#include "codegen/plan.h"

namespace actjit {

// A relocatable object that defines a kernel for each plan, all of one target, under the names of
// kernel_symbol() (codegen/emit_kernel.h), and needs no symbol. Fills in the times from emit on.
Result<std::vector<char>> compile_object(std::span<const Plan> plans, GeneratorPool& generators,
                                         CompileTimes& times);

enum class CodeText : std::uint8_t { llvm, llvm_optimised, assembly };

// The kernels as text at one stage.
Result<std::string> code_text(std::span<const Plan> plans, GeneratorPool& generators,
                              CodeText stage);

}  // namespace actjit
