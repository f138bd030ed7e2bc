#include "codegen/emit_nest.h"

#include <cstddef>

#include "codegen/call.h"

namespace actjit {

using llvm::BasicBlock;
using llvm::PHINode;
using llvm::Value;

NestEmitter::NestEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
    : plan_(plan),
      g_(plan.graph),
      context_(module.getContext()),
      b_(context_),
      ops_(b_, plan.graph, plan.target),
      scalar_(plan.graph.size(), nullptr) {
  auto* type = llvm::FunctionType::get(b_.getInt32Ty(), {b_.getPtrTy()}, false);
  function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, symbol, module);
  set_attributes();
}

void NestEmitter::run() {
  BasicBlock* entry = block("entry");
  BasicBlock* refuse = block("refuse");
  BasicBlock* known = block("known");
  BasicBlock* nothing = block("nothing");
  BasicBlock* call = block("call");
  b_.SetInsertPoint(entry);
  Value* size = field(offsetof(actjit_call, struct_size), b_.getInt64Ty());
  b_.CreateCondBr(b_.CreateICmpULT(size, b_.getInt64(sizeof(actjit_call))), refuse, known);
  b_.SetInsertPoint(refuse);
  b_.CreateRet(b_.getInt32(1));
  // An empty range may come without arrays, and with dims of 0, by which no index can be divided.
  b_.SetInsertPoint(known);
  begin_ = field(offsetof(actjit_call, begin), b_.getInt64Ty());
  end_ = field(offsetof(actjit_call, end), b_.getInt64Ty());
  b_.CreateCondBr(b_.CreateICmpSLT(begin_, end_), call, nothing);
  b_.SetInsertPoint(nothing);
  b_.CreateRet(b_.getInt32(0));
  b_.SetInsertPoint(call);
  load_call();
  call_nodes();
  prepare();
  rows();
}

DType NestEmitter::operand_dtype(std::size_t operand) const {
  const std::size_t inputs = g_.inputs().size();
  return g_[operand < inputs ? g_.inputs()[operand].node : g_.outputs()[operand - inputs].node]
      .dtype;
}

void NestEmitter::set_attributes() {
  const auto set = [&](const char* key, std::string_view value) {
    function_->addFnAttr(key, llvm::StringRef(value.data(), value.size()));
  };
  const std::string width = std::to_string(plan_.target.vector_bits);
  set("target-cpu", plan_.target.cpu);
  set("target-features", plan_.target.features);
  set("prefer-vector-width", width);
  set("min-legal-vector-width", width);
  function_->setDoesNotThrow();
}

// --- the call struct -----------------------------------------------------------------------

Value* NestEmitter::field(std::size_t offset, llvm::Type* type) {
  return b_.CreateLoad(type, b_.CreateConstGEP1_64(b_.getInt8Ty(), function_->getArg(0), offset));
}

Value* NestEmitter::item(Value* array, std::size_t index, llvm::Type* type) {
  return b_.CreateLoad(type, b_.CreateConstGEP1_64(type, array, index));
}

std::size_t NestEmitter::vector_loop() const {
  const auto kept = static_cast<std::size_t>(plan_.layout.rank);
  const auto reduced = static_cast<std::size_t>(plan_.layout.reduced);
  return plan_.layout.across_rows ? kept - 1 : kept + reduced - 1;
}

std::optional<std::uint64_t> NestEmitter::known_step(std::size_t operand) const {
  if (access(operand) == Access::unit) return 1;
  if (access(operand) == Access::zero) return 0;
  return std::nullopt;
}

void NestEmitter::load_call() {
  Value* data = field(offsetof(actjit_call, data), b_.getPtrTy());
  Value* dims = field(offsetof(actjit_call, dims), b_.getPtrTy());
  Value* strides = field(offsetof(actjit_call, strides), b_.getPtrTy());
  const auto loops = static_cast<std::size_t>(plan_.layout.rank + plan_.layout.reduced);
  for (std::size_t d = 0; d < loops; ++d) dims_.push_back(item(dims, d, b_.getInt64Ty()));
  if (plan_.row_extent) dims_.back() = b_.getInt64(static_cast<std::uint64_t>(*plan_.row_extent));
  for (std::size_t i = 0; i < plan_.operands(); ++i) {
    data_.push_back(item(data, i, b_.getPtrTy()));
    strides_.emplace_back();
    for (std::size_t d = 0; d < loops; ++d)
      strides_[i].push_back(d == vector_loop() && known_step(i)
                                ? b_.getInt64(*known_step(i))
                                : item(strides, i * loops + d, b_.getInt64Ty()));
  }
  if (!g_.scalars().empty()) scalars_ = field(offsetof(actjit_call, scalars), b_.getPtrTy());
}

// --- the nest ------------------------------------------------------------------------------

