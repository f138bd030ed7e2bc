// Layouts: the loop nest of a kernel and how each operand moves through it.
//
// Rows are what a kernel computes one after the other: its kept loops run through them. A kernel
// with reductions has loops inside a row too, over the reduced axes; its vectors lie along the last
// of these, or across rows, each lane in a row of its own.
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

// How an operand moves along the loop that vectors lie along.
enum class Access : std::uint8_t {
  unit,     // element after element: vector loads
  zero,     // stays where it is: one value a row
  strided,  // any other step: gathers
  turned    // across rows: a step from row to row, within each of them element after element
};

struct Layout {
  int rank = 1;                // kept loops, after collapsing
  std::vector<Access> access;  // one for each operand: inputs, then outputs
  int reduced = 0;             // loops inside a row
  bool across_rows = false;  // vectors lie along the last kept loop, though there are others inside

  friend bool operator==(const Layout&, const Layout&) = default;
};

// "2 loops: unit unit -> unit"; `inputs` of the operands stand before the arrow.
std::string to_string(const Layout& layout, std::size_t inputs);

// The most kept loops a kernel has, and the most loops inside a row.
inline constexpr int max_loops = 8;

struct Loops {
  std::vector<std::int64_t> dims;                  // outermost first: kept, at least one; reduced
  std::vector<std::vector<std::int64_t>> strides;  // [operand][loop], in elements
  std::size_t reduced = 0;                         // so many of the last

  std::size_t kept() const { return dims.size() - reduced; }
  std::int64_t total() const;  // work items: iterations of the kept loops
  std::int64_t row() const;    // iterations inside a row; 1 where there are no loops
};

// Drops kept loops of one iteration and merges those that all operands run through as one. Loops
// inside a row stay as they are: the order of sums hangs on them (ir/axes.h).
Loops collapse(Loops loops);

// The layout that serves these (collapsed) loops best.
Layout layout_of(const Loops& loops);

// The layout that serves any operands of such a kernel.
Layout any_layout(std::size_t operands, std::size_t reduced);

// The same iterations as a nest a kernel of this layout can run, if there is one.
std::optional<Loops> fit(const Loops& collapsed, const Layout& layout);

}  // namespace actjit
