// The tensors of a cell, and who computes on them.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine.h"
#include "tools/bench/peer.h"

namespace actjit::bench {

struct Arena {
  Cell cell;
  Source source;
  std::vector<Buffer> inputs;
  Buffer other;  // the output; of a cell in place, what its first input was

  // Errors: limit for tensors this machine has no memory for.
  static Result<Arena> make(const Cell& cell);

  Buffer& output() { return cell.in_place ? inputs.front() : other; }
  std::vector<TensorView> views() const;
  Job job(const ParallelFor* parallel);
  // Makes the first input what it was, where the result lies on it.
  void restore();
};

// The project's own kernel, bound to the tensors of the arena. Errors: those of the engine.
Result<Work> our_work(const Engine& engine, Arena& arena, Tier tier, std::string_view target,
                      const ParallelFor* parallel);

// A copy as large as the first input.
Work copy_work(Arena& arena);

}  // namespace actjit::bench
