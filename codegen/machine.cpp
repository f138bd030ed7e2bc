#include "codegen/machine.h"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

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
    return make_error(
        ErrorCode::unsupported_target,
        "this build makes no code for '" + std::string(target.name) + "': " + problem);
  }
  return std::shared_ptr<llvm::TargetMachine>(generator->createTargetMachine(
      triple, ref(target.cpu), ref(target.features), strict_options(), llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
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
  if (auto machine = shelf_->take(target.name))
    return Loan(shelf_, target.name, std::move(machine));
  auto made = make_machine(target);
  if (!made) return made.error();
  return Loan(shelf_, target.name, std::move(*made));
}

}  // namespace actjit
