#include "tools/bench/helper.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace actjit::bench {

namespace {

void expect(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string(what) + " failed");
}

pid_t start(const std::vector<std::string>& command, int in, int out) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed) throw std::runtime_error("cannot start " + command[0]);
  return pid;
}

}  // namespace

Helper::Helper(const std::vector<std::string>& command) {
  std::signal(SIGPIPE, SIG_IGN);  // a helper that ended is an error that write() returns
  int in[2], out[2];
  expect(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "making a pipe");
  to_ = in[1];
  from_ = out[0];
  pid_ = start(command, in[0], out[1]);
  close(in[0]);
  close(out[1]);
}

// With its input at an end, the process ends.
Helper::~Helper() {
  close(to_);
  close(from_);
  waitpid(pid_, nullptr, 0);
}

std::string Helper::ask(const std::string& line) {
  const std::string sent = line + "\n";
  if (write(to_, sent.data(), sent.size()) != static_cast<ssize_t>(sent.size()))
    throw std::runtime_error("its process has ended");
  std::string out;
  for (char c = 0; read(from_, &c, 1) == 1;) {
    if (c == '\n') return out;
    out += c;
  }
  throw std::runtime_error("its process has ended");
}

}  // namespace actjit::bench
