// Running programs and making folders that go away, for tests of the tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/common/temporary_folder.h"

namespace actjit::test {

struct Outcome {
  int code = -1;  // the exit code; 128 and the signal's number where one ended it
  std::string out;
  std::string err;
};

// Runs a program, no shell in between, with nothing on its standard input.
Outcome run_process(const std::vector<std::string>& command);

class Folder : public tools::TemporaryFolder {
 public:
  // What lies in it, sorted.
  std::vector<std::string> names() const;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);

}  // namespace actjit::test
