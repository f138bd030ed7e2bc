#include "codegen/emit_kernel.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <cstddef>
#include <vector>

#include "codegen/call.h"
#include "codegen/emit_op.h"
#include "codegen/object.h"

namespace actjit {

namespace {

using llvm::BasicBlock;
using llvm::PHINode;
using llvm::Value;

class KernelEmitter {
 public:
  KernelEmitter(const Plan& plan, llvm::Module& module)
      : plan_(plan),
        g_(plan.graph),
        context_(module.getContext()),
        b_(context_),
        ops_(b_, plan.graph, plan.target),
        scalar_(plan.graph.size(), nullptr),
        splat_(plan.graph.size(), nullptr),
        vector_(plan.graph.size(), nullptr) {
    auto* type = llvm::FunctionType::get(b_.getInt32Ty(), {b_.getPtrTy()}, false);
    function_ =
        llvm::Function::Create(type, llvm::Function::ExternalLinkage,
                               llvm::StringRef(kernel_symbol.data(), kernel_symbol.size()), module);
    set_attributes();
  }

  void run() {
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
    nodes_at(Level::call);
    rows();
  }

 private:
  std::size_t rank() const { return static_cast<std::size_t>(plan_.layout.rank); }
  Access access(std::size_t operand) const { return plan_.layout.access[operand]; }
  DType operand_dtype(std::size_t operand) const {
    const std::size_t inputs = g_.inputs().size();
    return g_[operand < inputs ? g_.inputs()[operand].node : g_.outputs()[operand - inputs].node]
        .dtype;
  }
  BasicBlock* block(const char* name) { return BasicBlock::Create(context_, name, function_); }

  void set_attributes() {
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

  Value* field(std::size_t offset, llvm::Type* type) {
    return b_.CreateLoad(type, b_.CreateConstGEP1_64(b_.getInt8Ty(), function_->getArg(0), offset));
  }
  Value* item(Value* array, std::size_t index, llvm::Type* type) {
    return b_.CreateLoad(type, b_.CreateConstGEP1_64(type, array, index));
  }

  void load_call() {
    Value* data = field(offsetof(actjit_call, data), b_.getPtrTy());
    Value* dims = field(offsetof(actjit_call, dims), b_.getPtrTy());
    Value* strides = field(offsetof(actjit_call, strides), b_.getPtrTy());
    for (std::size_t d = 0; d < rank(); ++d) dims_.push_back(item(dims, d, b_.getInt64Ty()));
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      data_.push_back(item(data, i, b_.getPtrTy()));
      strides_.emplace_back();
      for (std::size_t d = 0; d < rank(); ++d)
        strides_[i].push_back(item(strides, i * rank() + d, b_.getInt64Ty()));
    }
    if (!g_.scalars().empty()) scalars_ = field(offsetof(actjit_call, scalars), b_.getPtrTy());
  }

  // --- the nest ------------------------------------------------------------------------------

  // Where a row begins: its first item, the index in each outer loop, the offset of each operand
  // (in elements) at the row's beginning, and where in the row the range begins.
  struct Row {
    Value* item;
    Value* column;
    std::vector<Value*> index;
    std::vector<Value*> offset;
  };

  Row first_row() {
    Row row{begin_, nullptr, std::vector<Value*>(rank() - 1), {}};
    Value* rest = begin_;
    for (std::size_t d = rank() - 1; d > 0; --d) {
      Value* index = b_.CreateURem(rest, dims_[d]);
      if (d == rank() - 1)
        row.column = index;
      else
        row.index[d] = index;
      rest = b_.CreateUDiv(rest, dims_[d]);
    }
    if (rank() == 1)
      row.column = rest;
    else
      row.index[0] = rest;
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      Value* offset = b_.getInt64(0);
      for (std::size_t d = 0; d + 1 < rank(); ++d)
        offset = b_.CreateAdd(offset, b_.CreateMul(row.index[d], strides_[i][d]));
      row.offset.push_back(offset);
    }
    return row;
  }

