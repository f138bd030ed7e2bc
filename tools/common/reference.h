// The reference: a graph as its author wrote it, evaluated in a wider number type by the C
// library's functions and textbook formulas. It shares nothing with our expansions.
#pragma once

#include <span>
#include <vector>

#include "ir/graph.h"
#include "runtime/tensor.h"

namespace actjit::tools {

struct Accuracy {
  double max_ulp = 0;
  std::int64_t compared = 0;  // elements
  std::int64_t elements = 0;  // that there are
  // Where the largest error is; no element if nothing was wrong.
  std::int64_t worst = -1;
  double got = 0;
  double wanted = 0;
};

// One element of output `output`, of float dtype, of an elementwise graph: its value at `index` of
// the output. Not f32 and f64 intermediate values, but real ones: only a cast that the author wrote
// rounds.
long double reference_at(const Graph& graph, std::size_t output, std::span<const TensorView> inputs,
                         std::span<const double> scalars, std::span<const std::int64_t> index);

// Values of graphs that look along axes are computed as whole tensors, of so many elements at most.
inline constexpr std::int64_t max_reference_elements = std::int64_t{1} << 22;

// The results of a call against the reference, all float outputs, at most `limit` elements of each,
// evenly spread; none of graphs along axes with a larger value than that. Calls that bind_call
// accepts only.
Accuracy judge(const Graph& graph, std::span<const TensorView> inputs,
               std::span<const double> scalars, std::span<const TensorView> outputs,
               std::int64_t limit);

}  // namespace actjit::tools
