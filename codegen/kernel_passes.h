// The passes of LLVM's code generator, from IR to an object or assembly, less those that find
// nothing to do in a kernel. Internal to the code generator.
#pragma once

#include "codegen/code_generator.h"

namespace llvm {
class TargetMachine;
class raw_pwrite_stream;
enum class CodeGenFileType;
namespace legacy {
class PassManager;
}  // namespace legacy
}  // namespace llvm

namespace actjit {

// Adds them. False where LLVM has no code generator for this kind of output.
bool add_kernel_passes(llvm::legacy::PassManager& passes, llvm::TargetMachine& machine,
                       llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type, Body body);

}  // namespace actjit
