// A process that answers one line with one line: a peer of another language.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace actjit::bench {

class Helper {
 public:
  // Throws std::runtime_error where the program cannot be started.
  explicit Helper(const std::vector<std::string>& command);
  ~Helper();
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  // Throws std::runtime_error where the process has ended.
  std::string ask(const std::string& line);

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
};

}  // namespace actjit::bench
