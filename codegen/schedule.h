// The schedule: a graph as a sequence of kernels, each of which runs through one nest of loops.
//
// The rule. A kernel computes reductions over the same axes of the same shape, and every output
// that fits behind them; what is elementwise is computed again wherever it is needed. Reductions
// over other axes, or over other shapes, and outputs that do not broadcast against each other, are
// kernels of their own; between kernels go the results of reductions, and joins that are not
// outputs, as named intermediates. A graph of more than max_kernel_operations is cut before that
// where the fewest values cross. Views are no work: they are where an operand is read or written.
#pragma once

#include <string>
#include <vector>

#include "ir/axes.h"
#include "ir/graph.h"

namespace actjit {

// To compile many more at a time takes more than so much longer.
inline constexpr std::size_t max_kernel_operations = 8192;

// One dimension of an operand as a kernel sees it: elements start, start + step ... along dimension
// `dim` of the tensor, or a single one where that is `no_dim`.
struct ViewAxis {
  static constexpr int no_dim = -1;
  int dim = no_dim;
  std::int64_t start = 0;
  std::int64_t step = 1;
  Dim extent = Dim(1);
  friend bool operator==(const ViewAxis&, const ViewAxis&) = default;
};
using View = std::vector<ViewAxis>;
Shape shape_of(const View& view);

// What an operand of a kernel lies in.
enum class Place : std::uint8_t {
  input,         // of the graph
  output,        // of the graph
  intermediate,  // between two kernels
  positions      // 0, 1, 2 ... as f64, filled in before the call
};

struct KernelOperand {
  Place place = Place::input;
  std::size_t index = 0;  // of the input, output, intermediate or list of positions
  View view;
  friend bool operator==(const KernelOperand&, const KernelOperand&) = default;
};

// One kernel's share of the graph.
struct Step {
  // Of elementwise ops and of reductions over `reduced`, without views. Its inputs are `reads`, its
  // outputs `writes`. Its scalars are the graph's, then one for each of `counts`.
  Graph graph;
  std::vector<KernelOperand> reads, writes;
  Shape shape;                // what its loops run through
  Axes reduced;               // of `shape`; none: the kernel is elementwise
  std::vector<Shape> counts;  // elements of these shapes, numbers that are known at the call

  friend bool operator==(const Step&, const Step&) = default;
};

struct Intermediate {
  DType dtype = DType::f64;
  Shape shape;
  friend bool operator==(const Intermediate&, const Intermediate&) = default;
};

struct Schedule {
  std::vector<Step> steps;
  std::vector<Intermediate> intermediates;
  std::vector<Dim> positions;  // the extents of the lists of positions
  // Whether it depends on what the graph computes: elementwise graphs whose outputs broadcast are
  // one kernel of all their inputs and outputs, whatever that is.
  bool has_views = false;

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

Schedule schedule(const Graph& graph);

// What is read from and written to where, as text.
std::string print(const Schedule& schedule, const Graph& graph);

}  // namespace actjit
