#include "tools/common/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace actjit::tools {

namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, int error) {
  return make_error(ErrorCode::io,
                    fmt::format("cannot write '{}': {}", path, std::strerror(error)));
}

// An open file; the destructor removes a temporary one that was not renamed.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (handle_ >= 0) ::close(handle_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  // All return 0 or an errno.
  int open_existing(const std::string& path) {
    handle_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return handle_ < 0 ? errno : 0;
  }
  int open_temporary(const fs::path& beside) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      const fs::path name =
          beside.parent_path() / fmt::format(".actjit-{}-{}.tmp", ::getpid(), attempt);
      handle_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (handle_ >= 0) return temporary_ = name.string(), 0;
      if (errno != EEXIST) return errno;
    }
    return EEXIST;
  }
  int write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(handle_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
  }
  // Closing may report what writing did not: a full disk, a quota.
  int close() {
    const int status = ::close(handle_);
    handle_ = -1;
    return status != 0 ? errno : 0;
  }
  int rename_to(const fs::path& path) {
    if (::rename(temporary_.c_str(), path.c_str()) != 0) return errno;
    temporary_.clear();
    return 0;
  }

 private:
  int handle_ = -1;
  std::string temporary_;
};

}  // namespace

Result<void> write_file(const std::string& path, std::span<const std::string_view> pieces) {
  if (path.empty()) return make_error(ErrorCode::io, "the name of an output file is empty");
  std::error_code ignored;
  fs::path target(path);
  // A link stays a link: what it points to is replaced.
  if (fs::is_symlink(target, ignored)) {
    const fs::path behind = fs::weakly_canonical(target, ignored);
    if (!behind.empty()) target = behind;
  }
  const fs::file_status status = fs::status(target, ignored);
  if (fs::is_directory(status)) return cannot_write(path, EISDIR);
  const bool in_place = fs::exists(status) && !fs::is_regular_file(status);

  Output out;
  int error = in_place ? out.open_existing(path) : out.open_temporary(target);
  for (std::size_t i = 0; error == 0 && i < pieces.size(); ++i) error = out.write(pieces[i]);
  if (error == 0) error = out.close();
  if (error == 0 && !in_place) error = out.rename_to(target);
  if (error != 0) return cannot_write(path, error);
  return {};
}

Result<void> write_file(const std::string& path, std::string_view text) {
  return write_file(path, std::array{text});
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return make_error(ErrorCode::io,
                      fmt::format("cannot make the folder '{}': {}", path, error.message()));
  return {};
}

Result<void> check_memory(std::string_view what, double bytes) {
  const double have =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (bytes > have)
    return make_error(ErrorCode::limit, fmt::format("{} needs {:.3g} GB; this machine has {:.3g}",
                                                    what, bytes / 1e9, have / 1e9));
  return {};
}

}  // namespace actjit::tools
