// Kernels with reductions: row by row, each in the passes of its plan.
//
// Along rows, a vector holds neighbours of one row, what belongs to the row is in one lane, and the
// partial results of a reduction are lanes of a few registers that take turns. Across rows, every
// lane is a row of its own, and the partial results are an array on the stack.
#include "codegen/emit_rows.h"

#include <cstddef>
#include <functional>
#include <limits>

#include "codegen/call.h"
#include "codegen/emit_nest.h"

namespace actjit {

namespace {

using llvm::BasicBlock;
using llvm::Value;

class RowEmitter final : public NestEmitter {
 public:
  RowEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : NestEmitter(plan, module, symbol),
        across_(plan.layout.across_rows),
        kept_loops_(static_cast<std::size_t>(plan.layout.rank)),
        loops_(kept_loops_ + static_cast<std::size_t>(plan.layout.reduced)),
        element_(plan.graph.size(), nullptr) {}

 private:
  // What a reduction has so far, in registers that take turns or in an array.
  struct Partials {
    Op combine = Op::add;
    DType dtype = DType::f64;
    double identity = 0;
    Value* array = nullptr;  // across rows
    std::vector<Value*> turns;
  };
  // A place in the row: offsets of the operands, how many elements came before, and along rows
  // which lanes there are.
  struct Position {
    std::vector<Value*> offset;
    Value* linear = nullptr;
    Value* index = nullptr;  // along the last loop
    Value* left = nullptr;   // elements from there to its end
  };
  using Body = std::function<void(const Position&, Value* mask)>;

  // Along rows an item is a whole row: a loop of one iteration takes the place of the innermost.
  std::size_t nest_rank() const override { return kept_loops_ + (across_ ? 0 : 1); }
  Value* nest_dim(std::size_t d) override { return d < kept_loops_ ? dims_[d] : b_.getInt64(1); }
  std::size_t inner() const { return loops_ - 1; }

  // --- once a call ---------------------------------------------------------------------------

  void prepare() override {
    for (NodeId id = 0; id < g_.size(); ++id)
      if (scalar_[id]) element_[id] = splat(scalar_[id]);
    row_length_ = b_.getInt64(1);
    for (std::size_t d = kept_loops_; d < loops_; ++d)
      row_length_ = b_.CreateMul(row_length_, dims_[d]);
    if (!plan_.kept.empty()) divide_scratch();
  }

  // A part of the scratch memory for each node that is kept, of Plan::scratch_bytes() in all.
  void divide_scratch() {
    Value* lanes = b_.getInt64(plan_.lanes);
    Value* elements = across_ ? b_.CreateMul(row_length_, lanes) : b_.CreateAdd(row_length_, lanes);
    Value* at = field(offsetof(actjit_call, scratch), b_.getPtrTy());
    Value* there_is = field(offsetof(actjit_call, scratch_bytes), b_.getInt64Ty());
    Value* needed = b_.getInt64(0);
    scratch_.assign(g_.size(), nullptr);
    for (NodeId id : plan_.kept) {
      scratch_[id] = b_.CreateGEP(b_.getInt8Ty(), at, needed);
      const auto width = static_cast<std::uint64_t>(bytes(g_[id].dtype));
      needed = b_.CreateAdd(needed, b_.CreateMul(elements, b_.getInt64(width)));
    }
    BasicBlock* too_small = block("too_small");
    BasicBlock* enough = block("enough");
    b_.CreateCondBr(b_.CreateICmpULT(there_is, needed), too_small, enough);
    b_.SetInsertPoint(too_small);
    b_.CreateRet(b_.getInt32(2));
    b_.SetInsertPoint(enough);
  }

  // --- one row, or as many as there are lanes ------------------------------------------------

  void run_row(const Row& row, Value* length) override {
    if (!across_) {
      set_base(row.offset);
      process(nullptr);
      return;
    }
    loop("rows", b_.getInt64(0), length, plan_.lanes, [&](Value* k) {
      std::vector<Value*> offset;
      for (std::size_t i = 0; i < plan_.operands(); ++i) {
        Value* column = b_.CreateMul(b_.CreateAdd(row.column, k), vector_stride(i));
        offset.push_back(b_.CreateAdd(row.offset[i], column));
      }
      set_base(offset);
      process(first_lanes(b_.CreateSub(length, k)));
    });
  }

  void set_base(const std::vector<Value*>& offset) {
    base_.clear();
    for (std::size_t i = 0; i < plan_.operands(); ++i)
      base_.push_back(address(i, data_[i], offset[i]));
  }

  Value* vector_stride(std::size_t operand) {
    return strides_[operand][across_ ? kept_loops_ - 1 : inner()];
  }

