// One case per primitive: an op over LLVM values, of one lane or of many. Values are floats,
// integers and i1, or fixed vectors of them; the emitted instructions have the bits of ir/eval.h.
#pragma once

#include <span>

#include "codegen/target.h"
#include "ir/graph.h"

namespace llvm {
class IRBuilderBase;
class LLVMContext;
class Type;
class Value;
}  // namespace llvm

namespace actjit {

class OpEmitter {
 public:
  OpEmitter(llvm::IRBuilderBase& builder, const Graph& graph, const Target& target)
      : builder_(builder), graph_(graph), target_(target) {}

  // The node over its operands; all of the node's width, which is 1 or the plan's lanes.
  llvm::Value* emit(NodeId node, std::span<llvm::Value* const> operands);
  // The value of a constant node, of one lane.
  llvm::Value* constant(NodeId node);
  // add, min or max of what a reduction has so far and one value more, which is passed over if it
  // is NaN and `skips_nan`.
  llvm::Value* combine(Op op, bool is_float, llvm::Value* so_far, llvm::Value* more,
                       bool skips_nan);
  // A value in another dtype (emit_cast.cpp).
  llvm::Value* cast(DType from, DType to, llvm::Value* v);

 private:
  llvm::Value* arithmetic(Op op, bool is_float, std::span<llvm::Value* const> v);
  llvm::Value* extremum(NodeId node, std::span<llvm::Value* const> v);
  llvm::Value* compare(NodeId node, std::span<llvm::Value* const> v);
  llvm::Value* shift(Op op, std::span<llvm::Value* const> v);
  llvm::Value* cast(NodeId node, llvm::Value* v);
  llvm::Value* lookup(NodeId node, llvm::Value* index);
  llvm::Value* permute(const Table& table, llvm::Value* index);

  llvm::IRBuilderBase& builder_;
  const Graph& graph_;
  const Target& target_;
};

// The LLVM type of one element in registers; a bool is i1, a 16-bit float the word i16.
llvm::Type* register_type(DType dtype, llvm::LLVMContext& context);
// `scalar`, or a vector of it as wide as `model`.
llvm::Type* as_wide_as(llvm::Type* scalar, llvm::Value* model);

}  // namespace actjit
