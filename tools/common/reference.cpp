#include "tools/common/reference.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "tools/common/reference_element.h"
#include "tools/common/reference_tensor.h"

namespace actjit::tools {

namespace {

Bits element_at(const TensorView& v, std::int64_t offset) {
  const auto width = static_cast<std::size_t>(bytes(v.dtype));
  Bits out = 0;
  std::memcpy(&out, static_cast<const char*>(v.data) + offset * bytes(v.dtype), width);
  return out;
}

// Where a tensor stretched to the rank of `index` keeps that element.
std::int64_t offset_of(const TensorView& v, std::span<const std::int64_t> index) {
  std::int64_t offset = 0;
  const std::size_t lead = index.size() - v.dims.size();
  for (std::size_t d = 0; d < v.dims.size(); ++d)
    if (v.dims[d] != 1) offset += index[lead + d] * v.strides[d];
  return offset;
}

template <class T>
class Evaluator {
 public:
  using Math = ElementMath<T>;
  Evaluator(const Graph& g, std::size_t output, std::span<const TensorView> inputs,
            std::span<const double> scalars)
      : g_(g),
        root_(g.outputs()[output].node),
        inputs_(inputs),
        needed_(g.size(), false),
        values_(g.size()) {
    needed_[root_] = true;
    for (NodeId id = root_ + 1; id-- > 0;)
      if (needed_[id])
        for (NodeId arg : g[id].operands()) needed_[arg] = true;
    // Leaves that are the same for every element.
    for (NodeId id = 0; id <= root_; ++id)
      if (needed_[id] && (g[id].op == Op::constant || g[id].op == Op::scalar)) {
        values_[id] = Math::leaf(g, id, scalars);
        needed_[id] = false;
      }
  }

  T at(std::span<const std::int64_t> index) {
    for (NodeId id = 0; id <= root_; ++id)
      if (needed_[id]) values_[id] = node(g_[id], index);
    return values_[root_].real;
  }

 private:
  Element<T> node(const Node& n, std::span<const std::int64_t> index) const {
    if (n.op == Op::input) {
      const TensorView& v = inputs_[n.attribute[0]];
      return Math::from_bits(v.dtype, element_at(v, offset_of(v, index)));
    }
    std::array<Element<T>, max_arity> a{};
    for (std::size_t i = 0; i < n.operands().size(); ++i) a[i] = values_[n.args[i]];
    return Math::apply(g_, n, a);
  }

  const Graph& g_;
  NodeId root_;
  std::span<const TensorView> inputs_;
  std::vector<bool> needed_;  // for each element
  std::vector<Element<T>> values_;
};

std::vector<std::int64_t> unravel(std::int64_t at, std::span<const std::int64_t> dims) {
  std::vector<std::int64_t> index(dims.size());
  for (std::size_t d = dims.size(); d-- > 0;) {
    index[d] = at % dims[d];
    at /= dims[d];
  }
  return index;
}

// The reference at an element, by its index and where that is in C order: one at a time where the
// graph is elementwise, else all at once.
using Reference = std::function<long double(std::span<const std::int64_t> index, std::int64_t at)>;
Reference reference_of(const Graph& g, std::size_t output, std::span<const TensorView> inputs,
                       std::span<const double> scalars) {
  if (has_axes(g))
    return [values = reference_tensor(g, output, inputs, scalars)](auto, std::int64_t at) {
      return values[static_cast<std::size_t>(at)];
    };
  return [evaluator = Evaluator<long double>(g, output, inputs, scalars)](
             auto index, std::int64_t) mutable { return evaluator.at(index); };
}

void judge_output(const Reference& reference, const TensorView& result, std::int64_t limit,
                  Accuracy& out) {
  const std::int64_t elements = result.elements();
  const std::int64_t count = std::min(elements, limit);
  for (std::int64_t i = 0; i < count; ++i) {
    // i * elements / count, which would overflow.
    const std::int64_t at = i * (elements / count) + i * (elements % count) / count;
    const std::vector<std::int64_t> index = unravel(at, result.dims);
    const double got = eval::to_double(result.dtype, element_at(result, offset_of(result, index)));
    const long double wanted = reference(index, at);
    const double ulp = ulp_distance(result.dtype, got, wanted);
    ++out.compared;
    if (ulp > out.max_ulp) {
      out.max_ulp = ulp;
      out.worst = at;
      out.got = got;
      out.wanted = static_cast<double>(wanted);
    }
  }
}

}  // namespace

long double reference_at(const Graph& graph, std::size_t output, std::span<const TensorView> inputs,
                         std::span<const double> scalars, std::span<const std::int64_t> index) {
  return Evaluator<long double>(graph, output, inputs, scalars).at(index);
}

Accuracy judge(const Graph& graph, std::span<const TensorView> inputs,
               std::span<const double> scalars, std::span<const TensorView> outputs,
               std::int64_t limit) {
  Accuracy out;
  const bool too_large = has_axes(graph) && largest_value(graph, inputs) > max_reference_elements;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (!is_float(outputs[o].dtype)) continue;
    out.elements += outputs[o].elements();
    if (!too_large) judge_output(reference_of(graph, o, inputs, scalars), outputs[o], limit, out);
  }
  return out;
}

}  // namespace actjit::tools
