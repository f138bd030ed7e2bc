#include "tools/common/operations.h"

#include <fmt/format.h>
#include <unistd.h>

#include "tools/common/terminal.h"

namespace actjit::tools {

namespace {

// Adds an executed instruction. Memory behind the page it begins in is read only where it must
// reach over there.
void add(OperationCounter& counter, const Executed& e, double sign) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::size_t left = page - reinterpret_cast<std::uintptr_t>(e.at) % page;
  const double times = sign * static_cast<double>(e.times);
  if (!counter.add({e.at, std::min(left, max_instruction_bytes)}, times) &&
      left < max_instruction_bytes)
    counter.add({e.at, max_instruction_bytes}, times);
}

Result<void> add_call(OperationCounter& counter, const std::function<void()>& work, double sign,
                      std::uint64_t max_steps) {
  work();  // what is done once only (binding symbols, for one) is done
  const Result<std::vector<Executed>> executed = executed_instructions(work, max_steps);
  if (!executed) return executed.error();
  for (const Executed& e : *executed) add(counter, e, sign);
  return {};
}

}  // namespace

Result<Operations> count_operations(const std::function<void()>& work,
                                    const std::function<void()>& less, std::uint64_t max_steps) {
  Result<OperationCounter> counter = OperationCounter::create();
  if (!counter) return counter.error();
  if (auto done = add_call(*counter, work, 1, max_steps); !done) return done.error();
  if (less)
    if (auto done = add_call(*counter, less, -1, max_steps); !done) return done.error();
  return counter->total();
}

std::string show(const Operations& o) {
  std::string out = fmt::format("{:.2f} vector operations, {:.2f} loads, {:.2f} stores", o.vector,
                                o.loads, o.stores);
  if (o.divider >= 0.05) out += fmt::format(", {:.1f} cycles of the divider", o.divider);
  return out;
}

}  // namespace actjit::tools
