#include "tests/support/run.h"

#include <cstring>

#include "ir/extents.h"
#include "ir/print.h"

namespace actjit::test {

const Engine& engine() {
  static const Engine shared = *Engine::create();
  return shared;
}

std::vector<Target> host_targets() {
  std::vector<Target> out;
  for (const Target& t : all_targets())
    if (host_supports(t)) out.push_back(t);
  return out;
}

void put(DType dtype, void* memory, std::int64_t index, Bits element) {
  // The low bytes of a word come first on the machines we emit for.
  const auto size = static_cast<std::size_t>(bytes(dtype));
  std::memcpy(static_cast<char*>(memory) + index * bytes(dtype), &element, size);
}

Bits at(DType dtype, const void* memory, std::int64_t index) {
  Bits out = 0;
  const auto size = static_cast<std::size_t>(bytes(dtype));
  std::memcpy(&out, static_cast<const char*>(memory) + index * bytes(dtype), size);
  return out;
}

void to_memory(DType dtype, std::span<const Bits> elements, void* memory) {
  for (std::size_t i = 0; i < elements.size(); ++i)
    put(dtype, memory, static_cast<std::int64_t>(i), elements[i]);
}

std::vector<Bits> from_memory(DType dtype, const void* memory, std::size_t n) {
  std::vector<Bits> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = at(dtype, memory, static_cast<std::int64_t>(i));
  return out;
}

std::int64_t count(std::span<const std::int64_t> dims) { return element_count(dims).value(); }

Tensor random_tensor(DType dtype, std::vector<std::int64_t> dims, Random& random) {
  Tensor out{dtype, std::move(dims), {}};
  out.elements.resize(static_cast<std::size_t>(count(out.dims)));
  for (Bits& b : out.elements) b = random_element(dtype, random);
  return out;
}

Result<std::vector<Tensor>> run_compiled(const Graph& graph, const Spec& spec,
                                         std::span<const Tensor> inputs,
                                         std::span<const double> scalars) {
  const Result<Kernel> kernel = engine().compile(graph, spec);
  if (!kernel) return kernel.error();
  std::vector<Buffer> buffers;
  std::vector<TensorView> views;
  const auto allocate = [&](DType dtype, const std::vector<std::int64_t>& dims) {
    buffers.push_back(*Buffer::make(dtype, dims));
    views.push_back(buffers.back().view());
  };
  for (const Tensor& t : inputs) {
    allocate(t.dtype, t.dims);
    to_memory(t.dtype, t.elements, views.back().data);
  }
  const auto dims = output_dims(graph, views);
  if (!dims) return dims.error();
  for (std::size_t o = 0; o < dims->size(); ++o)
    allocate(graph[graph.outputs()[o].node].dtype, (*dims)[o]);
  const std::span<const TensorView> all(views);
  const auto done = (*kernel)(all.first(inputs.size()), all.subspan(inputs.size()), scalars);
  if (!done) return done.error();
  std::vector<Tensor> out;
  for (const TensorView& v : all.subspan(inputs.size()))
    out.push_back(
        {v.dtype, v.dims, from_memory(v.dtype, v.data, static_cast<std::size_t>(v.elements()))});
  return out;
}

namespace {

// The element of `t` that stands at `index` of a tensor of shape `dims`; 0 where t does not
// broadcast to it, which is then none of that tensor's business.
Bits broadcast_element(const Tensor& t, std::span<const std::int64_t> dims,
                       std::span<const std::int64_t> index) {
  if (t.dims.size() > dims.size()) return 0;
  const std::size_t offset = dims.size() - t.dims.size();
  std::int64_t place = 0;
  for (std::size_t d = 0; d < t.dims.size(); ++d) {
    if (t.dims[d] != 1 && t.dims[d] != dims[offset + d]) return 0;
    place = place * t.dims[d] + (t.dims[d] == 1 ? 0 : index[offset + d]);
  }
  return t.elements[static_cast<std::size_t>(place)];
}

}  // namespace

std::vector<Tensor> run_oracle(const Graph& g, std::span<const Tensor> inputs,
                               std::span<const double> scalars) {
  Extents extents;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    EXPECT_TRUE(
        succeeded(extents.bind(g.inputs()[i].name, g.shape(g.inputs()[i].node), inputs[i].dims)));
  std::vector<Tensor> out;
  for (std::size_t o = 0; o < g.outputs().size(); ++o) {
    const NodeId node = g.outputs()[o].node;
    Tensor t{g[node].dtype, extents.resolve(g.shape(node)), {}};
    std::vector<std::int64_t> index(t.dims.size(), 0);
    std::vector<Bits> elements(inputs.size());
    for (std::int64_t n = count(t.dims); n > 0; --n) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        elements[i] = broadcast_element(inputs[i], t.dims, index);
      t.elements.push_back(interpret_element(g, elements, scalars)[o]);
      for (std::size_t d = index.size(); d-- > 0;) {
        if (++index[d] < t.dims[d]) break;
        index[d] = 0;
      }
    }
    out.push_back(std::move(t));
  }
  return out;
}

testing::AssertionResult same_tensors(std::span<const Tensor> got, std::span<const Tensor> want) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " tensors, wanted " << want.size();
  for (std::size_t t = 0; t < got.size(); ++t) {
    if (got[t].dtype != want[t].dtype || got[t].dims != want[t].dims)
      return testing::AssertionFailure()
             << "output " << t << " is " << text(got[t].dtype) << to_string(got[t].dims)
             << ", wanted " << text(want[t].dtype) << to_string(want[t].dims);
    for (std::size_t i = 0; i < want[t].elements.size(); ++i)
      if (!same(want[t].dtype, got[t].elements[i], want[t].elements[i]))
        return testing::AssertionFailure()
               << "output " << t << ", element " << i << " of " << want[t].elements.size() << ": "
               << describe(got[t].dtype, got[t].elements[i]) << ", wanted "
               << describe(want[t].dtype, want[t].elements[i]);
  }
  return testing::AssertionSuccess();
}

}  // namespace actjit::test
