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
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <mutex>
#include <utility>

namespace actjit {
namespace {

// Registers the code generators this build links. The registry is LLVM's, inside our library.
void initialise_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

llvm::StringRef ref(std::string_view text) { return {text.data(), text.size()}; }

llvm::TargetOptions strict_options() {
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;  // a fusion is an fma someone wrote
  options.ExceptionModel = llvm::ExceptionHandling::None;
  options.EnableFastISel = false;
  return options;
}

Result<std::shared_ptr<llvm::TargetMachine>> make_machine(const Target& target) {
  initialise_llvm();
  const llvm::Triple triple(ref(target.triple));
  std::string problem;
  const llvm::Target* generator = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (generator == nullptr) {
    return make_error(ErrorCode::unsupported_target, "this build makes no code for '" +
                                                         std::string(target.name) + "': " +
                                                         problem + ".");
  }
  return std::shared_ptr<llvm::TargetMachine>(generator->createTargetMachine(
      triple, ref(target.cpu), ref(target.features), strict_options(), llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
}

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

// Passes of the stock pipeline that a kernel never needs.
void drop_idle_passes(llvm::TargetPassConfig& config) {
  (void)config;
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
    return make_error(ErrorCode::internal, "LLVM has no code generator for this kind of output.");
  }
  passes.run(module);
  if (!diagnostics.errors().empty()) {
    return make_error(ErrorCode::internal, "LLVM: " + diagnostics.errors() + ".");
  }
  return bytes;
}

}  // namespace

// The machines that are free, shared with the loans so that either may go first.
struct MachinePool::Shelf {
  std::mutex mutex;
  std::vector<std::pair<std::string_view, std::shared_ptr<llvm::TargetMachine>>> free;

  std::shared_ptr<llvm::TargetMachine> take(std::string_view target) {
    const std::lock_guard lock(mutex);
    for (auto entry = free.begin(); entry != free.end(); ++entry) {
      if (entry->first != target) continue;
      auto machine = std::move(entry->second);
      free.erase(entry);
      return machine;
    }
    return nullptr;
  }

  void put(std::string_view target, std::shared_ptr<llvm::TargetMachine> machine) {
    const std::lock_guard lock(mutex);
    free.emplace_back(target, std::move(machine));
  }
};

MachinePool::MachinePool() : shelf_(std::make_shared<Shelf>()) {}
MachinePool::~MachinePool() = default;

MachinePool::Loan::Loan(std::shared_ptr<Shelf> shelf, std::string_view target,
                        std::shared_ptr<llvm::TargetMachine> machine)
    : shelf_(std::move(shelf)), target_(target), machine_(std::move(machine)) {}
MachinePool::Loan::Loan(Loan&&) noexcept = default;
MachinePool::Loan::~Loan() {
  if (shelf_) shelf_->put(target_, std::move(machine_));
}

Result<MachinePool::Loan> MachinePool::borrow(const Target& target) {
  if (auto machine = shelf_->take(target.name)) return Loan(shelf_, target.name, std::move(machine));
  auto made = make_machine(target);
  if (!made) return made.error();
  return Loan(shelf_, target.name, std::move(*made));
}

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