NestEmitter::Row NestEmitter::first_row() {
  const std::size_t rank = nest_rank();
  Row row{begin_, nullptr, std::vector<Value*>(rank - 1), {}};
  Value* rest = begin_;
  for (std::size_t d = rank - 1; d > 0; --d) {
    Value* index = b_.CreateURem(rest, nest_dim(d));
    if (d == rank - 1)
      row.column = index;
    else
      row.index[d] = index;
    rest = b_.CreateUDiv(rest, nest_dim(d));
  }
  if (rank == 1)
    row.column = rest;
  else
    row.index[0] = rest;
  for (std::size_t i = 0; i < plan_.operands(); ++i) {
    Value* offset = b_.getInt64(0);
    for (std::size_t d = 0; d + 1 < rank; ++d)
      offset = b_.CreateAdd(offset, b_.CreateMul(row.index[d], strides_[i][d]));
    row.offset.push_back(offset);
  }
  return row;
}

// The row behind this one: the innermost outer index steps, and carries while it overflows.
NestEmitter::Row NestEmitter::next_row(const Row& row, Value* length) {
  Row next{b_.CreateAdd(row.item, length), b_.getInt64(0), row.index, row.offset};
  Value* carry = b_.getTrue();
  for (std::size_t d = nest_rank() - 1; d-- > 0;) {
    Value* step = b_.CreateZExt(carry, b_.getInt64Ty());
    Value* index = b_.CreateAdd(row.index[d], step);
    Value* wraps = b_.CreateICmpEQ(index, nest_dim(d));
    next.index[d] = b_.CreateSelect(wraps, b_.getInt64(0), index);
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      Value* forward = b_.CreateMul(step, strides_[i][d]);
      Value* back = b_.CreateMul(nest_dim(d), strides_[i][d]);
      Value* moved = b_.CreateAdd(next.offset[i], forward);
      next.offset[i] = b_.CreateSelect(wraps, b_.CreateSub(moved, back), moved);
    }
    carry = wraps;
  }
  return next;
}

void NestEmitter::rows() {
  BasicBlock* before = b_.GetInsertBlock();
  Row first = first_row();
  BasicBlock* header = block("row");
  BasicBlock* body = block("row.body");
  BasicBlock* done = block("done");
  b_.CreateBr(header);
  b_.SetInsertPoint(header);
  std::vector<PHINode*> phis;
  const auto phi = [&](Value* initial) {
    PHINode* p = b_.CreatePHI(b_.getInt64Ty(), 2);
    p->addIncoming(initial, before);
    phis.push_back(p);
    return p;
  };
  Row row{phi(first.item), phi(first.column), {}, {}};
  for (Value* v : first.index) row.index.push_back(phi(v));
  for (Value* v : first.offset) row.offset.push_back(phi(v));
  b_.CreateCondBr(b_.CreateICmpSLT(row.item, end_), body, done);

  b_.SetInsertPoint(body);
  Value* left_in_row = b_.CreateSub(nest_dim(nest_rank() - 1), row.column);
  Value* left_in_range = b_.CreateSub(end_, row.item);
  Value* length = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left_in_row, left_in_range);
  run_row(row, length);
  const Row next = next_row(row, length);
  std::vector<Value*> incoming{next.item, next.column};
  incoming.insert(incoming.end(), next.index.begin(), next.index.end());
  incoming.insert(incoming.end(), next.offset.begin(), next.offset.end());
  for (std::size_t i = 0; i < phis.size(); ++i)
    phis[i]->addIncoming(incoming[i], b_.GetInsertBlock());
  b_.CreateBr(header);
  b_.SetInsertPoint(done);
  finish();
  b_.CreateRet(b_.getInt32(0));
}

// --- values --------------------------------------------------------------------------------

void NestEmitter::call_nodes() {
  for (NodeId id = 0; id < g_.size(); ++id) {
    if (plan_.level[id] != Level::call) continue;
    const Node& n = g_[id];
    if (n.op == Op::constant)
      scalar_[id] = ops_.constant(id);
    else if (n.op == Op::scalar)
      scalar_[id] = run_time_scalar(n);
    else
      scalar_[id] = emit(id, scalar_);
  }
}

Value* NestEmitter::run_time_scalar(const Node& n) {
  return ops_.cast(DType::f64, n.dtype, item(scalars_, n.attribute[0], b_.getDoubleTy()));
}

Value* NestEmitter::emit(NodeId id, const std::vector<Value*>& values) {
  std::vector<Value*> operands;
  for (NodeId arg : g_[id].operands()) operands.push_back(values[arg]);
  return ops_.emit(id, operands);
}

Value* NestEmitter::first_lanes(Value* left) {
  auto* lane_type = llvm::FixedVectorType::get(b_.getInt32Ty(), plan_.lanes);
  Value* bound = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left, b_.getInt64(plan_.lanes));
  Value* limit = splat(b_.CreateTrunc(bound, b_.getInt32Ty()));
  return b_.CreateICmpSLT(lane_numbers(lane_type), limit);
}

