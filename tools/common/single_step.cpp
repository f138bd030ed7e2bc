#include "tools/common/single_step.h"

#include <ucontext.h>
#include <csignal>

#include <array>

namespace actjit::tools {

namespace {

constexpr greg_t trap_flag = 0x100;

// Counts by address. A signal handler fills it, so it never grows.
struct Tally {
  static constexpr std::size_t places = std::size_t{1} << 16;
  std::vector<Executed> table = std::vector<Executed>(places);
  std::uint64_t steps = 0, max_steps = 0;
  bool active = false, full = false;

  void count(const std::byte* at) {
    auto place = reinterpret_cast<std::uintptr_t>(at) * 0x9e3779b97f4a7c15U >> 48;
    for (std::size_t tries = 0; tries < 64; ++tries, place = (place + 1) % places) {
      if (table[place].at != nullptr && table[place].at != at) continue;
      table[place].at = at;
      ++table[place].times;
      return;
    }
    full = true;
  }
};

// A handler has no argument of ours.
Tally* tally = nullptr;

// Delivered before each instruction; the flag in the saved state decides whether it comes again.
void on_step(int, siginfo_t*, void* context) {
  greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (++tally->steps > tally->max_steps) tally->full = true;
  if (!tally->active || tally->full) {
    registers[REG_EFL] &= ~trap_flag;
    return;
  }
  tally->count(reinterpret_cast<const std::byte*>(registers[REG_RIP]));
}

// Sets the flag; the 128 bytes below the stack pointer may be in use.
[[gnu::always_inline]] inline void start_stepping() {
  asm volatile("sub $128, %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp"
               :
               :
               : "memory", "cc");
}

}  // namespace

Result<std::vector<Executed>> executed_instructions(const std::function<void()>& work,
                                                    std::uint64_t max_steps) {
#ifdef __SANITIZE_THREAD__
  return make_error(ErrorCode::unsupported, "ThreadSanitizer does not let its own code be stepped");
#endif
  Tally counts;
  counts.max_steps = max_steps;
  tally = &counts;
  struct sigaction ours {
  }, before{};
  ours.sa_sigaction = on_step;
  ours.sa_flags = SA_SIGINFO;
  if (sigaction(SIGTRAP, &ours, &before) != 0)
    return make_error(ErrorCode::unsupported, "this system has no signal for a step");
  counts.active = true;
  asm volatile("" : : : "memory");
  start_stepping();
  work();
  asm volatile("" : : : "memory");
  counts.active = false;  // the next step is the last
  asm volatile("nop\n\tnop" : : : "memory");
  sigaction(SIGTRAP, &before, nullptr);
  if (counts.full)
    return make_error(ErrorCode::limit, "the work has too many instructions to step through");
  if (counts.steps == 0)
    return make_error(ErrorCode::unsupported, "this machine does not step through code");
  std::vector<Executed> out;
  for (const Executed& e : counts.table)
    if (e.at != nullptr) out.push_back(e);
  return out;
}

}  // namespace actjit::tools
