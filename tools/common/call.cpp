#include "tools/common/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "frontend/diagnostic.h"
#include "ir/extents.h"
#include "ir/interpret.h"
#include "tools/common/file.h"

namespace actjit::tools {

namespace {

Shape shape_of(const Buffer& tensor) { return {tensor.dims().begin(), tensor.dims().end()}; }

Result<Graph> graph_for(const Program& program, std::span<const NamedTensor> tensors) {
  std::vector<Binding> bindings;
  for (const NamedTensor& t : tensors)
    bindings.push_back({t.name, t.data.dtype(), shape_of(t.data)});
  return build(program, bindings);
}

// Elements of the largest value of the graph. Broadcasting makes large tensors of small ones, so
// that small files may ask for more than there is; an extent of 0 hides that from the results.
Result<double> largest_value(const Graph& g) {
  double largest = 0;
  for (NodeId id = 0; id < g.size(); ++id) {
    double size = 1;
    for (const Dim& d : g.shape(id))
      size *= static_cast<double>(std::max<std::int64_t>(d.extent, 1));
    if (size >= 0x1p56)
      return make_error(ErrorCode::limit,
                        fmt::format("the shape {} has too many elements", to_string(g.shape(id))));
    largest = std::max(largest, size);
  }
  return largest;
}

// Moves the tensors into the graph's order.
std::vector<Buffer> in_order(const Graph& g, std::vector<NamedTensor> tensors) {
  std::vector<Buffer> out;
  for (const Input& input : g.inputs())
    for (NamedTensor& t : tensors)
      if (input.name.view() == t.name) out.push_back(std::move(t.data));
  check(out.size() == g.inputs().size(), "build() accepted a call without some input");
  return out;
}

Tensor to_tensor(const Buffer& from) {
  Tensor out{from.dtype(), from.dims(),
             std::vector<Bits>(static_cast<std::size_t>(from.elements()))};
  const auto width = static_cast<std::size_t>(bytes(from.dtype()));
  const auto* at = static_cast<const char*>(from.data());
  for (Bits& element : out.elements) {
    std::memcpy(&element, at, width);
    at += width;
  }
  return out;
}

void to_buffer(const Tensor& from, Buffer& out) {
  check(from.dtype == out.dtype() && from.dims == out.dims(), "the interpreter gave another shape");
  const auto width = static_cast<std::size_t>(bytes(out.dtype()));
  auto* at = static_cast<char*>(out.data());
  for (const Bits& element : from.elements) {
    std::memcpy(at, &element, width);
    at += width;
  }
}

}  // namespace

double Call::bytes() const {
  double sum = 0;
  for (const Buffer& b : inputs) sum += static_cast<double>(b.size_bytes());
  for (const Buffer& b : outputs) sum += static_cast<double>(b.size_bytes());
  return sum;
}

std::int64_t Call::elements() const {
  const Result<BoundSteps> bound = bind_call(graph, schedule(graph), input_views, output_views);
  std::int64_t most = 0;
  if (bound)
    for (const BoundStep& step : bound->steps)
      most = std::max(most, step.loops.total() * step.loops.row());
  return most;
}

Result<std::vector<double>> scalar_values(const Program& program,
                                          std::span<const NamedValue> given) {
  std::vector<double> values;
  for (const Program::ScalarValue& s : program.scalars()) values.push_back(s.initial);
  std::vector<bool> seen(values.size(), false);
  for (const NamedValue& g : given) {
    Nearest nearest(g.name);
    std::size_t at = values.size();
    std::string known;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string& name = program.scalars()[i].name;
      nearest.offer(name);
      known += (i == 0 ? "" : ", ") + name;
      if (name == g.name) at = i;
    }
    if (at == values.size())
      return make_error(
          ErrorCode::unknown_name,
          fmt::format("'{}' is no run-time scalar of this program, whose scalars "
                      "are: {}{}",
                      g.name, known.empty() ? "none" : known, nearest.proposal().view()));
    if (seen[at])
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the scalar '{}' is given twice", g.name));
    seen[at] = true;
    values[at] = g.value;
  }
  return values;
}

Result<Call> make_call(const Program& program, std::vector<NamedTensor> tensors,
                       std::span<const NamedValue> scalars) {
  Result<std::vector<double>> values = scalar_values(program, scalars);
  if (!values) return values.error();
  Result<Graph> graph = graph_for(program, tensors);
  if (!graph) return graph.error();
  if (const auto fits = largest_value(*graph); !fits) return fits.error();

  Call call;
  call.graph = std::move(*graph);
  call.scalars = std::move(*values);
  call.inputs = in_order(call.graph, std::move(tensors));
  for (const Buffer& b : call.inputs) call.input_views.push_back(b.view());
  const auto dims = output_dims(call.graph, call.input_views);
  if (!dims) return dims.error();
  for (std::size_t o = 0; o < dims->size(); ++o) {
    const Output& output = call.graph.outputs()[o];
    const DType dtype = call.graph[output.node].dtype;
    const double size = static_cast<double>(element_count((*dims)[o]).value_or(0)) * bytes(dtype);
    const auto fits = check_memory(fmt::format("the output '{}'", output.name.view()), size);
    if (!fits) return fits.error();
    Result<Buffer> room = Buffer::make(dtype, (*dims)[o]);
    if (!room) return room.error();
    call.outputs.push_back(std::move(*room));
    call.output_views.push_back(call.outputs.back().view());
  }
  return call;
}

Result<void> interpret(Call& call, Tier tier, const Certificates& certificates) {
  const Result<double> largest = largest_value(call.graph);
  if (!largest) return largest.error();
  // What a kernel refuses, the interpreter refuses too.
  const auto bound =
      bind_call(call.graph, schedule(call.graph), call.input_views, call.output_views);
  if (!bound) return bound.error();
  // Each element takes a word; the operands of an op and its result are there at the same time.
  const auto fits = check_memory("the interpreter", *largest * sizeof(Bits) * (max_arity + 1));
  if (!fits) return fits.error();
  std::vector<Tensor> inputs;
  for (const Buffer& b : call.inputs) inputs.push_back(to_tensor(b));
  const auto results = actjit::interpret(call.graph, tier, inputs, call.scalars, certificates);
  if (!results) return results.error();
  for (std::size_t o = 0; o < results->size(); ++o) to_buffer((*results)[o], call.outputs[o]);
  return {};
}

}  // namespace actjit::tools
