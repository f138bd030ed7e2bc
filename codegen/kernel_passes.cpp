#include "codegen/kernel_passes.h"

#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/PassInfo.h>
#include <llvm/PassRegistry.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>

namespace actjit {
namespace {

// Passes of the stock pipeline that find nothing to do in a kernel, by LLVM's names for them. Each
// costs its scheduling, and some a search. A name that LLVM does not know does no harm.
constexpr llvm::StringLiteral idle_passes[] = {
    // Kernels have no atomics, tiles, garbage collector, exceptions, integers wider than registers,
    // calls to a library, indirect branches, stack to protect or reductions across a register.
    "pre-isel-intrinsic-lowering", "expand-ir-insts", "atomic-expand", "x86-lower-amx-intrinsics",
    "x86-lower-amx-type", "gc-lowering", "shadow-stack-gc-lowering", "mergeicmps", "expand-memcmp",
    "replace-with-veclib", "partially-inline-libcalls", "post-inline-ee-instrument",
    "expand-reductions", "x86-partial-reduction", "indirectbr-expand", "dwarf-eh-prepare",
    "objc-arc-contract", "callbrprepare", "safe-stack", "stack-protector", "tilepreconfig",
    "x86-tile-config", "x86-lower-tile-copy", "x86argumentstackrebase", "x86-dyn-alloca-expander",
    "x86-cf-opt", "x86-suppress-apx-for-relocation", "x86-fp-stackifier", "gc-analysis",
    "stackmap-liveness", "fixup-statepoint-caller-saved", "funclet-layout",
    // No hardening, tracing, profiles, unwind tables or debug values.
    "x86-slh", "x86-lvi-load", "x86-lvi-ret", "x86-seses", "x86-return-thunks", "kcfi",
    "fentry-insert", "xray-instrumentation", "patchable-function", "cfi-instr-inserter",
    "pseudo-probe-inserter", "unpack-mi-bundles", "stack-frame-layout", "regallocscoringpass",
    "machine-sanmd", "removeredundantdebugvalues", "livedebugvalues", "remove-loads-into-fake-uses",
    // The emitter has no metadata on aliases, no unreachable blocks, no wide loads that are taken
    // apart, no constants too large for an instruction; its addresses are one base and one index.
    "tbaa", "scoped-noalias-aa", "unreachableblockelim", "interleaved-access", "consthoist",
    "canon-freeze", "loop-reduce", "x86-optimize-leas", "x86-fixup-leas",
    // They are a few straight loops over whole registers: nothing to duplicate, predicate or
    // reassociate, no register parts, hardly a byte, no prologue to move.
    "early-tailduplication", "tailduplication", "early-ifcvt", "machine-combiner", "opt-phis",
    "localstackalloc", "detect-dead-lanes", "rename-independent-subregs", "lrshrink",
    "postra-machine-sink", "post-RA-sched", "machine-latecleanup", "shrink-wrap", "machinelicm",
    "machine-cp", "stack-coloring", "x86-domain-reassignment", "x86-cmov-conversion",
    "x86-fixup-setcc", "x86-avoid-sfb", "x86-fixup-bw-insts"};

// A long body has more constants than there are registers: those that are taken out of the loop are
// spilled, and finding them takes time that grows with their square.
constexpr llvm::StringLiteral hoisting = "early-machinelicm";

bool is_idle(const llvm::Pass& pass, Body body) {
  const llvm::PassInfo* info = llvm::PassRegistry::getPassRegistry()->getPassInfo(pass.getPassID());
  if (!info) return false;
  const llvm::StringRef name = info->getPassArgument();
  return std::ranges::count(idle_passes, name) > 0 || (body == Body::long_ && name == hoisting);
}

// Between LLVM, which decides what passes there are, and the pass manager.
class Sieve final : public llvm::legacy::PassManagerBase {
 public:
  Sieve(llvm::legacy::PassManager& passes, Body body) : passes_(passes), body_(body) {}
  void add(llvm::Pass* pass) override {
    if (is_idle(*pass, body_))
      delete pass;
    else
      passes_.add(pass);
  }

 private:
  llvm::legacy::PassManager& passes_;
  Body body_;
};

}  // namespace

// What TargetMachine::addPassesToEmitFile does, but for the passes we leave out.
bool add_kernel_passes(llvm::legacy::PassManager& passes, llvm::TargetMachine& machine,
                       llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type, Body body) {
  Sieve sieve(passes, body);
  auto* config = machine.createPassConfig(sieve);
  auto* info = new llvm::MachineModuleInfoWrapperPass(&machine);  // the pass manager owns both
  config->setDisableVerify(true);
  passes.add(config);
  passes.add(info);
  if (config->addISelPasses()) return false;
  config->addMachinePasses();
  config->setInitialized();
  if (machine.addAsmPrinter(passes, out, nullptr, type, info->getMMI().getContext())) return false;
  passes.add(llvm::createFreeMachineFunctionPass());
  return true;
}

}  // namespace actjit
