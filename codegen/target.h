// Targets: the instruction sets kernels are made for, by name.
//
// A target is what shapes code and nothing else: not the host's name, not its tuning. Two equal
// targets give the same object bytes on every machine.
#pragma once

#include <span>
#include <string_view>

#include "ir/error.h"

namespace actjit {

// One instruction set; a value, made of static text. New ones are rows of target.cpp's table.
struct Target {
  std::string_view name;      // "x86-64-v4"; what users say and what a key holds
  std::string_view triple;    // LLVM's: architecture, system, ABI
  std::string_view cpu;       // LLVM's: names the scheduling model
  std::string_view features;  // LLVM's: every feature beyond the triple's baseline, spelled out
  unsigned vector_bits = 0;   // the width kernels are written in
  bool lane_masks = false;    // mask registers: any lane of any operation can be switched off

  // Elements of this many bytes in one vector.
  constexpr unsigned lanes(unsigned element_bytes) const { return vector_bits / 8 / element_bytes; }

  friend constexpr bool operator==(const Target&, const Target&) = default;
};

// Every target of this build, weakest first.
std::span<const Target> all_targets();

// By name; "native" is the strongest target this machine supports.
Result<Target> find_target(std::string_view name);

// Whether this machine can run the target's code: its processor has the instructions and its
// operating system saves the registers.
bool host_supports(const Target& target);

}  // namespace actjit
