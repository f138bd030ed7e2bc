// Stores past the caches: the same bits, wherever the operands lie, and none but the outputs'.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>

#include "runtime/streaming.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr std::int64_t n = 1000, room = 64;

// Outputs that begin so many elements behind an aligned place.
struct Outputs {
  std::vector<std::vector<std::byte>> bytes;
  std::vector<void*> data;

  Outputs(std::span<const DType> dtypes, std::int64_t shift) {
    for (const DType dtype : dtypes) {
      const auto size = static_cast<std::size_t>(actjit::bytes(dtype));
      bytes.emplace_back((static_cast<std::size_t>(n + room) + 256) * size, std::byte{0x5a});
      const auto at = reinterpret_cast<std::uintptr_t>(bytes.back().data());
      const std::uintptr_t begin = (at + 63) / 64 * 64 + static_cast<std::uintptr_t>(shift) * size;
      data.push_back(bytes.back().data() + (begin - at));
    }
  }
};

void expect_same(const Graph& g, std::int64_t shift, std::int64_t second_shift) {
  SCOPED_TRACE(fmt::format("{} and {} elements off", shift, second_shift));
  std::vector<DType> dtypes;
  for (const Output& o : g.outputs()) dtypes.push_back(g[o.node].dtype);
  const DType dtype = g[g.inputs()[0].node].dtype;
  Buffer x = Buffer::make(dtype, {n}).value();
  auto* const values = static_cast<unsigned char*>(x.data());
  for (std::size_t i = 0; i < x.size_bytes(); ++i) values[i] = static_cast<unsigned char>(i * 37);
  for (const Target& t : host_targets()) {
    const Kernel k = *engine().compile(g, *make_spec(g, Tier::fast, t.name));
    Outputs plain(dtypes, shift), streamed(dtypes, shift);
    if (dtypes.size() > 1) {
      const std::int64_t more = (second_shift - shift) * bytes(dtypes[1]);
      for (Outputs* o : {&plain, &streamed}) o->data[1] = static_cast<char*>(o->data[1]) + more;
    }
    for (Outputs* o : {&plain, &streamed}) {
      std::vector<TensorView> views;
      for (std::size_t i = 0; i < dtypes.size(); ++i)
        views.push_back(TensorView::dense(dtypes[i], o->data[i], {n}));
      const BoundCall bound = k.bind(std::array{x.view()}, views).value();
      actjit_call call = bound.call();
      EXPECT_EQ(call.flags, 0u) << "a thousand elements";
      call.flags = o == &streamed ? ACTJIT_CALL_STREAMS : 0;
      ASSERT_EQ(k.entry()(&call), 0);
    }
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
      const auto from = [&](const Outputs& o) {
        return static_cast<const char*>(o.data[i]) - room;
      };
      const auto size = static_cast<std::size_t>(n * bytes(dtypes[i]) + 2 * room);
      EXPECT_EQ(std::memcmp(from(plain), from(streamed), size), 0) << t.name;
    }
  }
}

Graph of(DType dtype, auto outputs) {
  Graph g;
  outputs(g, Value{&g, g.input("x", dtype, {"n"})});
  return g;
}

TEST(Streaming, StoresTheSameBits) {
  const auto one = [](Graph& g, Value x) { g.output("y", (x * x + 0.5).id); };
  const auto long_one = [](Graph& g, Value x) {
    g.output("y", g.apply(Op::tanh, std::array{x.id}));
  };
  const auto two = [](Graph& g, Value x) {
    g.output("y", (x + 1.0).id);
    g.output("z", (x * x).id);
  };
  const auto mask = [](Graph& g, Value x) {
    g.output("y", g.apply(Op::gt, std::array{x.id, x.like(0.0).id}));
  };
  for (const std::int64_t shift : {room, room + 1, room + 7, room + 15, room + 31})
    for (const DType dtype : {DType::f64, DType::f32, DType::bf16, DType::f16}) {
      expect_same(of(dtype, one), shift, shift);
      expect_same(of(dtype, long_one), shift, shift);
      expect_same(of(dtype, mask), shift, shift);
      expect_same(of(dtype, two), shift, shift);
      expect_same(of(dtype, two), shift, shift + 3);
    }
}

// Only where nothing of the outputs is in the caches anyway. Binding looks at no element, so that
// the operands may lie where no memory is.
TEST(Streaming, IsForLargeOutputsThatLieOnNoInput) {
  const Graph g = of(DType::f32, [](Graph& h, Value x) { h.output("y", (x + 1.0).id); });
  const Kernel k = *engine().compile(g, *make_spec(g));
  const auto flags = [&](std::int64_t elements, std::uintptr_t in, std::uintptr_t out) {
    const auto view = [&](std::uintptr_t address) {
      return TensorView::dense(DType::f32, reinterpret_cast<void*>(address), {elements});
    };
    return k.bind(std::array{view(in)}, std::array{view(out)}).value().call().flags;
  };
  constexpr std::uintptr_t here = std::uintptr_t{1} << 40, there = std::uintptr_t{1} << 44;
  const std::int64_t first = streaming_elements(g);
  if (first == std::numeric_limits<std::int64_t>::max()) {  // caches of unknown size
    EXPECT_EQ(flags(std::int64_t{1} << 30, here, there), 0u);
    return;
  }
  EXPECT_EQ(flags(first, here, there), ACTJIT_CALL_STREAMS);
  EXPECT_EQ(flags(first, here, here), 0u);
  EXPECT_EQ(flags(first - 1, here, there), 0u);
}

}  // namespace
}  // namespace actjit::test
