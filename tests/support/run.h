// Running graphs: through the engine, and through the oracle, one element at a time.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "ir/interpret.h"
#include "runtime/engine.h"
#include "tests/support/values.h"

namespace actjit::test {

// The engine of this test process.
const Engine& engine();

// Every target whose code this machine can run.
std::vector<Target> host_targets();

// Elements to and from memory; a bool is a byte.
void to_memory(DType dtype, std::span<const Bits> elements, void* memory);
std::vector<Bits> from_memory(DType dtype, const void* memory, std::size_t count);
void put(DType dtype, void* memory, std::int64_t index, Bits element);
Bits at(DType dtype, const void* memory, std::int64_t index);

std::int64_t count(std::span<const std::int64_t> dims);

// A dense tensor of random elements; small ones begin with special values often.
Tensor random_tensor(DType dtype, std::vector<std::int64_t> dims, Random& random);

// What the compiled kernel gives for dense tensors.
Result<std::vector<Tensor>> run_compiled(const Graph& graph, const Spec& spec,
                                         std::span<const Tensor> inputs,
                                         std::span<const double> scalars);

// What a graph of primitives gives, by interpret_element and a broadcast of its own: each output
// element by itself. An oracle for interpret() as well as for kernels.
std::vector<Tensor> run_oracle(const Graph& primitives, std::span<const Tensor> inputs,
                               std::span<const double> scalars);

// Equal dims and equal elements, any NaN being any other; else says where they differ first.
testing::AssertionResult same_tensors(std::span<const Tensor> got, std::span<const Tensor> want);

template <class T>
testing::AssertionResult succeeded(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << name(result.error().code) << ": " << result.error().to_string();
}

}  // namespace actjit::test
