#include "codegen/emit_rows.h"

#include "codegen/emit_row_passes.h"

namespace actjit {

void emit_rows(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  const auto emit = !plan.turned.empty()      ? emit_turned_rows
                    : plan.layout.across_rows ? emit_across_rows
                                              : emit_along_rows;
  emit(plan, module, symbol);
}

}  // namespace actjit
