// The kernel call: the only thing a kernel and its host agree on. Plain C.
//
// A kernel computes the work items [begin, end) of a loop nest (the kernel's, see
// codegen/layout.h), whose total is the product of the kept loops' extents; items count in C order,
// so that any split of the range gives the same bits. It is pure and re-entrant, allocates nothing
// and calls nothing.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct actjit_call {
  uint64_t struct_size;    // sizeof(actjit_call); a kernel refuses a smaller one than it knows
  void* const* data;       // one pointer for each operand: inputs, then outputs
  const int64_t* dims;     // [loops] extents, outermost first: kept ones, then those in a row
  const int64_t* strides;  // [operands][loops], in elements; 0 where an operand is broadcast
  const double* scalars;   // run-time scalars, in order of declaration
  int64_t begin;           // half-open range of work items
  int64_t end;
  void* scratch;  // this call's own, aligned to 64 bytes; may be null where none is needed
  uint64_t scratch_bytes;
  uint64_t flags;  // of the ones below; they change no bit
} actjit_call;

// The outputs are so large that stores had better go past the caches, and lie on no input.
#define ACTJIT_CALL_STREAMS 1u

// 0; 1 for a call struct the kernel does not know; 2 where scratch_bytes is less than it needs.
typedef int (*actjit_kernel)(const actjit_call*);

#ifdef __cplusplus
}
#endif
