#include "codegen/operations.h"

#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace actjit {
namespace {

constexpr const char* model_triple = "x86_64-unknown-linux-gnu";
constexpr const char* model_cpu = "skylake-avx512";

// The names that LLVM's model gives to what we report.
constexpr llvm::StringRef vector_ports = "SKXPort015", load_ports = "SKXPort23",
                          store_port = "SKXPort4", divider_unit = "SKXFPDivider";
// With 512-bit operations under way, the vector part of one of the three ports rests.
constexpr double wide_ports = 2;

void initialise_disassembler() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
  });
}

}  // namespace

Operations operator/(const Operations& a, double b) {
  return {a.vector / b, a.moves / b, a.loads / b, a.stores / b, a.divider / b, a.wall / b};
}

// LLVM's tables, and what was added up so far.
struct OperationCounter::Model {
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembly;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> disassembler;

  std::vector<double> busy;  // cycles of every resource of the model
  Operations sum;
  bool is_wide = false;

  const llvm::MCSchedModel& schedule() const { return subtarget->getSchedModel(); }

  // By the class of an operand: "ZMM3", "K1".
  bool has_register(const llvm::MCInst& instruction,
                    std::initializer_list<llvm::StringRef> prefixes) const {
    return std::any_of(instruction.begin(), instruction.end(), [&](const llvm::MCOperand& o) {
      if (!o.isReg() || !o.getReg()) return false;
      const llvm::StringRef name = registers->getName(o.getReg());
      return std::any_of(prefixes.begin(), prefixes.end(),
                         [&](llvm::StringRef p) { return name.starts_with(p); });
    });
  }
  // A whole register copied ("rr") or loaded ("rm"); with a mask it is a selection.
  bool is_move(const llvm::MCInst& instruction, llvm::StringRef operands) const {
    const llvm::StringRef name = instructions->getName(instruction.getOpcode());
    const bool moves = name.starts_with("VMOVAP") || name.starts_with("VMOVUP") ||
                       name.starts_with("VMOVDQ") || name.starts_with("MOVAP");
    return moves && name.ends_with(operands);
  }
  const llvm::MCSchedClassDesc* cost_of(const llvm::MCInst& instruction) const {
    unsigned id = instructions->get(instruction.getOpcode()).getSchedClass();
    const llvm::MCSchedClassDesc* cost = schedule().getSchedClassDesc(id);
    while (id != 0 && cost->isVariant()) {
      id = subtarget->resolveVariantSchedClass(id, &instruction, instructions.get(),
                                               schedule().getProcessorID());
      cost = schedule().getSchedClassDesc(id);
    }
    return cost->isValid() ? cost : nullptr;
  }
  void add(const llvm::MCInst& instruction, double times) {
    if (is_move(instruction, "rr")) {
      sum.moves += times;
      return;
    }
    const bool only_loads = is_move(instruction, "rm");  // the model has a selection in it
    is_wide = is_wide || has_register(instruction, {"ZMM"});
    const bool is_vector = has_register(instruction, {"ZMM", "YMM", "XMM", "K"});
    const llvm::MCSchedClassDesc* cost = cost_of(instruction);
    if (cost == nullptr) return;
    for (auto use = subtarget->getWriteProcResBegin(cost);
         use != subtarget->getWriteProcResEnd(cost); ++use) {
      const double cycles = times * (use->ReleaseAtCycle - use->AcquireAtCycle);
      const llvm::StringRef unit = schedule().getProcResource(use->ProcResourceIdx)->Name;
      if (only_loads && unit != load_ports) continue;
      busy[use->ProcResourceIdx] += cycles;
      if (unit == vector_ports && is_vector) sum.vector += cycles;
      if (unit == load_ports) sum.loads += cycles;
      if (unit == store_port) sum.stores += cycles;
      if (unit == divider_unit) sum.divider += cycles;
    }
  }
  // A group of ports has the uses of its members in LLVM's tables too, so the busiest resource is
  // the bound.
  double wall() const {
    double cycles = is_wide ? sum.vector / wide_ports : 0;
    for (unsigned r = 1; r < busy.size(); ++r)
      cycles = std::max(cycles, busy[r] / schedule().getProcResource(r)->NumUnits);
    return cycles;
  }
};

Result<OperationCounter> OperationCounter::create() {
  initialise_disassembler();
  std::string problem;
  const llvm::Triple triple(model_triple);
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (target == nullptr) return make_error(ErrorCode::internal, "LLVM: " + problem);
  auto model = std::make_shared<Model>();
  model->registers.reset(target->createMCRegInfo(triple));
  model->assembly.reset(
      target->createMCAsmInfo(*model->registers, triple, llvm::MCTargetOptions()));
  model->instructions.reset(target->createMCInstrInfo());
  model->subtarget.reset(target->createMCSubtargetInfo(triple, model_cpu, ""));
  model->context = std::make_unique<llvm::MCContext>(
      triple, model->assembly.get(), model->registers.get(), model->subtarget.get());
  model->disassembler.reset(target->createMCDisassembler(*model->subtarget, *model->context));
  if (model->disassembler == nullptr || !model->schedule().hasInstrSchedModel())
    return make_error(ErrorCode::internal, "LLVM has no disassembler or model for its x86");
  model->busy.resize(model->schedule().getNumProcResourceKinds());
  return OperationCounter(std::move(model));
}

bool OperationCounter::add(std::span<const std::byte> code, double times) {
  const llvm::ArrayRef<std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(code.data()),
                                           code.size());
  llvm::MCInst instruction;
  std::uint64_t size = 0;
  const auto status =
      model_->disassembler->getInstruction(instruction, size, bytes, 0, llvm::nulls());
  if (status != llvm::MCDisassembler::Success) return false;
  model_->add(instruction, times);
  return true;
}

Operations OperationCounter::total() const {
  Operations out = model_->sum;
  out.wall = model_->wall();
  return out;
}

}  // namespace actjit