// Both as LLVM selects a shift and a mask for, or two shifts and a mask.
Value* NestEmitter::from_pairs(std::size_t operand, Value* v) {
  if (!plan_.in_pairs || access(operand) != Access::unit) return v;
  const unsigned half = plan_.lanes / 2;
  Value* words = b_.CreateBitCast(v, llvm::FixedVectorType::get(b_.getInt32Ty(), half));
  llvm::Type* halves = llvm::FixedVectorType::get(b_.getInt16Ty(), half);
  Value* even = b_.CreateTrunc(words, halves);
  Value* odd = b_.CreateTrunc(b_.CreateLShr(words, 16), halves);
  return b_.CreateShuffleVector(even, odd, neighbours(0, plan_.lanes));
}

Value* NestEmitter::to_pairs(std::size_t operand, Value* v) {
  if (!plan_.in_pairs || access(operand) != Access::unit) return v;
  const unsigned half = plan_.lanes / 2;
  llvm::Type* words = llvm::FixedVectorType::get(b_.getInt32Ty(), half);
  Value* even = b_.CreateZExt(b_.CreateShuffleVector(v, neighbours(0, half)), words);
  Value* odd = b_.CreateZExt(b_.CreateShuffleVector(v, neighbours(half, half)), words);
  return b_.CreateBitCast(b_.CreateOr(even, b_.CreateShl(odd, 16)), v->getType());
}

std::vector<int> NestEmitter::neighbours(unsigned first, unsigned count) {
  std::vector<int> out;
  for (unsigned i = 0; i < count; ++i) out.push_back(static_cast<int>(first + i));
  return out;
}

llvm::Constant* NestEmitter::lane_numbers(llvm::FixedVectorType* type) {
  std::vector<llvm::Constant*> numbers;
  for (unsigned i = 0; i < type->getNumElements(); ++i)
    numbers.push_back(llvm::ConstantInt::get(type->getElementType(), i));
  return llvm::ConstantVector::get(numbers);
}

// --- memory --------------------------------------------------------------------------------

llvm::Type* NestEmitter::memory_type(DType dtype) {
  return is_bool(dtype) ? b_.getInt8Ty() : register_type(dtype, context_);
}

Value* NestEmitter::from_memory(DType dtype, Value* v) {
  if (!is_bool(dtype)) return v;
  return b_.CreateICmpNE(v, llvm::Constant::getNullValue(v->getType()));
}

Value* NestEmitter::to_memory(DType dtype, Value* v) {
  if (!is_bool(dtype)) return v;
  llvm::Type* byte = b_.getInt8Ty();
  const bool vector = v->getType()->isVectorTy();
  return b_.CreateZExt(v, vector ? llvm::FixedVectorType::get(byte, plan_.lanes) : byte);
}

Value* NestEmitter::load_one(std::size_t operand, Value* where) {
  const DType dtype = operand_dtype(operand);
  return from_memory(dtype, b_.CreateAlignedLoad(memory_type(dtype), where, align(dtype)));
}

void NestEmitter::store_one(std::size_t operand, Value* v, Value* where) {
  const DType dtype = operand_dtype(operand);
  b_.CreateAlignedStore(to_memory(dtype, v), where, align(dtype));
}

Value* NestEmitter::scattered(std::size_t operand, Value* where, Value* stride) {
  auto* type = llvm::FixedVectorType::get(b_.getInt64Ty(), plan_.lanes);
  return address(operand, where, b_.CreateMul(lane_numbers(type), splat(stride)));
}

Value* NestEmitter::load_vector(std::size_t operand, Value* where, Value* stride, Value* mask) {
  const DType dtype = operand_dtype(operand);
  if (access(operand) == Access::zero) return splat(load_one(operand, where));
  auto* type = llvm::FixedVectorType::get(memory_type(dtype), plan_.lanes);
  Value* zero = llvm::Constant::getNullValue(type);
  Value* v = nullptr;
  if (access(operand) != Access::unit)
    v = b_.CreateMaskedGather(type, scattered(operand, where, stride), align(dtype), mask,
                              mask ? zero : nullptr);
  else if (mask)
    v = b_.CreateMaskedLoad(type, where, align(dtype), mask, zero);
  else
    v = b_.CreateAlignedLoad(type, where, align(dtype));
  return from_memory(dtype, v);
}

void NestEmitter::store_vector(std::size_t operand, Value* value, Value* where, Value* stride,
                               Value* mask) {
  const DType dtype = operand_dtype(operand);
  Value* v = to_memory(dtype, value);
  if (access(operand) != Access::unit)
    b_.CreateMaskedScatter(v, scattered(operand, where, stride), align(dtype), mask);
  else if (mask)
    b_.CreateMaskedStore(v, where, align(dtype), mask);
  else
    b_.CreateAlignedStore(v, where, align(dtype));
}

void NestEmitter::stream_vector(std::size_t operand, Value* value, Value* where) {
  const DType dtype = operand_dtype(operand);
  const auto size = static_cast<std::uint64_t>(bytes(dtype)) * plan_.lanes;
  auto* store = b_.CreateAlignedStore(to_memory(dtype, value), where, llvm::Align(size));
  auto* one = llvm::ConstantAsMetadata::get(b_.getInt32(1));
  store->setMetadata(llvm::LLVMContext::MD_nontemporal, llvm::MDNode::get(context_, one));
}

}  // namespace actjit
