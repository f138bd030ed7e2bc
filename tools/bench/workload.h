// Workloads: what is measured (workloads.def), and the cells of the table that a selection asks
// for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/language.h"
#include "runtime/tensor.h"

namespace actjit::bench {

enum class Form : std::uint8_t { flat, wide, rows };

struct Workload {
  std::string_view name;
  Form form = Form::flat;
  std::string_view program;
};

std::span<const Workload> workloads();

// What the user asked for; empty lists stand for all there is.
struct Selection {
  std::vector<std::string> functions;  // names, or parts of names
  std::vector<std::string> dtypes;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> rows;  // lengths
};

// One cell: a matrix of outer x inner elements in C order, or a flat tensor with outer = 1.
struct Cell {
  const Workload* workload = nullptr;
  DType dtype = DType::f32;
  std::int64_t n = 0;  // as it was asked for; a matrix of whole rows may have a few less
  std::int64_t outer = 1, inner = 0;
  bool first_axis = false;  // rows lie along the first axis

  std::int64_t elements() const { return outer * inner; }
  std::string shape() const;  // "[4096]", "[4,1024]", "[1024,4] axis 0"
};

inline constexpr std::int64_t max_size = std::int64_t{1} << 28;

// The cells of a selection. Errors: invalid_argument for an unknown function, dtype or size, with
// what there is.
Result<std::vector<Cell>> cells_of(const Selection& selection);

// The program of a cell and bindings of any extents for its inputs.
struct Source {
  Program program;
  std::vector<Binding> bindings;
  Graph graph;
};
Result<Source> source_of(const Cell& cell);

// Its tensors: inputs in the program's order, numbers of a normal distribution that are the same in
// every run. Errors: limit.
Result<std::vector<Buffer>> inputs_of(const Cell& cell, const Source& source);

}  // namespace actjit::bench
