#include "tools/bench/workload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "frontend/diagnostic.h"
#include "ir/eval.h"

namespace actjit::bench {

namespace {

constexpr Workload table[] = {
#define WORKLOAD(name, form, program) {#name, Form::form, program},
#include "tools/bench/workloads.def"
#undef WORKLOAD
};

constexpr std::array default_dtypes{"f32", "f64", "bf16", "f16"};
// First-level cache, second-level cache and memory, and a call that is hardly longer than itself.
constexpr std::array<std::int64_t, 4> default_sizes{256, 4096, 131072, 1 << 24};
constexpr std::array<std::int64_t, 4> default_rows{10, 128, 1024, 65536};
constexpr std::int64_t wide_row = 1024;

template <class T>
std::string list(const T& items) {
  return fmt::format("{}", fmt::join(items, ", "));
}

Error unknown(std::string_view kind, std::string_view got, const std::string& known) {
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("there is no {} '{}'; there are: {}", kind, got, known));
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> out;
  for (const Workload& w : table) out.push_back(w.name);
  return out;
}

// An exact name means this one; else all that contain the text.
Result<std::vector<const Workload*>> functions_of(const Selection& selection) {
  std::vector<bool> chosen(std::size(table), selection.functions.empty());
  for (const std::string& text : selection.functions) {
    const auto mark = [&](auto&& fits) {
      bool any = false;
      for (std::size_t i = 0; i < std::size(table); ++i)
        if (fits(table[i].name)) chosen[i] = any = true;
      return any;
    };
    if (!mark([&](std::string_view name) { return name == text; }) &&
        !mark([&](std::string_view name) { return name.find(text) != name.npos; }))
      return unknown("function", text, list(names()));
  }
  std::vector<const Workload*> out;
  for (std::size_t i = 0; i < std::size(table); ++i)
    if (chosen[i]) out.push_back(&table[i]);
  return out;
}

Result<std::vector<DType>> dtypes_of(const Selection& selection) {
  std::vector<DType> out;
  const auto add = [&](std::string_view text) {
    if (std::find(default_dtypes.begin(), default_dtypes.end(), text) == default_dtypes.end())
      return false;
    out.push_back(find_dtype(text).value());
    return true;
  };
  for (const std::string& text : selection.dtypes)
    if (!add(text)) return unknown("dtype", text, list(default_dtypes));
  if (out.empty())
    for (const char* text : default_dtypes) add(text);
  return out;
}

Result<std::vector<std::int64_t>> sizes_of(std::string_view kind,
                                           const std::vector<std::int64_t>& asked,
                                           std::span<const std::int64_t> usual) {
  for (const std::int64_t n : asked)
    if (n < 1 || n > max_size)
      return unknown(kind, std::to_string(n),
                     fmt::format("{} (by default), and all from 1 to {}", list(usual), max_size));
  return asked.empty() ? std::vector(usual.begin(), usual.end()) : asked;
}

// The cells of one function, dtype and size.
void add_cells(const Workload& w, DType dtype, std::int64_t n,
               std::span<const std::int64_t> row_lengths, std::vector<Cell>& out) {
  if (w.form == Form::flat) {
    out.push_back({&w, dtype, n, 1, n});
    if (n >= in_place_size) out.push_back({&w, dtype, n, 1, n, false, true});
  } else if (w.form == Form::wide) {
    const std::int64_t row = std::min(n, wide_row);
    out.push_back({&w, dtype, n, n / row, row});
  } else {
    for (const std::int64_t row : row_lengths) {
      if (row > n) continue;
      out.push_back({&w, dtype, n, n / row, row, false});
      out.push_back({&w, dtype, n, row, n / row, true});
    }
  }
}

// Whether the usual sizes have this cell (see Selection).
bool is_usual(const Cell& c) {
  if (c.n < in_place_size) return true;
  const std::int64_t row = c.first_axis ? c.outer : c.inner;
  const bool usual_row = c.workload->form != Form::rows || row == 10 || row == wide_row;
  return c.threads == 1 && usual_row && (c.dtype == DType::f32 || c.dtype == DType::bf16);
}

std::string program_text(const Cell& cell) {
  std::string text(cell.workload->program);
  constexpr std::string_view axis = "AXIS";
  for (std::size_t at; (at = text.find(axis)) != text.npos;)
    text.replace(at, axis.size(), cell.first_axis ? "0" : "-1");
  return text;
}

constexpr std::string_view vector_input = "b";

// Numbers are made for so many elements; larger tensors repeat them.
constexpr std::int64_t different_elements = std::int64_t{1} << 18;

// Pre-activations: most within a few units of zero.
void fill(Buffer& tensor, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> numbers(0, 2);
  const auto width = static_cast<std::size_t>(bytes(tensor.dtype()));
  const std::int64_t made = std::min(tensor.elements(), different_elements);
  auto* const start = static_cast<char*>(tensor.data());
  char* at = start;
  for (std::int64_t i = 0; i < made; ++i, at += width) {
    const Bits element = eval::cast(DType::f64, tensor.dtype(), to_bits(numbers(random)));
    std::memcpy(at, &element, width);
  }
  char* const end = start + tensor.size_bytes();
  const auto block = static_cast<std::size_t>(at - start);
  for (; at < end; at += block)
    std::memcpy(at, start, std::min(block, static_cast<std::size_t>(end - at)));
}

}  // namespace

