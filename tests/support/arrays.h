// Small arrays of numbers through the interpreter, and the rows of an array along axes: what tests
// of functions that look along axes are made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/language.h"
#include "tests/support/random.h"

namespace actjit::test {

struct Array {
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};

// Values as they come out of networks, some of them equal.
Array random_array(std::vector<std::int64_t> dims, Random& random);

using Arrays = std::map<std::string, Array>;

// The first output of a program by the interpreter, all inputs of one dtype; the input `mask` is a
// bool.
Result<Array> interpret_text(std::string_view text, const Arrays& inputs, DType dtype,
                             Dialect dialect = Dialect::keras);
// The same of a graph, whose inputs are found by name.
Result<Array> interpret_graph(const Graph& graph, const Arrays& inputs);

// Of a program in f64; an error fails the test.
std::vector<double> values_of(std::string_view text, const Arrays& inputs,
                              Dialect dialect = Dialect::keras);

// The error, or "no error".
std::string error_of(std::string_view text, const std::vector<Binding>& inputs,
                     Dialect dialect = Dialect::keras);

// The flat indices of the elements that make up each row: those that differ along `axes` only.
std::vector<std::vector<std::size_t>> rows_of(const std::vector<std::int64_t>& dims,
                                              const std::vector<std::size_t>& axes);

// The distance in units of the last place of `dtype` at `want`.
double ulps_between(double got, long double want, DType dtype);

}  // namespace actjit::test
