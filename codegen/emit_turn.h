// Blocks of rows whose elements lie side by side, as vectors that lie across the rows, and back: by
// transpositions within 16 bytes of a register. Internal to the emitters.
#pragma once

#include <algorithm>
#include <vector>

namespace llvm {
class IRBuilderBase;
class Type;
class Value;
}  // namespace llvm

namespace actjit {

// So many neighbours of a row are turned at a time: those that fill 16 bytes.
inline unsigned turned_elements(unsigned bytes, unsigned lanes) {
  return std::min(16 / bytes, lanes);
}

// A vector of `lanes` elements of `type` from as many rows: lane r is the element at offset e of
// row r, for each e of 0 .. group. Row r begins at rows[r].
std::vector<llvm::Value*> load_turned(llvm::IRBuilderBase& b, llvm::Type* type, unsigned group,
                                      const std::vector<llvm::Value*>& rows);

// The other way round.
void store_turned(llvm::IRBuilderBase& b, std::vector<llvm::Value*> vectors,
                  const std::vector<llvm::Value*>& rows);

}  // namespace actjit