  // The row behind this one: the innermost outer index steps, and carries while it overflows.
  Row next_row(const Row& row, Value* length) {
    Row next{b_.CreateAdd(row.item, length), b_.getInt64(0), row.index, row.offset};
    Value* carry = b_.getTrue();
    for (std::size_t d = rank() - 1; d-- > 0;) {
      Value* step = b_.CreateZExt(carry, b_.getInt64Ty());
      Value* index = b_.CreateAdd(row.index[d], step);
      Value* wraps = b_.CreateICmpEQ(index, dims_[d]);
      next.index[d] = b_.CreateSelect(wraps, b_.getInt64(0), index);
      for (std::size_t i = 0; i < plan_.operands(); ++i) {
        Value* forward = b_.CreateMul(step, strides_[i][d]);
        Value* back = b_.CreateMul(dims_[d], strides_[i][d]);
        Value* moved = b_.CreateAdd(next.offset[i], forward);
        next.offset[i] = b_.CreateSelect(wraps, b_.CreateSub(moved, back), moved);
      }
      carry = wraps;
    }
    return next;
  }

  void rows() {
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
    Value* left_in_row = b_.CreateSub(dims_.back(), row.column);
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
    b_.CreateRet(b_.getInt32(0));
  }

  // --- one row -------------------------------------------------------------------------------

  void run_row(const Row& row, Value* length) {
    row_data_.clear();
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      Value* column = b_.CreateMul(row.column, strides_[i].back());
      row_data_.push_back(address(i, data_[i], b_.CreateAdd(row.offset[i], column)));
    }
    nodes_at(Level::row);
    make_splats();
    run_elements(length);
    // Last, for an output of one element a row may lie on an input of that row.
    store_row_outputs();
  }

  void run_elements(Value* length) {
    if (plan_.unroll == 1) {
      loop("step", b_.getInt64(0), length, plan_.lanes,
           [&](Value* k) { shared_step(k, b_.CreateSub(length, k)); });
      return;
    }
    const std::uint64_t step = std::uint64_t{plan_.lanes} * plan_.unroll;
    Value* whole = b_.CreateAnd(length, b_.getInt64(~(step - 1)));
    Value* at = loop("main", b_.getInt64(0), whole, step, [&](Value* k) { steps(k); });
    loop("tail", at, length, plan_.lanes,
         [&](Value* k) { masked_step(k, b_.CreateSub(length, k)); });
  }

  // for (k = from; k < to; k += step) body(k); the value of k behind it.
  template <class Body>
  Value* loop(const char* name, Value* from, Value* to, std::uint64_t step, Body body) {
    BasicBlock* before = b_.GetInsertBlock();
    BasicBlock* header = block(name);
    BasicBlock* inside = block(name);
    BasicBlock* behind = block(name);
    b_.CreateBr(header);
    b_.SetInsertPoint(header);
    PHINode* k = b_.CreatePHI(b_.getInt64Ty(), 2);
    k->addIncoming(from, before);
    b_.CreateCondBr(b_.CreateICmpSLT(k, to), inside, behind);
    b_.SetInsertPoint(inside);
    body(k);
    k->addIncoming(b_.CreateAdd(k, b_.getInt64(step)), b_.GetInsertBlock());
    b_.CreateBr(header);
    b_.SetInsertPoint(behind);
    return k;
  }

  // The vector steps of one iteration: all loads come first and all stores last, so that the steps
  // may overlap and an output may lie exactly where an input lies.
  void steps(Value* k) {
    std::vector<std::vector<Value*>> loaded(plan_.unroll);
    std::vector<Value*> at(plan_.unroll);
    for (unsigned u = 0; u < plan_.unroll; ++u) {
      at[u] = b_.CreateAdd(k, b_.getInt64(std::uint64_t{u} * plan_.lanes));
      loaded[u] = load_inputs(at[u], nullptr);
    }
    std::vector<std::vector<Value*>> results;
    for (unsigned u = 0; u < plan_.unroll; ++u) results.push_back(compute(loaded[u]));
    for (unsigned u = 0; u < plan_.unroll; ++u) store_outputs(at[u], results[u], nullptr);
  }

