#include "tests/support/doing.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace actjit::test {

namespace {

char text[512];
std::size_t size = 0;

[[maybe_unused]] void report(int signal) {
  constexpr std::string_view head = "\nfault while at: ";
  // Nothing can be done about a failing write here.
  [[maybe_unused]] auto written = write(STDERR_FILENO, head.data(), head.size());
  written = write(STDERR_FILENO, text, size);
  written = write(STDERR_FILENO, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool install() {
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // they report faults themselves
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(signal, report);
#endif
  return true;
}

}  // namespace

void doing(std::string_view what) {
  [[maybe_unused]] static const bool installed = install();
  size = std::min(what.size(), sizeof(text));
  std::memcpy(text, what.data(), size);
}

}  // namespace actjit::test
