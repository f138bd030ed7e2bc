// The LLVM passes a kernel goes through before instruction selection.
//
// The emitter writes vector loops as they shall be; the passes only clean up after it. There is no
// vectoriser, no unroller and no inliner here: the stock pipelines double the time to first result.
#pragma once

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace actjit {

// Runs the list over every function of the module, in place. The bits a kernel computes stay.
void optimise(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace actjit
