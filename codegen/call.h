// The kernel call: the only thing a kernel and its host agree on. Plain C.
//
// A kernel computes the work items [begin, end) of a loop nest with `rank` loops (the kernel's, see
// codegen/layout.h), whose total is the product of dims; items count in C order, so that any split
// of the range gives the same bits. It is pure and re-entrant, allocates nothing and calls nothing.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct actjit_call {
  uint64_t struct_size;    // sizeof(actjit_call); a kernel refuses a smaller one than it knows
  void* const* data;       // one pointer for each operand: inputs, then outputs
  const int64_t* dims;     // [rank] extents, outermost first
  const int64_t* strides;  // [operands][rank], in elements; 0 where an operand is broadcast
  const double* scalars;   // run-time scalars, in order of declaration
  int64_t begin;           // half-open range of work items
  int64_t end;
} actjit_call;

// 0, or 1 for a call struct the kernel does not know.
typedef int (*actjit_kernel)(const actjit_call*);

#ifdef __cplusplus
}
#endif
