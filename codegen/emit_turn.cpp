#include "codegen/emit_turn.h"

#include <llvm/IR/IRBuilder.h>

namespace actjit {

namespace {

using llvm::Value;
using Vectors = std::vector<Value*>;

llvm::Align align_of(llvm::Type* element) {
  return llvm::Align(element->getScalarSizeInBits() / 8);
}

unsigned lanes_of(Value* v) {
  return llvm::cast<llvm::FixedVectorType>(v->getType())->getNumElements();
}

// In turn an element of each, from one half of every group of `group`.
Value* interleaved(llvm::IRBuilderBase& b, Value* x, Value* y, unsigned group, unsigned half) {
  const unsigned lanes = lanes_of(x);
  std::vector<int> pick;
  for (unsigned at = 0; at < lanes; ++at) {
    const unsigned from = at / group * group + half * group / 2 + at % group / 2;
    pick.push_back(static_cast<int>(at % 2 == 0 ? from : lanes + from));
  }
  return b.CreateShuffleVector(x, y, pick);
}

// Transposes within each group of as many lanes as there are vectors. To interleave vector i with
// the one half of them behind moves one bit of an element's place from the number of its vector to
// that of its lane; as many steps as there are bits change the two.
Vectors transposed(llvm::IRBuilderBase& b, Vectors v) {
  const auto group = static_cast<unsigned>(v.size());
  for (unsigned done = 1; done < group; done *= 2) {
    Vectors next;
    for (unsigned i = 0; i < group / 2; ++i)
      for (unsigned half : {0u, 1u})
        next.push_back(interleaved(b, v[i], v[i + group / 2], group, half));
    v = std::move(next);
  }
  return v;
}

// Pieces side by side, in halves.
Value* joined(llvm::IRBuilderBase& b, Vectors pieces) {
  for (; pieces.size() > 1; pieces.resize(pieces.size() / 2))
    for (std::size_t i = 0; i < pieces.size() / 2; ++i) {
      Value* left = pieces[2 * i];
      std::vector<int> all(2 * lanes_of(left));
      for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<int>(k);
      pieces[i] = b.CreateShuffleVector(left, pieces[2 * i + 1], all);
    }
  return pieces[0];
}

Value* piece(llvm::IRBuilderBase& b, Value* v, unsigned which, unsigned group) {
  std::vector<int> pick;
  for (unsigned i = 0; i < group; ++i) pick.push_back(static_cast<int>(which * group + i));
  return b.CreateShuffleVector(v, pick);
}

}  // namespace

Vectors load_turned(llvm::IRBuilderBase& b, llvm::Type* type, unsigned group, const Vectors& rows) {
  llvm::Type* part = llvm::FixedVectorType::get(type, group);
  Vectors v;
  for (unsigned j = 0; j < group; ++j) {
    Vectors pieces;
    for (std::size_t row = j; row < rows.size(); row += group)
      pieces.push_back(b.CreateAlignedLoad(part, rows[row], align_of(type)));
    v.push_back(joined(b, std::move(pieces)));
  }
  return transposed(b, std::move(v));
}

void store_turned(llvm::IRBuilderBase& b, Vectors vectors, const Vectors& rows) {
  const auto group = static_cast<unsigned>(vectors.size());
  const Vectors v = transposed(b, std::move(vectors));
  const llvm::Align align = align_of(v[0]->getType()->getScalarType());
  for (unsigned j = 0; j < group; ++j)
    for (std::size_t row = j; row < rows.size(); row += group)
      b.CreateAlignedStore(piece(b, v[j], static_cast<unsigned>(row / group), group), rows[row],
                           align);
}

}  // namespace actjit
