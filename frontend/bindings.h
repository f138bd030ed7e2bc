// What an input is bound to: its dtype and shape, known when a graph is built.
#pragma once

#include <span>

#include "ir/graph.h"

namespace actjit {

struct Binding {
  Name name;
  DType dtype = DType::f32;
  Shape shape = {};
};

// Errors: invalid_argument for too many or negative dimensions.
Result<void> check_shape(const Binding& binding);

// The dtype of numbers that meet no tensor: the one all float inputs have, else f64.
DType working_dtype(std::span<const Binding> inputs);

}  // namespace actjit
