// Files that are never half written.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ir/error.h"

namespace actjit::tools {

// Makes the file `path` of the pieces, one after the other: written under another name in the same
// folder, then renamed, so that a reader sees the old file or the whole new one. What exists and is
// no regular file (/dev/stdout, a pipe) is written to as it is. Errors: io, naming the file.
Result<void> write_file(const std::string& path, std::span<const std::string_view> pieces);
Result<void> write_file(const std::string& path, std::string_view text);

// Makes the folder and those above it. Errors: io.
Result<void> make_folder(const std::string& path);

// A tensor of `bytes` bytes is refused where this machine has less memory. Errors: limit.
Result<void> check_memory(std::string_view what, double bytes);

}  // namespace actjit::tools
