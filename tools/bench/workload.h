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

// What the user asked for; empty lists stand for all there is. Where no size was asked for, that of
// memory stands for itself in a few cells only: f32 and bf16, short and usual rows, one core. All
// of them would take most of an hour.
struct Selection {
  std::vector<std::string> functions;  // names, or parts of names
  std::vector<std::string> dtypes;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> rows;  // lengths
  std::vector<int> threads{1};
};

// One cell: a matrix of outer x inner elements in C order, or a flat tensor with outer = 1.
struct Cell {
  const Workload* workload = nullptr;
  DType dtype = DType::f32;
  std::int64_t n = 0;  // as it was asked for; a matrix of whole rows may have a few less
  std::int64_t outer = 1, inner = 0;
  bool first_axis = false;  // rows lie along the first axis
  bool in_place = false;    // the result lies on the first input
  int threads = 1;

  std::int64_t elements() const { return outer * inner; }
  // The same function, dtype and axis on so many elements or a few more, which are whole rows.
  Cell smaller(std::int64_t elements) const;
  std::string shape() const;  // "[4096]", "[4,1024]", "[1024,4] axis 0", "[4096] in place"
  std::string label() const;  // "gelu [4096]", "gelu [4096] on 2 cores"
};

inline constexpr std::int64_t max_size = std::int64_t{1} << 28;
// From so many elements on a flat tensor is also measured in place: it is memory that counts there.
inline constexpr std::int64_t in_place_size = std::int64_t{1} << 22;
inline constexpr int max_threads = 64;

// The cells of a selection. Errors: invalid_argument for an unknown function, dtype, size or number
// of threads, with what there is.
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