  // `rows` are the lanes that hold a row, across rows.
  void process(Value* rows) {
    rows_ = rows;
    row_nodes(0);
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) {
      run_pass(plan_.passes[p]);
      row_nodes(p + 1);
    }
    for (std::size_t o = 0; o < g_.outputs().size(); ++o)
      if (plan_.store[o] != Level::element) store_of_row(o);
  }

  // What belongs to a row and is there behind so many passes.
  void row_nodes(std::size_t passes) {
    for (NodeId id = 0; id < g_.size(); ++id) {
      const Node& n = g_[id];
      if (plan_.level[id] != Level::row || plan_.pass[id] != passes || is_reduction(n.op)) continue;
      if (n.op != Op::input)
        set_row_value(id, emit(id, across_ ? element_ : scalar_));
      else if (across_)
        set_row_value(id, load_vector(n.attribute[0], base_[n.attribute[0]],
                                      vector_stride(n.attribute[0]), rows_));
      else
        set_row_value(id, load_one(n.attribute[0], base_[n.attribute[0]]));
    }
  }
  void set_row_value(NodeId id, Value* v) {
    if (!across_) scalar_[id] = v;
    element_[id] = across_ ? v : splat(v);
  }

  void store_of_row(std::size_t output) {
    const std::size_t i = g_.inputs().size() + output;
    const NodeId node = g_.outputs()[output].node;
    if (across_)
      store_vector(i, element_[node], base_[i], vector_stride(i), rows_);
    else
      store_one(i, scalar_[node], base_[i]);
  }

  // --- passes --------------------------------------------------------------------------------

  void run_pass(const Pass& pass) {
    if (!pass.reductions.empty() && g_[pass.reductions[0]].op == Op::sparse_threshold) {
      threshold(pass);
      return;
    }
    std::vector<Partials> partials;
    for (NodeId r : pass.reductions) partials.push_back(partials_of(g_[r].op, g_[r].dtype));
    walk(pass, partials, [&](const Position& at, Value* mask) {
      for (std::size_t i = 0; i < partials.size(); ++i)
        accumulate(partials[i], at, element_[g_[pass.reductions[i]].args[0]], mask);
    });
    for (std::size_t i = 0; i < partials.size(); ++i)
      set_row_value(pass.reductions[i], total(partials[i]));
  }

  // The pass again and again, until no lane's threshold grows (ir/ops.def).
  void threshold(const Pass& pass) {
    const NodeId node = pass.reductions[0];
    const NodeId operand = g_[node].args[0];
    const DType dtype = g_[node].dtype;
    llvm::Type* one_lane = register_type(dtype, context_);
    llvm::Type* type = across_ ? llvm::FixedVectorType::get(one_lane, plan_.lanes) : one_lane;
    Value* place = stack(type);
    b_.CreateStore(llvm::ConstantFP::get(type, -1), place);
    std::vector<Partials> partials{partials_of(Op::reduce_sum, dtype),
                                   partials_of(Op::reduce_sum, dtype)};
    BasicBlock* again = block("threshold");
    BasicBlock* behind = block("threshold.done");
    b_.CreateBr(again);
    b_.SetInsertPoint(again);
    Value* t = b_.CreateLoad(type, place);
    Value* wide = across_ ? t : splat(t);
    walk(pass, partials, [&](const Position& at, Value* mask) {
      Value* a = element_[operand];
      Value* above = b_.CreateFCmpOGT(a, wide);
      Value* zero = llvm::ConstantFP::get(a->getType(), 0);
      accumulate(partials[0], at, b_.CreateSelect(above, a, zero), mask);
      Value* one = llvm::ConstantFP::get(a->getType(), 1);
      accumulate(partials[1], at, b_.CreateSelect(above, one, zero), mask);
    });
    Value* sum = total(partials[0]);
    Value* next =
        b_.CreateFDiv(b_.CreateFSub(sum, llvm::ConstantFP::get(type, 1)), total(partials[1]));
    Value* grows = b_.CreateFCmpOGT(next, t);
    b_.CreateStore(b_.CreateSelect(grows, next, t), place);
    b_.CreateCondBr(across_ ? b_.CreateOrReduce(grows) : grows, again, behind);
    b_.SetInsertPoint(behind);
    set_row_value(node, b_.CreateLoad(type, place));
  }

  // Runs through the row's elements: loads, computes, lets `reduce` see the values, keeps, stores.
  void walk(const Pass& pass, std::vector<Partials>& partials, const Body& reduce) {
    for (Partials& p : partials) reset(p);
    Position first;
    first.offset.assign(plan_.operands(), b_.getInt64(0));
    first.linear = b_.getInt64(0);
    outer_loop(kept_loops_, first, [&](const Position& at) {
      if (across_)
        loop("element", b_.getInt64(0), dims_[inner()], 1,
             [&](Value* k) { element(pass, moved(at, k), reduce); });
      else
        along_row(pass, at, partials, reduce);
    });
  }