  // A long body stands once, for whole vectors and for the last, masked one: only its loads and
  // stores differ. Two predictable branches are cheaper than selecting instructions twice.
  void shared_step(Value* k, Value* left) {
    BasicBlock* whole = block("load.whole");
    BasicBlock* part = block("load.part");
    BasicBlock* body = block("body");
    BasicBlock* store_whole = block("store.whole");
    BasicBlock* store_part = block("store.part");
    BasicBlock* behind = block("behind");
    Value* is_whole = b_.CreateICmpSGE(left, b_.getInt64(plan_.lanes));
    b_.CreateCondBr(is_whole, whole, part);
    b_.SetInsertPoint(whole);
    const std::vector<Value*> all = load_inputs(k, nullptr);
    b_.CreateBr(body);
    b_.SetInsertPoint(part);
    const std::vector<Value*> some = load_inputs(k, first_lanes(left));
    b_.CreateBr(body);
    b_.SetInsertPoint(body);
    std::vector<Value*> loaded(all.size(), nullptr);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i]) continue;
      PHINode* phi = b_.CreatePHI(all[i]->getType(), 2);
      phi->addIncoming(all[i], whole);
      phi->addIncoming(some[i], part);
      loaded[i] = phi;
    }
    const std::vector<Value*> results = compute(loaded);
    b_.CreateCondBr(is_whole, store_whole, store_part);
    b_.SetInsertPoint(store_whole);
    store_outputs(k, results, nullptr);
    b_.CreateBr(behind);
    b_.SetInsertPoint(store_part);
    store_outputs(k, results, first_lanes(left));
    b_.CreateBr(behind);
    b_.SetInsertPoint(behind);
  }

  void masked_step(Value* k, Value* left) {
    Value* mask = first_lanes(left);
    store_outputs(k, compute(load_inputs(k, mask)), mask);
  }

  // A mask of as many lanes as there are elements left.
  Value* first_lanes(Value* left) {
    auto* lane_type = llvm::FixedVectorType::get(b_.getInt32Ty(), plan_.lanes);
    Value* bound = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left, b_.getInt64(plan_.lanes));
    Value* splat = b_.CreateVectorSplat(plan_.lanes, b_.CreateTrunc(bound, b_.getInt32Ty()));
    return b_.CreateICmpSLT(lane_numbers(lane_type), splat);
  }

  // 0, 1, 2, ...
  llvm::Constant* lane_numbers(llvm::FixedVectorType* type) {
    std::vector<llvm::Constant*> numbers;
    for (unsigned i = 0; i < type->getNumElements(); ++i)
      numbers.push_back(llvm::ConstantInt::get(type->getElementType(), i));
    return llvm::ConstantVector::get(numbers);
  }

  // --- values --------------------------------------------------------------------------------

  // Nodes computed in one lane: once a call, or once a row.
  void nodes_at(Level level) {
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (plan_.level[id] != level) continue;
      const Node& n = g_[id];
      if (n.op == Op::constant)
        scalar_[id] = ops_.constant(id);
      else if (n.op == Op::scalar)
        scalar_[id] = run_time_scalar(n);
      else if (n.op == Op::input)
        scalar_[id] = load(n.attribute[0], row_data_[n.attribute[0]]);
      else
        scalar_[id] = emit(id, scalar_);
    }
  }

  Value* run_time_scalar(const Node& n) {
    return ops_.cast(DType::f64, n.dtype, item(scalars_, n.attribute[0], b_.getDoubleTy()));
  }

  Value* emit(NodeId id, const std::vector<Value*>& values) {
    std::vector<Value*> operands;
    for (NodeId arg : g_[id].operands()) operands.push_back(values[arg]);
    return ops_.emit(id, operands);
  }

  // Vectors of what does not change along the row, made before its loops.
  void make_splats() {
    for (NodeId id = 0; id < g_.size(); ++id)
      splat_[id] = scalar_[id] ? b_.CreateVectorSplat(plan_.lanes, scalar_[id]) : nullptr;
  }

  // The outputs, in vectors, from the loaded inputs.
  std::vector<Value*> compute(const std::vector<Value*>& inputs) {
    vector_ = splat_;
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (plan_.level[id] != Level::element) continue;
      const Node& n = g_[id];
      vector_[id] = n.op == Op::input ? inputs[n.attribute[0]] : emit(id, vector_);
    }
    std::vector<Value*> out;
    for (const Output& o : g_.outputs()) out.push_back(vector_[o.node]);
    return out;
  }

  // --- memory --------------------------------------------------------------------------------

  // A bool is a byte in memory and a bit in registers.
  llvm::Type* memory_type(std::size_t operand) {
    const DType dtype = operand_dtype(operand);
    return is_bool(dtype) ? b_.getInt8Ty() : register_type(dtype, context_);
  }
  llvm::Align align(std::size_t operand) {
    return llvm::Align(static_cast<unsigned>(bytes(operand_dtype(operand))));
  }
  Value* address(std::size_t operand, Value* base, Value* elements) {
    return b_.CreateGEP(memory_type(operand), base, elements);
  }
  Value* from_memory(std::size_t operand, Value* v) {
    if (!is_bool(operand_dtype(operand))) return v;
    return b_.CreateICmpNE(v, llvm::Constant::getNullValue(v->getType()));
  }
  Value* to_memory(std::size_t operand, Value* v) {
    if (!is_bool(operand_dtype(operand))) return v;
    llvm::Type* byte = b_.getInt8Ty();
    const bool vector = v->getType()->isVectorTy();
    return b_.CreateZExt(v, vector ? llvm::FixedVectorType::get(byte, plan_.lanes) : byte);
  }
  Value* load(std::size_t operand, Value* where) {
    return from_memory(operand, b_.CreateAlignedLoad(memory_type(operand), where, align(operand)));
  }

  // The addresses of a vector step of a strided operand.
  Value* scattered(std::size_t operand, Value* k) {
    auto* type = llvm::FixedVectorType::get(b_.getInt64Ty(), plan_.lanes);
    Value* lane = b_.CreateAdd(b_.CreateVectorSplat(plan_.lanes, k), lane_numbers(type));
    Value* stride = b_.CreateVectorSplat(plan_.lanes, strides_[operand].back());
    return address(operand, row_data_[operand], b_.CreateMul(lane, stride));
  }

  // Without a mask all lanes are loaded; lanes switched off hold zero.
  std::vector<Value*> load_inputs(Value* k, Value* mask) {
    std::vector<Value*> out(g_.inputs().size(), nullptr);
    for (std::size_t i = 0; i < out.size(); ++i) {
      auto* type = llvm::FixedVectorType::get(memory_type(i), plan_.lanes);
      Value* zero = llvm::Constant::getNullValue(type);
      Value* v = nullptr;
      if (access(i) == Access::zero) continue;
      if (access(i) == Access::strided)
        v = b_.CreateMaskedGather(type, scattered(i, k), align(i), mask, mask ? zero : nullptr);
      else if (mask)
        v = b_.CreateMaskedLoad(type, address(i, row_data_[i], k), align(i), mask, zero);
      else
        v = b_.CreateAlignedLoad(type, address(i, row_data_[i], k), align(i));
      out[i] = from_memory(i, v);
    }
    return out;
  }

  void store_outputs(Value* k, const std::vector<Value*>& values, Value* mask) {
    for (std::size_t o = 0; o < values.size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) == Access::zero) continue;
      Value* v = to_memory(i, values[o]);
      if (access(i) == Access::strided)
        b_.CreateMaskedScatter(v, scattered(i, k), align(i), mask);
      else if (mask)
        b_.CreateMaskedStore(v, address(i, row_data_[i], k), align(i), mask);
      else
        b_.CreateAlignedStore(v, address(i, row_data_[i], k), align(i));
    }
  }

  void store_row_outputs() {
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) == Access::zero)
        b_.CreateAlignedStore(to_memory(i, scalar_[g_.outputs()[o].node]), row_data_[i], align(i));
    }
  }

  const Plan& plan_;
  const Graph& g_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> b_;
  OpEmitter ops_;
  llvm::Function* function_;
  Value* scalars_ = nullptr;
  Value* begin_ = nullptr;
  Value* end_ = nullptr;
  std::vector<Value*> dims_;
  std::vector<Value*> data_;
  std::vector<std::vector<Value*>> strides_;  // [operand][loop]
  std::vector<Value*> row_data_;              // where the row's range begins in each operand
  std::vector<Value*> scalar_;                // by node: values of one lane
  std::vector<Value*> splat_;                 // by node: the same in all lanes
  std::vector<Value*> vector_;                // by node: values of the step at hand
};

}  // namespace

std::unique_ptr<llvm::Module> emit_kernel(const Plan& plan, llvm::LLVMContext& context,
                                          const llvm::TargetMachine& machine) {
  auto module = std::make_unique<llvm::Module>("kernel", context);
  prepare_module(*module, machine);
  KernelEmitter(plan, *module).run();
  return module;
}

}  // namespace actjit
