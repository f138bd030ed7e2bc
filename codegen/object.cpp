#include "codegen/object.h"

#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <utility>

namespace actjit {
namespace {

// Collects what LLVM has to say about a module while it lives; LLVM's own handler would exit.
class DiagnosticScope {
 public:
  explicit DiagnosticScope(llvm::LLVMContext& context)
      : context_(context), previous_(context.getDiagnosticHandler()) {
    context_.setDiagnosticHandler(std::make_unique<Handler>(errors_));
  }
  ~DiagnosticScope() { context_.setDiagnosticHandler(std::move(previous_)); }
  DiagnosticScope(const DiagnosticScope&) = delete;
  DiagnosticScope& operator=(const DiagnosticScope&) = delete;

  const std::string& errors() const { return errors_; }

 private:
  struct Handler : llvm::DiagnosticHandler {
    explicit Handler(std::string& out) : errors(out) {}
    bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
      if (info.getSeverity() != llvm::DS_Error) return true;
      llvm::raw_string_ostream stream(errors);
      llvm::DiagnosticPrinterRawOStream printer(stream);
      info.print(printer);
      return true;
    }
    std::string& errors;
  };

  llvm::LLVMContext& context_;
  std::unique_ptr<llvm::DiagnosticHandler> previous_;
  std::string errors_;
};

// Passes of the stock pipeline that find nothing to do in a kernel. Each costs its scheduling.
void drop_idle_passes(llvm::TargetPassConfig& config) {
  const llvm::AnalysisID idle[] = {
      // Kernels have no garbage collector, tracing, exceptions, debug values or patch points.
      &llvm::GCMachineCodeAnalysisID, &llvm::StackMapLivenessID,
      &llvm::FixupStatepointCallerSavedID, &llvm::FEntryInserterID, &llvm::XRayInstrumentationID,
      &llvm::PatchableFunctionID, &llvm::FuncletLayoutID, &llvm::MachineSanitizerBinaryMetadataID,
      &llvm::RemoveRedundantDebugValuesID, &llvm::LiveDebugValuesID,
      &llvm::RemoveLoadsIntoFakeUsesID,
      // They are a few straight loops over whole registers: nothing to duplicate, predicate or
      // reassociate, no register parts, no prologue to move.
      &llvm::EarlyTailDuplicateLegacyID, &llvm::TailDuplicateLegacyID,
      &llvm::EarlyIfConverterLegacyID, &llvm::MachineCombinerID, &llvm::OptimizePHIsLegacyID,
      &llvm::LocalStackSlotAllocationID, &llvm::DetectDeadLanesID,
      &llvm::RenameIndependentSubregsID, &llvm::LiveRangeShrinkID, &llvm::PostRAMachineSinkingID,
      &llvm::PostRASchedulerID, &llvm::MachineLateInstrsCleanupID, &llvm::ShrinkWrapID};
  for (const llvm::AnalysisID pass : idle) config.disablePass(pass);
}

// What TargetMachine::addPassesToEmitFile does, but for the passes we leave out.
bool add_codegen_passes(llvm::legacy::PassManager& passes, llvm::TargetMachine& machine,
                        llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type) {
  auto* config = machine.createPassConfig(passes);
  auto* info = new llvm::MachineModuleInfoWrapperPass(&machine);  // the pass manager owns both
  config->setDisableVerify(true);
  drop_idle_passes(*config);
  passes.add(config);
  passes.add(info);
  if (config->addISelPasses()) return false;
  config->addMachinePasses();
  config->setInitialized();
  if (machine.addAsmPrinter(passes, out, nullptr, type, info->getMMI().getContext())) return false;
  passes.add(llvm::createFreeMachineFunctionPass());
  return true;
}

Result<llvm::SmallString<0>> generate(llvm::Module& module, llvm::TargetMachine& machine,
                                      llvm::CodeGenFileType type) {
  DiagnosticScope diagnostics(module.getContext());
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
  if (!add_codegen_passes(passes, machine, out, type)) {
    return make_error(ErrorCode::internal, "LLVM has no code generator for this kind of output");
  }
  passes.run(module);
  if (!diagnostics.errors().empty()) {
    return make_error(ErrorCode::internal, "LLVM: " + diagnostics.errors());
  }
  return bytes;
}

}  // namespace

void prepare_module(llvm::Module& module, const llvm::TargetMachine& machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
}

Result<std::vector<char>> emit_object(llvm::Module& module, llvm::TargetMachine& machine) {
  auto bytes = generate(module, machine, llvm::CodeGenFileType::ObjectFile);
  if (!bytes) return bytes.error();
  return std::vector<char>(bytes->begin(), bytes->end());
}

Result<std::string> emit_assembly(llvm::Module& module, llvm::TargetMachine& machine) {
  auto text = generate(module, machine, llvm::CodeGenFileType::AssemblyFile);
  if (!text) return text.error();
  return std::string(text->begin(), text->end());
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
