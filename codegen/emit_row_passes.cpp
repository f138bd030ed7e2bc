#include "codegen/emit_row_passes.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "codegen/call.h"

namespace actjit {

using llvm::BasicBlock;
using llvm::Value;

RowEmitter::RowEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
    : NestEmitter(plan, module, symbol),
      kept_loops_(static_cast<std::size_t>(plan.layout.rank)),
      loops_(kept_loops_ + static_cast<std::size_t>(plan.layout.reduced)),
      element_(plan.graph.size(), nullptr) {}

void RowEmitter::prepare() {
  for (NodeId id = 0; id < g_.size(); ++id)
    if (scalar_[id]) element_[id] = splat(scalar_[id]);
  row_length_ = b_.getInt64(1);
  for (std::size_t d = kept_loops_; d < loops_; ++d)
    row_length_ = b_.CreateMul(row_length_, dims_[d]);
}

void RowEmitter::refuse_less_scratch_than(Value* bytes) {
  BasicBlock* too_small = block("too_small");
  BasicBlock* enough = block("enough");
  Value* there_is = field(offsetof(actjit_call, scratch_bytes), b_.getInt64Ty());
  b_.CreateCondBr(b_.CreateICmpULT(there_is, bytes), too_small, enough);
  b_.SetInsertPoint(too_small);
  b_.CreateRet(b_.getInt32(2));
  b_.SetInsertPoint(enough);
}

// --- positions -----------------------------------------------------------------------------

void RowEmitter::outer_loops(const std::function<void(const Position&)>& body) {
  Position first;
  first.offset.assign(plan_.operands(), b_.getInt64(0));
  first.linear = b_.getInt64(0);
  outer_loop(kept_loops_, first, body);
}

void RowEmitter::outer_loop(std::size_t d, const Position& at,
                            const std::function<void(const Position&)>& body) {
  Position here = at;
  here.linear = b_.CreateMul(at.linear, dims_[d]);
  if (d == inner()) return body(here);
  loop("outer", b_.getInt64(0), dims_[d], 1, [&](Value* i) {
    Position next = here;
    next.linear = b_.CreateAdd(here.linear, i);
    for (std::size_t o = 0; o < plan_.operands(); ++o)
      next.offset[o] = b_.CreateAdd(next.offset[o], b_.CreateMul(i, strides_[o][d]));
    outer_loop(d + 1, next, body);
  });
}

RowEmitter::Position RowEmitter::moved(const Position& at, Value* k) {
  Position next = at;
  next.linear = b_.CreateAdd(at.linear, k);
  for (std::size_t o = 0; o < plan_.operands(); ++o)
    next.offset[o] = b_.CreateAdd(at.offset[o], b_.CreateMul(k, strides_[o][inner()]));
  return next;
}

// --- elements ------------------------------------------------------------------------------

Value* RowEmitter::load_elements(std::size_t operand, const Position& at, Value* mask) {
  return load_vector(operand, place(operand, at), vector_stride(operand), mask);
}

void RowEmitter::store_elements(std::size_t operand, Value* v, const Position& at, Value* mask) {
  store_vector(operand, v, place(operand, at), vector_stride(operand), mask);
}

std::vector<Value*> RowEmitter::load_inputs(const Pass& pass, const Position& at, Value* mask) {
  std::vector<Value*> out(g_.inputs().size(), nullptr);
  for (NodeId id : pass.compute) {
    if (g_[id].op != Op::input) continue;
    const std::size_t i = g_[id].attribute[0];
    out[i] = load_elements(i, at, mask);
  }
  return out;
}

Value* RowEmitter::value_of(NodeId id, const std::vector<Value*>& loaded) {
  if (g_[id].op != Op::input) return emit(id, element_);
  const std::size_t i = g_[id].attribute[0];
  return from_pairs(i, loaded[i]);
}

void RowEmitter::compute(const Pass& pass, const Position& at, const std::vector<Value*>& loaded) {
  for (NodeId id : pass.load) {
    const DType dtype = g_[id].dtype;
    element_[id] = b_.CreateAlignedLoad(vector_type(dtype), kept_place(id, at), align(dtype));
  }
  for (NodeId id : pass.compute) element_[id] = value_of(id, loaded);
  for (NodeId id : pass.keep)
    b_.CreateAlignedStore(element_[id], kept_place(id, at), align(g_[id].dtype));
}

void RowEmitter::outputs_to_pairs(const Pass& pass) {
  std::vector<NodeId> done;
  for (std::size_t o : pass.stores) {
    const NodeId node = g_.outputs()[o].node;
    const std::size_t operand = g_.inputs().size() + o;
    // Along rows the others have the same value in all lanes.
    const bool differs = plan_.level[node] == Level::element || plan_.layout.across_rows;
    if (!differs || access(operand) != Access::unit || std::ranges::count(done, node) > 0) continue;
    element_[node] = to_pairs(operand, element_[node]);
    done.push_back(node);
  }
}

void RowEmitter::store_outputs(const Pass& pass, const Position& at, Value* mask) {
  for (std::size_t o : pass.stores)
    store_elements(g_.inputs().size() + o, element_[g_.outputs()[o].node], at, mask);
}

// --- reductions ----------------------------------------------------------------------------

RowEmitter::Combination RowEmitter::combination(Op reduction, DType dtype) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  llvm::Type* type = vector_type(dtype);
  if (reduction == Op::reduce_max) return {Op::max, dtype, llvm::ConstantFP::get(type, -inf)};
  if (reduction == Op::reduce_max_number)
    return {Op::max, dtype, llvm::ConstantFP::get(type, -inf), true};
  if (reduction == Op::reduce_min) return {Op::min, dtype, llvm::ConstantFP::get(type, inf)};
  return {Op::add, dtype, llvm::Constant::getNullValue(type)};
}

Value* RowEmitter::stack(llvm::Type* type) {
  llvm::IRBuilder<> entry(&function_->getEntryBlock(), function_->getEntryBlock().begin());
  return entry.CreateAlloca(type);
}

}  // namespace actjit
