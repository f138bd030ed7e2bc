// A folder that goes away. In a header alone, so that tests have it where no tools are built.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace actjit::tools {

// An empty folder of its own, removed with all it holds. Throws std::runtime_error where none can
// be made.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : path_(parent / "actjit-XXXXXX") {
    if (!::mkdtemp(path_.data()))
      throw std::runtime_error("cannot make a temporary folder in " + parent.string());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace actjit::tools
