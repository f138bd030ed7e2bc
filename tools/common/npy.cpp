#include "tools/common/npy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tools/common/file.h"

namespace actjit::tools {

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
// NumPy's own headers of plain arrays are below 1 KiB; more is a structured array or an attack.
constexpr std::uint64_t max_header_bytes = 65536;

class InputFile {
 public:
  explicit InputFile(std::string path) : path_(std::move(path)) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (handle_ >= 0) ::close(handle_);
  }

  Result<void> open() {
    // Without waiting, should it be a pipe that nobody writes to.
    handle_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (handle_ < 0 || ::fstat(handle_, &status) != 0) return failure(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return failure("it is not a regular file");
    size_ = static_cast<std::uint64_t>(status.st_size);
    return {};
  }
  // Exactly `n` bytes.
  Result<void> read(void* to, std::uint64_t n) {
    auto* at = static_cast<char*>(to);
    while (n > 0) {
      const ssize_t got = ::read(handle_, at, n);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failure(std::strerror(errno));
      if (got == 0) return failure("it became shorter while it was read");
      at += got;
      n -= static_cast<std::uint64_t>(got);
      done_ += static_cast<std::uint64_t>(got);
    }
    return {};
  }
  std::uint64_t left() const { return size_ - std::min(size_, done_); }
  Error failure(std::string_view why) const {
    return make_error(ErrorCode::io, fmt::format("cannot read '{}': {}", path_, why));
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int handle_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t done_ = 0;
};

Error no_npy(const std::string& path, std::string_view why) {
  return make_error(ErrorCode::io, fmt::format("'{}' is no .npy file: {}", path, why));
}
Error truncated_header(const std::string& path) {
  return make_error(ErrorCode::io, fmt::format("'{}' is truncated: it ends in its header", path));
}

// Magic, version and length; gives the length of the dictionary that follows.
Result<std::uint64_t> read_fixed_part(InputFile& file) {
  std::array<unsigned char, 8> head{};
  const std::uint64_t have = std::min<std::uint64_t>(file.left(), head.size());
  if (auto ok = file.read(head.data(), have); !ok) return ok.error();
  const std::size_t compared = std::min<std::size_t>(have, magic.size());
  if (have == 0) return no_npy(file.path(), "it is empty");
  if (std::memcmp(head.data(), magic.data(), compared) != 0)
    return no_npy(file.path(), "it does not begin with \\x93NUMPY");
  if (have < head.size()) return truncated_header(file.path());
  const int major = head[6];
  if (major < 1 || major > 3 || head[7] != 0)
    return make_error(ErrorCode::io,
                      fmt::format("'{}' has the .npy version {}.{}; known are 1.0, 2.0 and 3.0",
                                  file.path(), major, head[7]));
  std::array<unsigned char, 4> length{};
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (file.left() < length_bytes) return truncated_header(file.path());
  if (auto ok = file.read(length.data(), length_bytes); !ok) return ok.error();
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) n |= std::uint64_t{length[i]} << (8 * i);
  return n;
}

Result<NpyHeader> read_header(InputFile& file) {
  const Result<std::uint64_t> length = read_fixed_part(file);
  if (!length) return length.error();
  if (*length > max_header_bytes)
    return make_error(ErrorCode::io,
                      fmt::format("'{}' has a header of {} bytes; at most {} are accepted",
                                  file.path(), *length, max_header_bytes));
  if (file.left() < *length) return truncated_header(file.path());
  std::string text(*length, '\0');
  if (auto ok = file.read(text.data(), text.size()); !ok) return ok.error();
  return parse_npy_header(text, file.path());
}

// A bool is 0 or 1; other bytes would mean something else in every kernel.
bool has_other_bytes(const Buffer& tensor) {
  const auto* at = static_cast<const unsigned char*>(tensor.data());
  for (std::size_t i = 0; i < tensor.size_bytes(); ++i)
    if (at[i] > 1) return true;
  return false;
}

}  // namespace

Result<Buffer> read_npy(const std::string& path) {
  InputFile file(path);
  if (auto opened = file.open(); !opened) return opened.error();
  Result<NpyHeader> header = read_header(file);
  if (!header) return header.error();
  const auto want = static_cast<std::uint64_t>(header->elements) *
                    static_cast<std::uint64_t>(bytes(header->dtype));
  if (file.left() != want)
    return make_error(ErrorCode::io,
                      fmt::format("'{}' {}: {} bytes of data, wanted {} for {} of shape ({})", path,
                                  file.left() < want ? "is truncated" : "is too long", file.left(),
                                  want, text(header->dtype), fmt::join(header->dims, ", ")));
  if (auto fits = check_memory(fmt::format("'{}'", path), static_cast<double>(want)); !fits)
    return fits.error();
  Result<Buffer> out = Buffer::make(header->dtype, std::move(header->dims));
  if (!out) return out.error();
  if (auto ok = file.read(out->data(), want); !ok) return ok.error();
  if (is_bool(out->dtype()) && has_other_bytes(*out))
    return make_error(ErrorCode::io, fmt::format("'{}' has bools that are neither 0 nor 1", path));
  return out;
}

Result<void> write_npy(const std::string& path, const Buffer& tensor) {
  const std::string preamble = npy_preamble(tensor.dtype(), tensor.dims());
  const std::string_view data(static_cast<const char*>(tensor.data()), tensor.size_bytes());
  return write_file(path, std::array<std::string_view, 2>{preamble, data});
}

}  // namespace actjit::tools