std::span<const Workload> workloads() { return table; }

std::string Cell::shape() const {
  if (workload->form == Form::flat)
    return fmt::format("[{}]{}", inner, in_place ? " in place" : "");
  return fmt::format("[{},{}]{}", outer, inner, first_axis ? " axis 0" : "");
}

Cell Cell::smaller(std::int64_t elements) const {
  constexpr std::int64_t few_columns = 16;
  Cell out = *this;
  if (workload->form == Form::flat || first_axis)
    out.inner = std::min(inner, std::max(few_columns, elements / outer));
  else
    out.outer = std::min(outer, std::max<std::int64_t>(1, elements / inner));
  return out;
}

std::string Cell::label() const {
  const std::string cores = threads > 1 ? fmt::format(" on {} cores", threads) : std::string();
  return fmt::format("{} {}{}", workload->name, shape(), cores);
}

Result<std::vector<Cell>> cells_of(const Selection& selection) {
  const auto functions = functions_of(selection);
  if (!functions) return functions.error();
  const auto dtypes = dtypes_of(selection);
  if (!dtypes) return dtypes.error();
  const auto sizes = sizes_of("size", selection.sizes, default_sizes);
  if (!sizes) return sizes.error();
  const auto rows = sizes_of("length of a row", selection.rows, default_rows);
  if (!rows) return rows.error();
  std::vector<Cell> out;
  for (const int threads : selection.threads) {
    if (threads < 1 || threads > max_threads)
      return unknown("number of threads", std::to_string(threads),
                     fmt::format("1 to {}", max_threads));
    const std::size_t first = out.size();
    for (const DType dtype : *dtypes)
      for (const Workload* w : *functions)
        for (const std::int64_t n : *sizes) add_cells(*w, dtype, n, *rows, out);
    for (std::size_t i = first; i < out.size(); ++i) out[i].threads = threads;
  }
  if (selection.sizes.empty()) std::erase_if(out, [](const Cell& c) { return !is_usual(c); });
  return out;
}

Result<Source> source_of(const Cell& cell) {
  const Result<Program> program = parse_program(program_text(cell));
  if (!program) return program.error();
  // The length of a row is that of a model, which does not change from call to call. So is how many
  // columns there are along the first axis; along the last one the rows are a batch of any size.
  const Dim outer = cell.first_axis ? Dim(cell.outer) : Dim("r");
  const Dim inner(cell.inner);
  std::vector<Binding> bindings;
  for (const std::string& name : program->inputs()) {
    Shape shape = cell.workload->form == Form::flat ? Shape{"n"} : Shape{outer, inner};
    if (name == vector_input) shape = {inner};
    bindings.push_back({name, cell.dtype, std::move(shape)});
  }
  Result<Graph> graph = build(*program, bindings);
  if (!graph) return graph.error();
  return Source{*program, std::move(bindings), std::move(*graph)};
}

Result<std::vector<Buffer>> inputs_of(const Cell& cell, const Source& source) {
  std::vector<Buffer> out;
  for (const Binding& b : source.bindings) {
    std::vector<std::int64_t> dims{cell.outer, cell.inner};
    if (b.shape.size() == 1) dims = {cell.inner};
    Result<Buffer> tensor = Buffer::make(cell.dtype, std::move(dims));
    if (!tensor) return tensor.error();
    fill(*tensor, static_cast<unsigned>(out.size() + 1));
    out.push_back(std::move(*tensor));
  }
  return out;
}

}  // namespace actjit::bench
