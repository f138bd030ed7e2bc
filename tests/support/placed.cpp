#include "tests/support/placed.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "ir/extents.h"
#include "tests/support/run.h"

namespace actjit::test {

namespace {

constexpr char untouched = static_cast<char>(0xa5);

std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

Placed::Placed(DType dtype, std::vector<std::int64_t> dims, std::vector<std::int64_t> strides,
               Random& random)
    : view_{dtype, nullptr, std::move(dims), std::move(strides)} {
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (std::size_t d = 0; d < view_.dims.size(); ++d)
    if (view_.dims[d] > 0)
      (view_.strides[d] < 0 ? low : high) += (view_.dims[d] - 1) * view_.strides[d];
  const std::int64_t size = bytes(dtype);
  const std::int64_t slack = random.between(0, 40);
  const auto used = static_cast<std::size_t>((high - low + 1 + slack) * size);
  const std::size_t inside = (used + page() - 1) / page() * page();
  mapped_ = inside + 2 * page();
  pages_ =
      static_cast<char*>(mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char* begin = pages_ + page();
  EXPECT_EQ(mprotect(begin, inside, PROT_READ | PROT_WRITE), 0);
  std::memset(begin, untouched, inside);
  const bool at_end = random.one_in(2);
  char* first = at_end ? begin + inside - (high - low + 1) * size : begin + slack * size;
  view_.data = first - low * size;
}

Placed::Placed(Placed&& other) noexcept
    : view_(std::move(other.view_)),
      pages_(std::exchange(other.pages_, nullptr)),
      mapped_(other.mapped_) {}

Placed::~Placed() {
  if (pages_) munmap(pages_, mapped_);
}

std::vector<std::int64_t> Placed::places() const {
  std::vector<std::int64_t> out;
  std::vector<std::int64_t> index(view_.dims.size(), 0);
  std::int64_t place = 0;
  for (std::int64_t n = view_.elements(); n > 0; --n) {
    out.push_back(place);
    for (std::size_t d = index.size(); d-- > 0;) {
      place += view_.strides[d];
      if (++index[d] < view_.dims[d]) break;
      place -= view_.strides[d] * view_.dims[d];
      index[d] = 0;
    }
  }
  return out;
}

void Placed::fill(const Tensor& tensor) {
  const std::vector<std::int64_t> where = places();
  for (std::size_t i = 0; i < where.size(); ++i)
    put(view_.dtype, view_.data, where[i], tensor.elements[i]);
}

Tensor Placed::read() const {
  Tensor out{view_.dtype, view_.dims, {}};
  for (std::int64_t place : places()) out.elements.push_back(at(view_.dtype, view_.data, place));
  return out;
}

bool Placed::surroundings_intact() const {
  const std::size_t inside = mapped_ - 2 * page();
  const char* begin = pages_ + page();
  std::vector<char> watched(begin, begin + inside);
  const auto size = static_cast<std::size_t>(bytes(view_.dtype));
  const std::ptrdiff_t base = static_cast<const char*>(view_.data) - begin;
  for (std::int64_t place : places())
    std::memset(watched.data() + base + place * bytes(view_.dtype), untouched, size);
  return std::all_of(watched.begin(), watched.end(), [](char c) { return c == untouched; });
}

std::vector<std::int64_t> random_strides(std::span<const std::int64_t> dims, Strides kind,
                                         bool may_repeat, Random& random) {
  if (kind == Strides::dense) return dense_strides(dims);
  std::vector<std::size_t> order(dims.size());  // innermost in memory first
  std::iota(order.rbegin(), order.rend(), 0);
  if (kind == Strides::any)
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<std::int64_t> strides(dims.size(), 0);
  std::int64_t step = kind == Strides::any ? random.between(1, 3) : 1;
  for (std::size_t d : order) {
    if (may_repeat && random.one_in(5)) continue;
    strides[d] = kind == Strides::any && random.one_in(3) ? -step : step;
    step *= std::max<std::int64_t>(dims[d], 1);
    if (random.one_in(2)) step += random.between(0, 3);
  }
  return strides;
}

}  // namespace actjit::test
