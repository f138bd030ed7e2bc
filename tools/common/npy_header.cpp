#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "ir/shape.h"
#include "tools/common/npy.h"

namespace actjit::tools {

namespace {

// A reader of the one dictionary a header may hold: a subset of Python's literals.
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : text_(text) {}

  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::optional<std::string_view> string() {
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }
  std::optional<bool> truth() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}})
      if (text_.substr(at_).starts_with(word)) return at_ += std::string_view(word).size(), value;
    return std::nullopt;
  }
  // Nothing for what is no number; the largest number for what does not fit.
  std::optional<std::int64_t> integer() {
    skip_blanks();
    const bool negative = accept('-');
    std::int64_t n = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, text_[at_] - '0', &n))
        n = std::numeric_limits<std::int64_t>::max();
    if (at_ == begin) return std::nullopt;
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote its long integers so
    return negative ? -n : n;
  }
  std::optional<std::vector<std::int64_t>> tuple() {
    if (!accept('(')) return std::nullopt;
    std::vector<std::int64_t> out;
    while (!accept(')')) {
      const std::optional<std::int64_t> n = integer();
      // One number is a tuple only with its comma.
      if (!n || (!accept(',') && (out.empty() || peek() != ')'))) return std::nullopt;
      out.push_back(*n);
    }
    return out;
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool at_end() { return skip_blanks(), at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

// Text of a file, fit for a message.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 40));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return text.size() > 40 ? out + "..." : out;
}

struct Fields {
  std::optional<std::string_view> descr;
  std::string_view other_descr;  // what stands where a string was wanted
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

// False where the text is no dictionary of the three keys.
bool read_fields(std::string_view text, Fields& out) {
  HeaderText in(text);
  if (!in.accept('{')) return false;
  while (!in.accept('}')) {
    const std::optional<std::string_view> key = in.string();
    if (!key || !in.accept(':')) return false;
    if (*key == "descr" && !out.descr) {
      in.peek();
      out.other_descr = in.rest();
      out.descr = in.string();
      if (!out.descr) return true;  // a list: fields of a structured array
    } else if (*key == "fortran_order" && !out.fortran_order) {
      if (!(out.fortran_order = in.truth())) return false;
    } else if (*key == "shape" && !out.shape) {
      if (!(out.shape = in.tuple())) return false;
    } else {
      return false;
    }
    if (!in.accept(',') && in.peek() != '}') return false;
  }
  return in.at_end() && out.descr && out.fortran_order && out.shape;
}

std::string known_dtypes() {
  std::string out;
  for (const DTypeInfo& row : dtype_table)
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", row.numpy, row.text);
  return out;
}

std::optional<DType> find_numpy(std::string_view descr) {
  // Bytes have no order, so that NumPy itself writes "|V2" for what ml_dtypes calls "<V2".
  if (descr == "|V2" || descr == "V2") return DType::bf16;
  for (const DTypeInfo& row : dtype_table)
    if (row.numpy == descr) return row.dtype;
  return std::nullopt;
}

Error bad_dtype(const std::string& path, std::string_view descr) {
  const bool big_endian = descr.size() > 1 && descr[0] == '>' &&
                          find_numpy(fmt::format("<{}", descr.substr(1))).has_value();
  return make_error(ErrorCode::io, big_endian
                                       ? fmt::format("'{}' is big endian ({}); save it as '<{}'",
                                                     path, descr, descr.substr(1))
                                       : fmt::format("'{}' has the dtype '{}'; known are {}", path,
                                                     shown(descr), known_dtypes()));
}

// The number of elements. Beside an extent of 0 too the others have to be such that offsets can be
// computed, as NumPy wants it.
std::optional<std::int64_t> believable(const std::vector<std::int64_t>& dims, int element_bytes) {
  std::int64_t size = element_bytes;
  for (std::int64_t d : dims)
    if (__builtin_mul_overflow(size, std::max<std::int64_t>(d, 1), &size)) return std::nullopt;
  return element_count(dims);
}

}  // namespace

Result<NpyHeader> parse_npy_header(std::string_view text, const std::string& path) {
  Fields fields;
  const bool understood = read_fields(text, fields);
  if (!understood)
    return make_error(ErrorCode::io,
                      fmt::format("'{}' is no .npy file: its header is '{}', wanted a dictionary "
                                  "of descr, fortran_order and shape",
                                  path, shown(text)));
  if (!fields.descr) return bad_dtype(path, fields.other_descr);
  const std::optional<DType> dtype = find_numpy(*fields.descr);
  if (!dtype) return bad_dtype(path, *fields.descr);
  if (*fields.fortran_order)
    return make_error(ErrorCode::io, fmt::format("'{}' is in Fortran order; save it in C order "
                                                 "(numpy.ascontiguousarray)",
                                                 path));
  if (fields.shape->size() > max_rank)
    return make_error(ErrorCode::io, fmt::format("'{}' has {} dimensions; at most {} are accepted",
                                                 path, fields.shape->size(), max_rank));
  const std::optional<std::int64_t> elements = believable(*fields.shape, bytes(*dtype));
  if (!elements)
    return make_error(ErrorCode::io, fmt::format("'{}' has the shape ({}), which no array can have",
                                                 path, fmt::join(*fields.shape, ", ")));
  return NpyHeader{*dtype, std::move(*fields.shape), *elements};
}

std::string npy_preamble(DType dtype, const std::vector<std::int64_t>& dims) {
  const std::string tuple =
      fmt::format("({}{})", fmt::join(dims, ", "), dims.size() == 1 ? "," : "");
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                   info(dtype).numpy, tuple);
  // Magic, version and length take 10 bytes; the data starts at a multiple of 64.
  constexpr std::size_t fixed = 10;
  header.append(63 - (fixed + header.size()) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  return out + header;
}

}  // namespace actjit::tools