  void outer_loop(std::size_t d, const Position& at, const std::function<void(Position)>& body) {
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

  Position moved(const Position& at, Value* k) {
    Position next = at;
    next.index = k;
    next.linear = b_.CreateAdd(at.linear, k);
    for (std::size_t o = 0; o < plan_.operands(); ++o)
      next.offset[o] = b_.CreateAdd(at.offset[o], b_.CreateMul(k, strides_[o][inner()]));
    return next;
  }

  // One element of each of the lanes' rows.
  void element(const Pass& pass, const Position& at, const Body& reduce) {
    compute(pass, at, load_inputs(pass, at, rows_));
    reduce(at, rows_);
    store_outputs(pass, at, rows_);
  }

  // The last loop, in vectors. The mask of the reductions goes with the loaded values.
  void along_row(const Pass& pass, const Position& from, std::vector<Partials>& partials,
                 const Body& reduce) {
    Value* every =
        llvm::ConstantInt::getTrue(llvm::FixedVectorType::get(b_.getInt1Ty(), plan_.lanes));
    Value* end = dims_[inner()];
    Value* k = loop("step", b_.getInt64(0), end, plan_.lanes, [&](Value* index) {
      const Position at = moved(from, index);
      const auto load = [&](Value* mask) {
        std::vector<Value*> out = load_inputs(pass, at, mask);
        out.push_back(partials.empty() ? nullptr : mask ? mask : every);
        return out;
      };
      const auto body = [&](const std::vector<Value*>& loaded) {
        Value* mask = loaded.back();
        compute(pass, at, loaded);
        reduce(at, mask);
      };
      shared_step(
          b_.CreateSub(end, index), load, body, [&](Value* mask) { store_outputs(pass, at, mask); },
          !pass.stores.empty());
    });
    for (Partials& p : partials) restore_turns(p, k);
  }

  // Where an element of an operand lies.
  Value* place(std::size_t operand, const Position& at) {
    return address(operand, base_[operand], at.offset[operand]);
  }

  std::vector<Value*> load_inputs(const Pass& pass, const Position& at, Value* mask) {
    std::vector<Value*> out(g_.inputs().size(), nullptr);
    for (NodeId id : pass.compute) {
      if (g_[id].op != Op::input) continue;
      const std::size_t i = g_[id].attribute[0];
      out[i] = load_vector(i, place(i, at), vector_stride(i), mask);
    }
    return out;
  }

  void compute(const Pass& pass, const Position& at, const std::vector<Value*>& loaded) {
    for (NodeId id : pass.load)
      element_[id] = b_.CreateAlignedLoad(vector_type(id), kept_place(id, at), align(g_[id].dtype));
    for (NodeId id : pass.compute)
      element_[id] = g_[id].op == Op::input ? loaded[g_[id].attribute[0]] : emit(id, element_);
    for (NodeId id : pass.keep)
      b_.CreateAlignedStore(element_[id], kept_place(id, at), align(g_[id].dtype));
  }
  llvm::Type* vector_type(NodeId id) {
    return llvm::FixedVectorType::get(register_type(g_[id].dtype, context_), plan_.lanes);
  }
  Value* kept_place(NodeId id, const Position& at) {
    Value* index = across_ ? b_.CreateMul(at.linear, b_.getInt64(plan_.lanes)) : at.linear;
    return b_.CreateGEP(register_type(g_[id].dtype, context_), scratch_[id], index);
  }

  void store_outputs(const Pass& pass, const Position& at, Value* mask) {
    for (std::size_t o : pass.stores) {
      const std::size_t i = g_.inputs().size() + o;
      store_vector(i, element_[g_.outputs()[o].node], place(i, at), vector_stride(i), mask);
    }
  }

  // --- partial results -----------------------------------------------------------------------

  // Memory of the function, which becomes registers where no index depends on the data.
  Value* stack(llvm::Type* type) {
    llvm::IRBuilder<> entry(&function_->getEntryBlock(), function_->getEntryBlock().begin());
    return entry.CreateAlloca(type);
  }

  Partials partials_of(Op reduction, DType dtype) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    Partials p;
    p.dtype = dtype;
    if (reduction == Op::reduce_max) p.combine = Op::max, p.identity = -inf;
    if (reduction == Op::reduce_min) p.combine = Op::min, p.identity = inf;
    llvm::Type* type = partial_type(p);
    if (across_)
      p.array = stack(llvm::ArrayType::get(type, reduction_partials));
    else
      for (std::int64_t i = 0; i < reduction_partials; i += plan_.lanes)
        p.turns.push_back(stack(type));
    return p;
  }
  llvm::Type* partial_type(const Partials& p) {
    return llvm::FixedVectorType::get(register_type(p.dtype, context_), plan_.lanes);
  }
  Value* partial_at(const Partials& p, Value* index) {
    return b_.CreateGEP(partial_type(p), p.array, index);
  }

