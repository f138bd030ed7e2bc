#include "codegen/code_generator.h"

#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <mutex>
#include <utility>

#include "codegen/kernel_passes.h"

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

}  // namespace

// The passes to one kind of output, scheduled. They may run over any number of modules, of any
// contexts, one after the other.
class CodeGenerator::Passes {
 public:
  Passes(llvm::TargetMachine& machine, llvm::CodeGenFileType type, Body body)
      : complete_(add_kernel_passes(passes_, machine, out_, type, body)) {}

  // What it makes of a module; valid until the next run.
  Result<llvm::StringRef> run(llvm::Module& module) {
    if (!complete_)
      return make_error(ErrorCode::internal, "LLVM has no code generator for this kind of output");
    DiagnosticScope diagnostics(module.getContext());
    bytes_.clear();
    passes_.run(module);
    if (!diagnostics.errors().empty())
      return make_error(ErrorCode::internal, "LLVM: " + diagnostics.errors());
    return bytes_.str();
  }

 private:
  llvm::SmallString<0> bytes_;
  llvm::raw_svector_ostream out_{bytes_};
  llvm::legacy::PassManager passes_;
  bool complete_;
};

CodeGenerator::CodeGenerator(std::unique_ptr<llvm::TargetMachine> machine)
    : machine_(std::move(machine)) {}
CodeGenerator::~CodeGenerator() = default;

Result<std::unique_ptr<CodeGenerator>> CodeGenerator::create(const Target& target) {
  initialise_llvm();
  const llvm::Triple triple(ref(target.triple));
  std::string problem;
  const llvm::Target* generator = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (generator == nullptr) {
    return make_error(
        ErrorCode::unsupported_target,
        "this build makes no code for '" + std::string(target.name) + "': " + problem);
  }
  std::unique_ptr<llvm::TargetMachine> machine(generator->createTargetMachine(
      triple, ref(target.cpu), ref(target.features), strict_options(), llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  return std::unique_ptr<CodeGenerator>(new CodeGenerator(std::move(machine)));
}

Result<std::vector<char>> CodeGenerator::object(llvm::Module& module, Body body) {
  std::unique_ptr<Passes>& passes = object_passes_[static_cast<std::size_t>(body)];
  if (!passes)
    passes = std::make_unique<Passes>(*machine_, llvm::CodeGenFileType::ObjectFile, body);
  const Result<llvm::StringRef> bytes = passes->run(module);
  if (!bytes) {
    passes = nullptr;  // who knows what an interrupted pass has left
    return bytes.error();
  }
  return std::vector<char>(bytes->begin(), bytes->end());
}

Result<std::string> CodeGenerator::assembly(llvm::Module& module, Body body) {
  Passes passes(*machine_, llvm::CodeGenFileType::AssemblyFile, body);
  const Result<llvm::StringRef> text = passes.run(module);
  if (!text) return text.error();
  return text->str();
}

}  // namespace actjit
