#include "codegen/module.h"

#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

namespace actjit {

void prepare_module(llvm::Module& module, const llvm::TargetMachine& machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
}

std::string print_ir(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out, nullptr);
  return text;
}

std::string verify_ir(const llvm::Module& module) {
  std::string problems;
  llvm::raw_string_ostream out(problems);
  llvm::verifyModule(module, &out);
  return problems;
}

}  // namespace actjit