  void reset(const Partials& p) {
    llvm::Type* type = partial_type(p);
    llvm::Constant* identity = is_float(p.dtype) ? llvm::ConstantFP::get(type, p.identity)
                                                 : llvm::Constant::getNullValue(type);
    for (Value* turn : p.turns) b_.CreateStore(identity, turn);
    if (p.array)
      loop("reset", b_.getInt64(0), b_.getInt64(reduction_partials), 1,
           [&](Value* i) { b_.CreateStore(identity, partial_at(p, i)); });
  }

  // `mask` are the lanes that count.
  void accumulate(Partials& p, const Position& at, Value* v, Value* mask) {
    llvm::Type* type = partial_type(p);
    if (across_) {
      Value* where = partial_at(p, b_.CreateAnd(at.index, b_.getInt64(reduction_partials - 1)));
      Value* so_far = b_.CreateLoad(type, where);
      b_.CreateStore(ops_.combine(p.combine, is_float(p.dtype), so_far, v), where);
      return;
    }
    // The first register takes part and becomes the last.
    std::vector<Value*> turns;
    for (Value* turn : p.turns) turns.push_back(b_.CreateLoad(type, turn));
    Value* more = ops_.combine(p.combine, is_float(p.dtype), turns[0], v);
    Value* next = b_.CreateSelect(mask, more, turns[0]);
    for (std::size_t i = 0; i + 1 < turns.size(); ++i) b_.CreateStore(turns[i + 1], p.turns[i]);
    b_.CreateStore(next, p.turns.back());
  }

  // Behind a row of `length` elements: the registers as they were before they took turns.
  void restore_turns(const Partials& p, Value* length) {
    const std::size_t count = p.turns.size();
    if (count == 1) return;
    llvm::Type* type = partial_type(p);
    Value* steps = b_.CreateUDiv(length, b_.getInt64(plan_.lanes));
    for (std::size_t by = 1; by < count; by *= 2) {
      Value* bit = b_.CreateICmpNE(b_.CreateAnd(steps, b_.getInt64(by)), b_.getInt64(0));
      std::vector<Value*> now;
      for (Value* turn : p.turns) now.push_back(b_.CreateLoad(type, turn));
      for (std::size_t i = 0; i < count; ++i)
        b_.CreateStore(b_.CreateSelect(bit, now[(i + count - by) % count], now[i]), p.turns[i]);
    }
  }

  // In halves, as ir/axes.h says: a lane along rows, a vector across them.
  Value* total(const Partials& p) {
    llvm::Type* type = partial_type(p);
    const auto combine = [&](Value* a, Value* b) {
      return ops_.combine(p.combine, is_float(p.dtype), a, b);
    };
    std::vector<Value*> values;
    if (across_)
      for (std::int64_t i = 0; i < reduction_partials; ++i)
        values.push_back(b_.CreateLoad(type, partial_at(p, b_.getInt64(i))));
    else
      for (Value* turn : p.turns) values.push_back(b_.CreateLoad(type, turn));
    for (; values.size() > 1; values.resize(values.size() / 2))
      for (std::size_t i = 0; i < values.size() / 2; ++i)
        values[i] = combine(values[i], values[i + values.size() / 2]);
    if (across_) return values[0];
    Value* v = values[0];
    for (unsigned lanes = plan_.lanes; lanes > 1; lanes /= 2) v = combine(half(v, 0), half(v, 1));
    return v->getType()->isVectorTy() ? b_.CreateExtractElement(v, std::uint64_t{0}) : v;
  }
  Value* half(Value* v, int which) {
    const auto n =
        static_cast<int>(llvm::cast<llvm::FixedVectorType>(v->getType())->getNumElements() / 2);
    std::vector<int> pick;
    for (int i = 0; i < n; ++i) pick.push_back(which * n + i);
    return b_.CreateShuffleVector(v, pick);
  }

  const bool across_;
  const std::size_t kept_loops_, loops_;
  Value* row_length_ = nullptr;
  Value* rows_ = nullptr;
  std::vector<Value*> base_;     // where the row begins in each operand
  std::vector<Value*> element_;  // by node: values in all lanes
  std::vector<Value*> scratch_;  // by node: where its values are kept
};

}  // namespace

void emit_rows(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  RowEmitter(plan, module, symbol).run();
}

}  // namespace actjit
