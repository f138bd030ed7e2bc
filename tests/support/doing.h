// What a test is at when it crashes: kernels are machine code, and a wrong one faults without a
// word. The text (a seed, most of all) is printed by a signal handler.
#pragma once

#include <string_view>

namespace actjit::test {

// Remembers `what` until the next call, and from the first call on prints it on a fault.
void doing(std::string_view what);

}  // namespace actjit::test
