// The frame every kernel has: the call struct, the nest of kept loops, and its operands in memory.
// Internal to the emitters.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <optional>
#include <vector>

#include "codegen/emit_op.h"
#include "codegen/plan.h"

namespace actjit {

class NestEmitter {
 public:
  virtual ~NestEmitter() = default;
  void run();

 protected:
  using Value = llvm::Value;

  NestEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol);

  // Where a row begins: its first item, the index in each outer loop, the offset of each operand
  // (in elements) at the row's beginning, and where in the row the range begins.
  struct Row {
    Value* item;
    Value* column;
    std::vector<Value*> index;
    std::vector<Value*> offset;
  };

  // One run of the nest's innermost loop, `length` items from row.column on.
  virtual void run_row(const Row& row, Value* length) = 0;
  // Once, before all rows.
  virtual void prepare() {}
  // Once, behind them.
  virtual void finish() {}

  // The nest: its extents and each operand's strides in it.
  virtual std::size_t nest_rank() const { return static_cast<std::size_t>(plan_.layout.rank); }
  virtual Value* nest_dim(std::size_t d) { return dims_[d]; }

  Access access(std::size_t operand) const { return plan_.layout.access[operand]; }
  DType operand_dtype(std::size_t operand) const;
  llvm::BasicBlock* block(const char* name) {
    return llvm::BasicBlock::Create(context_, name, function_);
  }

  Value* field(std::size_t offset, llvm::Type* type);
  Value* item(Value* array, std::size_t index, llvm::Type* type);

  // for (k = from; k < to; k += step) body(k); the value of k behind it.
  template <class Body>
  Value* loop(const char* name, Value* from, Value* to, std::uint64_t step, Body body) {
    return loop(name, from, to, b_.getInt64(step), body);
  }
  template <class Body>
  Value* loop(const char* name, Value* from, Value* to, Value* step, Body body) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    llvm::BasicBlock* header = block(name);
    llvm::BasicBlock* inside = block(name);
    llvm::BasicBlock* behind = block(name);
    b_.CreateBr(header);
    b_.SetInsertPoint(header);
    llvm::PHINode* k = b_.CreatePHI(b_.getInt64Ty(), 2);
    k->addIncoming(from, before);
    b_.CreateCondBr(b_.CreateICmpSLT(k, to), inside, behind);
    b_.SetInsertPoint(inside);
    body(static_cast<Value*>(k));
    k->addIncoming(b_.CreateAdd(k, step), b_.GetInsertBlock());
    b_.CreateBr(header);
    b_.SetInsertPoint(behind);
    return k;
  }

  // A long body stands once, for whole vectors and for the last, masked one: only its loads and
  // stores differ. Two predictable branches are cheaper than selecting instructions twice.
  // `load(mask)` gives the values that `body` takes, some of them null; `store(mask)` stores, if
  // there is something to store. The mask of whole vectors is null.
  template <class Load, class Body, class Store>
  void shared_step(Value* left, Load load, Body body, Store store, bool stores = true) {
    llvm::BasicBlock* whole = block("load.whole");
    llvm::BasicBlock* part = block("load.part");
    llvm::BasicBlock* shared = block("body");
    Value* is_whole = b_.CreateICmpSGE(left, b_.getInt64(plan_.lanes));
    b_.CreateCondBr(is_whole, whole, part);
    b_.SetInsertPoint(whole);
    const std::vector<Value*> all = load(nullptr);
    whole = b_.GetInsertBlock();
    b_.CreateBr(shared);
    b_.SetInsertPoint(part);
    const std::vector<Value*> some = load(first_lanes(left));
    part = b_.GetInsertBlock();
    b_.CreateBr(shared);
    b_.SetInsertPoint(shared);
    std::vector<Value*> loaded(all.size(), nullptr);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i]) continue;
      llvm::PHINode* phi = b_.CreatePHI(all[i]->getType(), 2);
      phi->addIncoming(all[i], whole);
      phi->addIncoming(some[i], part);
      loaded[i] = phi;
    }
    body(loaded);
    if (!stores) return;
    llvm::BasicBlock* store_whole = block("store.whole");
    llvm::BasicBlock* store_part = block("store.part");
    llvm::BasicBlock* behind = block("behind");
    b_.CreateCondBr(is_whole, store_whole, store_part);
    b_.SetInsertPoint(store_whole);
    store(nullptr);
    b_.CreateBr(behind);
    b_.SetInsertPoint(store_part);
    store(first_lanes(left));
    b_.CreateBr(behind);
    b_.SetInsertPoint(behind);
  }

  // Nodes of one lane computed once a call: constants and run-time scalars, and what they give.
  void call_nodes();
  Value* emit(NodeId id, const std::vector<Value*>& values);
  // Elements as they lie in memory in the order of Plan::in_pairs, and back: to be said where they
  // are computed, so that nothing is narrowed between two blocks. Operands that stay where they are
  // have no order.
  Value* from_pairs(std::size_t operand, Value* v);
  Value* to_pairs(std::size_t operand, Value* v);
  // For shuffles: so many lanes from one on.
  static std::vector<int> neighbours(unsigned first, unsigned count);
  // A mask of as many lanes as there are elements left.
  Value* first_lanes(Value* left);
  // 0, 1, 2, ...
  llvm::Constant* lane_numbers(llvm::FixedVectorType* type);

  // A bool is a byte in memory and a bit in registers.
  llvm::Type* memory_type(DType dtype);
  llvm::Align align(DType dtype) { return llvm::Align(static_cast<unsigned>(bytes(dtype))); }
  Value* from_memory(DType dtype, Value* v);
  Value* to_memory(DType dtype, Value* v);
  Value* address(std::size_t operand, Value* base, Value* elements) {
    return b_.CreateGEP(memory_type(operand_dtype(operand)), base, elements);
  }
  Value* load_one(std::size_t operand, Value* where);
  void store_one(std::size_t operand, Value* v, Value* where);
  // A vector whose first element lies at `where` and the others `stride` apart (unit access: 1).
  // Without a mask all lanes are loaded; lanes switched off hold zero.
  Value* load_vector(std::size_t operand, Value* where, Value* stride, Value* mask);
  void store_vector(std::size_t operand, Value* v, Value* where, Value* stride, Value* mask);
  // Past the caches; `where` is aligned to all of the vector.
  void stream_vector(std::size_t operand, Value* v, Value* where);
  Value* splat(Value* v) { return b_.CreateVectorSplat(plan_.lanes, v); }

  const Plan& plan_;
  const Graph& g_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> b_;
  OpEmitter ops_;
  llvm::Function* function_;
  Value* begin_ = nullptr;  // the range of the call
  Value* end_ = nullptr;
  Value* scalars_ = nullptr;
  std::vector<Value*> dims_;  // kept loops, then those in a row
  std::vector<Value*> data_;
  std::vector<std::vector<Value*>> strides_;  // [operand][loop]
  std::vector<Value*> scalar_;                // by node: values of one lane

 private:
  void set_attributes();
  void load_call();
  // The loop vectors lie along, and by how much an operand moves in it, where the layout says so.
  std::size_t vector_loop() const;
  std::optional<std::uint64_t> known_step(std::size_t operand) const;
  Row first_row();
  Row next_row(const Row& row, Value* length);
  void rows();
  Value* run_time_scalar(const Node& n);
  // The addresses of a vector step of a strided operand.
  Value* scattered(std::size_t operand, Value* where, Value* stride);
};

}  // namespace actjit
