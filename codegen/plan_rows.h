// The passes of a kernel with reductions over the elements of a row. Internal to the plan.
//
// A reduction is behind the pass that reads its elements; a pass can use the results of those
// before it. Values that several passes need are computed again in each of them if that is cheap,
// and kept in scratch memory if it is not: softmax keeps its exponentials, and reads its input
// again. Across rows, where neighbours of a row lie apart, it keeps that too.
#pragma once

#include "codegen/plan.h"

namespace actjit {

// Levels of the nodes of a step with reductions: what varies along a reduced axis is an element.
std::vector<Level> place_in_rows(const Graph& graph, const Step& step);

// Where the outputs of such a step are stored.
std::vector<Level> stores_in_rows(const Step& step);

// The widest first, so that arrays of them, one behind the other, are aligned.
void sort_by_width(std::vector<NodeId>& nodes, const Graph& graph);

// Fills in passes, pass, kept and lanes.
void plan_passes(Plan& plan);

}  // namespace actjit
