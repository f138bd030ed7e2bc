// skip_nan: the largest number of a row instead of its largest element, where all outputs are NaN
// anyway if the row has one: of softmax, whose sum is NaN then. That takes one operation for an
// element, where a NaN that goes through takes three.
#pragma once

#include "ir/graph.h"

namespace actjit {

Graph skip_nan(const Graph& graph);

}  // namespace actjit
