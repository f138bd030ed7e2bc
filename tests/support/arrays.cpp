#include "tests/support/arrays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/interpret.h"

namespace actjit::test {

namespace {

Tensor tensor_of(const Array& a, DType dtype) {
  Tensor out{dtype, a.dims, {}};
  for (double x : a.values)
    out.elements.push_back(is_bool(dtype) ? Bits{x != 0} : eval::real(dtype, x));
  return out;
}

Array array_of(const Tensor& t) {
  Array out{t.dims, {}};
  for (Bits bits : t.elements)
    out.values.push_back(is_float(t.dtype) ? eval::to_double(t.dtype, bits)
                                           : static_cast<double>(static_cast<std::int64_t>(bits)));
  return out;
}

}  // namespace

Array random_array(std::vector<std::int64_t> dims, Random& random) {
  Array out{std::move(dims), {}};
  std::int64_t n = 1;
  for (std::int64_t d : out.dims) n *= d;
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = (random.unit() - 0.5) * 12;
    out.values.push_back(static_cast<float>(random.unit() < 0.2 ? std::round(x) : x));
  }
  return out;
}

Result<Array> interpret_graph(const Graph& graph, const Arrays& inputs) {
  std::vector<Tensor> tensors;
  for (const Input& i : graph.inputs())
    tensors.push_back(tensor_of(inputs.at(i.name.string()), graph[i.node].dtype));
  std::vector<double> scalars;
  for (const Scalar& s : graph.scalars()) scalars.push_back(s.initial);
  const auto out = interpret(graph, Tier::precise, tensors, scalars);
  if (!out) return out.error();
  return array_of((*out)[0]);
}

Result<Array> interpret_text(std::string_view text, const Arrays& inputs, DType dtype,
                             Dialect dialect) {
  const Result<Program> program = parse_program(text, dialect);
  if (!program) return program.error();
  std::vector<Binding> bindings;
  for (const std::string& name : program->inputs()) {
    const Array& a = inputs.at(name);
    bindings.push_back(
        {name, name == "mask" ? DType::boolean : dtype, Shape(a.dims.begin(), a.dims.end())});
  }
  const Result<Graph> graph = build(*program, bindings);
  if (!graph) return graph.error();
  return interpret_graph(*graph, inputs);
}

std::vector<double> values_of(std::string_view text, const Arrays& inputs, Dialect dialect) {
  const Result<Array> y = interpret_text(text, inputs, DType::f64, dialect);
  EXPECT_TRUE(y) << text << ": " << y.error().to_string();
  return y ? y->values : std::vector<double>();
}

std::string error_of(std::string_view text, const std::vector<Binding>& inputs, Dialect dialect) {
  const Result<Program> program = parse_program(text, dialect);
  if (!program) return program.error().message;
  std::vector<Binding> used;
  for (const std::string& name : program->inputs())
    for (const Binding& b : inputs)
      if (b.name == Name(name)) used.push_back(b);
  const Result<Graph> graph = build(*program, used);
  return graph ? "no error" : graph.error().message;
}

std::vector<std::vector<std::size_t>> rows_of(const std::vector<std::int64_t>& dims,
                                              const std::vector<std::size_t>& axes) {
  std::size_t n = 1;
  for (std::int64_t d : dims) n *= static_cast<std::size_t>(d);
  std::map<std::vector<std::size_t>, std::vector<std::size_t>> rows;
  for (std::size_t flat = 0; flat < n; ++flat) {
    std::vector<std::size_t> place(dims.size());
    std::size_t rest = flat;
    for (std::size_t d = dims.size(); d-- > 0;) {
      place[d] = rest % static_cast<std::size_t>(dims[d]);
      rest /= static_cast<std::size_t>(dims[d]);
    }
    for (std::size_t axis : axes) place[axis] = 0;
    rows[place].push_back(flat);
  }
  std::vector<std::vector<std::size_t>> out;
  for (auto& [place, row] : rows) out.push_back(std::move(row));
  return out;
}

double ulps_between(double got, long double want, DType dtype) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : 1e9;
  if (std::isinf(want) || std::isinf(got)) return got == static_cast<double>(want) ? 0 : 1e9;
  const int digits = dtype == DType::f32 ? 24 : 53;
  const int least = dtype == DType::f32 ? -125 : -1021;
  int exponent = 0;
  std::frexp(want, &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent, least) - digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

}  // namespace actjit::test
