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

// A folder in memory where there is one, for the tensors that both read; gone with this object.
class SharedFolder {
 public:
  SharedFolder();
  ~SharedFolder();
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace actjit::bench
