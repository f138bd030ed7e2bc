// Layouts: the loop nest of an elementwise kernel and how each operand moves through it.
//
// A kernel is made for a Layout, which has no numbers in it: one kernel serves every length. Loops
// are the numbers of one call.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace actjit {

// How an operand moves along the innermost loop.
enum class Access : std::uint8_t {
  unit,    // element after element: vector loads
  zero,    // stays where it is: one value a row
  strided  // any other step: gathers
};

struct Layout {
  int rank = 1;                // loops, after collapsing
  std::vector<Access> access;  // one for each operand: inputs, then outputs

  friend bool operator==(const Layout&, const Layout&) = default;
};

// "2 loops: unit unit -> unit"; `inputs` of the operands stand before the arrow.
std::string to_string(const Layout& layout, std::size_t inputs);

// The most loops a kernel has.
inline constexpr int max_loops = 8;

struct Loops {
  std::vector<std::int64_t> dims;                  // outermost first, at least one
  std::vector<std::vector<std::int64_t>> strides;  // [operand][loop], in elements

  std::int64_t total() const;
};

// Drops loops of one iteration and merges loops that all operands run through as one.
Loops collapse(Loops loops);

// The layout that serves these (collapsed) loops best.
Layout layout_of(const Loops& loops);

// The same iterations as a nest a kernel of this layout can run, if there is one.
std::optional<Loops> fit(const Loops& collapsed, const Layout& layout);

// The dims a graph's kernel iterates over: all outputs broadcast together. Errors: unsupported
// where two outputs do not broadcast.
Result<Shape> iteration_shape(const Graph& graph);

// The layout of dense operands in C order. Errors as iteration_shape, and limit for too many loops.
Result<Layout> dense_layout(const Graph& graph);

}  // namespace actjit
