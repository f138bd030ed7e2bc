// Pieces of f64 functions: beside a root a formula is a difference of nearly equal terms, and no
// digit of its result is right. There the function is a polynomial instead: a correction like those
// that make f32 correctly rounded.
#pragma once

#include <vector>

#include "ir/certificate.h"
#include "runtime/kernel.h"

namespace actjit::tools {

// For each root of `graph`, as its author wrote it, beside which `kernel` is off by more than
// `bound` ULP: the pieces between it and where the kernel is well within the bound, or off by
// the least; on each side three at most beside that of the root. Kernel and graph have f64 inputs
// and outputs. What no polynomial is close to is left as it is, and so are roots at 0.
// Errors: those of the oracle and of the call.
Result<std::vector<Piece>> pieces_near_roots(const Graph& graph, const Kernel& kernel,
                                             double bound);

// Inputs by which a piece is judged: all over its interval, and around its ends and its middle.
std::vector<Bits> inputs_of(const Piece& piece);

}  // namespace actjit::tools
