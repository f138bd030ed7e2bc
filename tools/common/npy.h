// .npy, NumPy's file of one array: format versions 1.0 to 3.0 are read, 1.0 is written.
//
// What a file says of itself is checked against its size before memory is asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/tensor.h"

namespace actjit::tools {

struct NpyHeader {
  DType dtype = DType::f32;
  std::vector<std::int64_t> dims;
  std::int64_t elements = 1;
};

// The dictionary of a header. `path` is for messages. Errors: io for text that is no header, a
// Fortran-ordered array, a dtype actjit does not have, more than max_rank or absurd dims.
Result<NpyHeader> parse_npy_header(std::string_view text, const std::string& path);

// Errors: io, naming the file, what was found and what would do; limit for more than the memory.
Result<Buffer> read_npy(const std::string& path);

// Magic, version, header and padding, as NumPy writes them.
std::string npy_preamble(DType dtype, const std::vector<std::int64_t>& dims);

// Errors: those of write_file.
Result<void> write_npy(const std::string& path, const Buffer& tensor);

}  // namespace actjit::tools
