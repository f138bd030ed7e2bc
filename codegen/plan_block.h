// How kernels whose vectors lie across rows use memory: they do a block of rows at a time, element
// by element, so that rows that are columns in memory are read in whole stretches. What belongs to
// the rows of a block, its partial results, and what passes keep of its elements is in scratch
// memory. So are operands that are turned, whose rows lie element after element; a block then is a
// few columns, each of as many rows as there are lanes. Internal to the plan.
#pragma once

#include "codegen/plan.h"

namespace actjit {

// Fills in saved and turned. Behind plan_passes().
void plan_block(Plan& plan);

// What a row of a block needs, in bytes: for each of its elements, and beside them; and what the
// rows need that take turns with it, for each element and beside them.
struct BlockBytes {
  std::int64_t element = 0;
  std::int64_t row = 0;
  std::int64_t shared_element = 0;
  std::int64_t shared = 0;
};
BlockBytes block_bytes(const Plan& plan);

// The scratch memory of a thread for `rows` rows of so many elements.
std::int64_t block_scratch_bytes(const Plan& plan, std::int64_t row, std::int64_t rows);

}  // namespace actjit
