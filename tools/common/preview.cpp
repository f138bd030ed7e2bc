#include "tools/common/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ir/eval.h"
#include "ir/extents.h"

namespace actjit::tools {

namespace {

// Tensors above this many elements show the first and last `edge` of each dimension.
constexpr std::int64_t short_enough = 64;
constexpr std::int64_t edge = 3;
// Many short dimensions have no edges to show; the text ends here.
constexpr std::size_t longest_text = 20000;

template <class T>
T element(const Buffer& tensor, std::int64_t at) {
  T out{};
  std::memcpy(&out, static_cast<const char*>(tensor.data()) + at * std::int64_t{sizeof(T)},
              sizeof(T));
  return out;
}

// The sign of a NaN is chance.
std::string show(double value, int digits) {
  return std::isnan(value) ? "nan" : fmt::format("{:.{}g}", value, digits);
}

std::string show(const Buffer& tensor, std::int64_t at) {
  switch (tensor.dtype()) {
    case DType::f64: return show(element<double>(tensor, at), 8);
    case DType::f32: return show(double{element<float>(tensor, at)}, 6);
    case DType::f16:
    case DType::bf16:
      return show(eval::to_double(tensor.dtype(), element<std::uint16_t>(tensor, at)), 4);
    case DType::i64: return fmt::format("{}", element<std::int64_t>(tensor, at));
    case DType::i32: return fmt::format("{}", element<std::int32_t>(tensor, at));
    case DType::boolean: return element<bool>(tensor, at) ? "True" : "False";
  }
  return "?";
}

class Preview {
 public:
  explicit Preview(const Buffer& tensor)
      : tensor_(tensor), all_(tensor.elements() <= short_enough) {
    // Once for the widest element, once for the text.
    write(0, 0, tensor.elements());
    out_.clear();
    write(0, 0, tensor.elements());
  }
  std::string take() { return out_.size() > longest_text ? out_ + " ..." : std::move(out_); }

 private:
  void write(std::size_t d, std::int64_t first, std::int64_t count) {
    if (out_.size() > longest_text) return;
    const std::vector<std::int64_t>& dims = tensor_.dims();
    if (d == dims.size()) {
      const std::string text = show(tensor_, first);
      width_ = std::max(width_, text.size());
      out_ += fmt::format("{:>{}}", text, width_);
      return;
    }
    out_ += '[';
    const std::int64_t n = dims[d];
    for (std::int64_t i = 0; i < n; ++i) {
      if (i > 0) out_ += d + 1 == dims.size() ? " " : "\n" + std::string(d + 1, ' ');
      if (!all_ && n > 2 * edge && i == edge) {
        out_ += "...";
        i = n - edge - 1;
        continue;
      }
      write(d + 1, first + i * (count / n), count / n);
    }
    out_ += ']';
  }

  const Buffer& tensor_;
  bool all_;
  std::size_t width_ = 0;
  std::string out_;
};

}  // namespace

std::string preview(const Buffer& tensor) {
  if (tensor.elements() == 0) return fmt::format("no elements, shape {}", to_string(tensor.dims()));
  return Preview(tensor).take();
}

}  // namespace actjit::tools
