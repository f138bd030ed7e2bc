#include "tools/common/operations.h"

#include <fmt/format.h>
#include <unistd.h>

#include "tools/common/single_step.h"
#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

// Adds an executed instruction. Memory behind the page it begins in is read only where it must
// reach over there.
bool add(OperationCounter& counter, const Executed& e) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::size_t left = page - reinterpret_cast<std::uintptr_t>(e.at) % page;
  const auto times = static_cast<double>(e.times);
  return counter.add({e.at, std::min(left, max_instruction_bytes)}, times) ||
         (left < max_instruction_bytes && counter.add({e.at, max_instruction_bytes}, times));
}

}  // namespace

Result<Operations> count_operations(const std::function<void()>& work) {
  Result<OperationCounter> counter = OperationCounter::create();
  if (!counter) return counter.error();
  work();  // what is done once only (binding symbols, for one) is done
  const Result<std::vector<Executed>> executed = executed_instructions(work);
  if (!executed) return executed.error();
  for (const Executed& e : *executed) add(*counter, e);
  return counter->total();
}

std::string show(const Operations& o) {
  std::string out = fmt::format("{:.2f} vector operations, {:.2f} loads, {:.2f} stores", o.vector,
                                o.loads, o.stores);
  if (o.divider >= 0.05) out += fmt::format(", {:.1f} cycles of the divider", o.divider);
  return out;
}

}  // namespace actjit::tools
