// Kernels with reductions whose vectors lie along rows: a vector holds neighbours of one row, what
// belongs to the row is in one lane, and the partial results of a reduction are lanes of a few
// registers that take turns.
#include <algorithm>
#include <cstddef>

#include "codegen/call.h"
#include "codegen/emit_row_passes.h"

namespace actjit {

namespace {

using llvm::BasicBlock;
using llvm::Value;

class AlongRowsEmitter final : public RowEmitter {
 public:
  AlongRowsEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : RowEmitter(plan, module, symbol) {}

 private:
  // What a reduction has so far.
  struct Partials {
    Combination how;
    std::vector<Value*> turns;
  };
  // Lets the reductions of a pass see its values; `mask` are the lanes that count.
  using Reduce = std::function<void(Value* mask)>;

  // An item is a whole row: a loop of one iteration takes the place of the innermost.
  std::size_t nest_rank() const override { return kept_loops_ + 1; }
  Value* nest_dim(std::size_t d) override { return d < kept_loops_ ? dims_[d] : b_.getInt64(1); }

  void prepare() override {
    RowEmitter::prepare();
    if (!plan_.kept.empty()) divide_scratch();
  }

  // A part of the scratch memory for each node that is kept, of Plan::scratch_bytes() in all.
  void divide_scratch() {
    Value* elements = b_.CreateAdd(row_length_, b_.getInt64(plan_.lanes));
    Value* at = field(offsetof(actjit_call, scratch), b_.getPtrTy());
    Value* needed = b_.getInt64(0);
    scratch_.assign(g_.size(), nullptr);
    for (NodeId id : plan_.kept) {
      scratch_[id] = b_.CreateGEP(b_.getInt8Ty(), at, needed);
      const auto width = static_cast<std::uint64_t>(bytes(g_[id].dtype));
      needed = b_.CreateAdd(needed, b_.CreateMul(elements, b_.getInt64(width)));
    }
    refuse_less_scratch_than(needed);
  }

  // --- one row -------------------------------------------------------------------------------

  void run_row(const Row& row, Value*) override {
    base_.clear();
    for (std::size_t i = 0; i < plan_.operands(); ++i)
      base_.push_back(address(i, data_[i], row.offset[i]));
    row_nodes(0);
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) {
      run_pass(plan_.passes[p]);
      row_nodes(p + 1);
    }
    for (std::size_t o = 0; o < g_.outputs().size(); ++o)
      if (plan_.store[o] != Level::element)
        store_one(g_.inputs().size() + o, scalar_[g_.outputs()[o].node],
                  base_[g_.inputs().size() + o]);
  }

  Value* vector_stride(std::size_t operand) override { return strides_[operand][inner()]; }
  Value* place(std::size_t operand, const Position& at) override {
    Value* from = address(operand, base_[operand], at.offset[operand]);
    return address(operand, from, b_.CreateMul(b_.getInt64(at.ahead), vector_stride(operand)));
  }
  Value* kept_place(NodeId id, const Position& at) override {
    llvm::Type* type = register_type(g_[id].dtype, context_);
    Value* from = b_.CreateGEP(type, scratch_[id], at.linear);
    return b_.CreateGEP(type, from, b_.getInt64(at.ahead));
  }

  // What belongs to a row and is there behind so many passes.
  void row_nodes(std::size_t passes) {
    for (NodeId id = 0; id < g_.size(); ++id) {
      const Node& n = g_[id];
      if (plan_.level[id] != Level::row || plan_.pass[id] != passes || is_reduction(n.op)) continue;
      set_row_value(id, n.op == Op::input ? load_one(n.attribute[0], base_[n.attribute[0]])
                                          : emit(id, scalar_));
    }
  }
  void set_row_value(NodeId id, Value* v) {
    scalar_[id] = v;
    element_[id] = splat(v);
  }

  // --- passes --------------------------------------------------------------------------------

  void run_pass(const Pass& pass) {
    if (is_threshold(pass)) return threshold(pass);
    std::vector<Partials> partials;
    for (NodeId r : pass.reductions) partials.push_back(partials_of(g_[r].op, g_[r].dtype));
    walk(pass, partials, [&](Value* mask) {
      for (std::size_t i = 0; i < partials.size(); ++i)
        accumulate(partials[i], element_[g_[pass.reductions[i]].args[0]], mask);
    });
    for (std::size_t i = 0; i < partials.size(); ++i)
      set_row_value(pass.reductions[i], total(partials[i]));
  }

  bool is_threshold(const Pass& pass) const {
    return !pass.reductions.empty() && g_[pass.reductions[0]].op == Op::sparse_threshold;
  }

  // The pass again and again, until the threshold does not grow (ir/ops.def).
  void threshold(const Pass& pass) {
    const NodeId node = pass.reductions[0];
    const NodeId operand = g_[node].args[0];
    const DType dtype = g_[node].dtype;
    llvm::Type* type = register_type(dtype, context_);
    Value* place = stack(type);
    b_.CreateStore(llvm::ConstantFP::get(type, -1), place);
    std::vector<Partials> partials{partials_of(Op::reduce_sum, dtype),
                                   partials_of(Op::reduce_sum, dtype)};
    BasicBlock* again = block("threshold");
    BasicBlock* behind = block("threshold.done");
    b_.CreateBr(again);
    b_.SetInsertPoint(again);
    Value* t = b_.CreateLoad(type, place);
    Value* wide = splat(t);
    walk(pass, partials, [&](Value* mask) {
      Value* a = element_[operand];
      Value* above = b_.CreateFCmpOGT(a, wide);
      Value* zero = llvm::ConstantFP::get(a->getType(), 0);
      accumulate(partials[0], b_.CreateSelect(above, a, zero), mask);
      Value* one = llvm::ConstantFP::get(a->getType(), 1);
      accumulate(partials[1], b_.CreateSelect(above, one, zero), mask);
    });
    Value* sum = total(partials[0]);
    Value* next =
        b_.CreateFDiv(b_.CreateFSub(sum, llvm::ConstantFP::get(type, 1)), total(partials[1]));
    Value* grows = b_.CreateFCmpOGT(next, t);
    b_.CreateStore(b_.CreateSelect(grows, next, t), place);
    b_.CreateCondBr(grows, again, behind);
    b_.SetInsertPoint(behind);
    set_row_value(node, b_.CreateLoad(type, place));
  }

  // Runs through the row's elements: loads, computes, lets `reduce` see the values, keeps, stores.
  void walk(const Pass& pass, std::vector<Partials>& partials, const Reduce& reduce) {
    for (Partials& p : partials)
      for (Value* turn : p.turns) b_.CreateStore(p.how.identity, turn);
    outer_loops([&](const Position& from) { last_loop(pass, from, partials, reduce); });
  }

  // In vectors. A short pass does some whole ones at a time; what is left, and what a long pass
  // does, is a step that whole and last vectors share.
  void last_loop(const Pass& pass, const Position& from, std::vector<Partials>& partials,
                 const Reduce& reduce) {
    Value* end = dims_[inner()];
    Value* begin = b_.getInt64(0);
    if (const unsigned steps = plan_.steps_at_a_time(pass); steps > 1 && !is_threshold(pass)) {
      const std::uint64_t elements = std::uint64_t{steps} * plan_.lanes;
      Value* whole = b_.CreateAnd(end, b_.getInt64(~(elements - 1)));
      begin = loop("main", begin, whole, elements,
                   [&](Value* k) { whole_steps(pass, from, k, steps, partials); });
    }
    Value* k = loop("step", begin, end, plan_.lanes, [&](Value* index) {
      one_step(pass, moved(from, index), b_.CreateSub(end, index), !partials.empty(), reduce);
    });
    for (Partials& p : partials) restore_turns(p, k);
  }

  // The mask of the reductions goes with the loaded values.
  void one_step(const Pass& pass, const Position& at, Value* left, bool reduces,
                const Reduce& reduce) {
    Value* every =
        llvm::ConstantInt::getTrue(llvm::FixedVectorType::get(b_.getInt1Ty(), plan_.lanes));
    const auto load = [&](Value* mask) {
      std::vector<Value*> out = load_inputs(pass, at, mask);
      out.push_back(!reduces ? nullptr : mask ? apart(mask) : every);
      return out;
    };
    const auto body = [&](const std::vector<Value*>& loaded) {
      Value* mask = loaded.back();
      compute(pass, at, loaded);
      reduce(mask);
      outputs_to_pairs(pass);
    };
    shared_step(
        left, load, body, [&](Value* mask) { store_outputs(pass, at, mask); },
        !pass.stores.empty());
  }

  // A mask of elements as they lie in memory, by lane.
  Value* apart(Value* mask) {
    if (!plan_.in_pairs) return mask;
    std::vector<int> pick;
    for (unsigned odd : {0u, 1u})
      for (unsigned i = odd; i < plan_.lanes; i += 2) pick.push_back(static_cast<int>(i));
    return b_.CreateShuffleVector(mask, pick);
  }

  // All loads come first and all stores last: the steps overlap, and an output may lie on an input.
  void whole_steps(const Pass& pass, const Position& from, Value* k, unsigned steps,
                   std::vector<Partials>& partials) {
    std::vector<Position> at;
    std::vector<std::vector<Value*>> loaded;
    for (unsigned s = 0; s < steps; ++s) {
      at.push_back(moved(from, k));
      at[s].ahead = std::uint64_t{s} * plan_.lanes;
      loaded.push_back(load_inputs(pass, at[s], nullptr));
    }
    std::vector<std::vector<Value*>> reduced(partials.size()), stored;
    for (unsigned s = 0; s < steps; ++s) {
      compute(pass, at[s], loaded[s]);
      for (std::size_t i = 0; i < partials.size(); ++i)
        reduced[i].push_back(element_[g_[pass.reductions[i]].args[0]]);
      outputs_to_pairs(pass);
      stored.push_back(element_);
    }
    for (std::size_t i = 0; i < partials.size(); ++i) accumulate_steps(partials[i], reduced[i]);
    for (unsigned s = 0; s < steps; ++s) {
      element_.swap(stored[s]);
      store_outputs(pass, at[s], nullptr);
      element_.swap(stored[s]);
    }
  }

  // --- partial results -----------------------------------------------------------------------

  Partials partials_of(Op reduction, DType dtype) {
    Partials p{combination(reduction, dtype), {}};
    for (std::int64_t i = 0; i < reduction_partials; i += plan_.lanes)
      p.turns.push_back(stack(vector_type(dtype)));
    return p;
  }

  // The first register takes part and becomes the last.
  void accumulate(Partials& p, Value* v, Value* mask) {
    llvm::Type* type = vector_type(p.how.dtype);
    std::vector<Value*> turns;
    for (Value* turn : p.turns) turns.push_back(b_.CreateLoad(type, turn));
    Value* next = b_.CreateSelect(mask, combine(p.how, turns[0], v), turns[0]);
    for (std::size_t i = 0; i + 1 < turns.size(); ++i) b_.CreateStore(turns[i + 1], p.turns[i]);
    b_.CreateStore(next, p.turns.back());
  }

  // Steps that fill each register as often as any other, so that these stay where they are. Which
  // of several is the first largest does not depend on how they are grouped, so that a register
  // waits for one extremum only; sums are added one by one.
  void accumulate_steps(Partials& p, const std::vector<Value*>& steps) {
    llvm::Type* type = vector_type(p.how.dtype);
    const std::size_t turns = p.turns.size();
    for (std::size_t t = 0; t < turns; ++t) {
      std::vector<Value*> more;
      for (std::size_t s = t; s < steps.size(); s += turns) more.push_back(steps[s]);
      if (p.how.op != Op::add) more = {extremum_of(p.how, more)};
      Value* so_far = b_.CreateLoad(type, p.turns[t]);
      for (Value* v : more) so_far = combine(p.how, so_far, v);
      b_.CreateStore(so_far, p.turns[t]);
    }
  }
  // Neighbours with each other, until there is one.
  Value* extremum_of(const Combination& how, std::vector<Value*> v) {
    for (; v.size() > 1; v.resize(v.size() / 2))
      for (std::size_t i = 0; i < v.size() / 2; ++i)
        v[i] = combine(how, as_partial(how, v[2 * i]), v[2 * i + 1]);
    return v[0];
  }

  // Behind a row of `length` elements: the registers as they were before they took turns.
  void restore_turns(const Partials& p, Value* length) {
    const std::size_t count = p.turns.size();
    if (count == 1) return;
    llvm::Type* type = vector_type(p.how.dtype);
    Value* steps = b_.CreateUDiv(length, b_.getInt64(plan_.lanes));
    for (std::size_t by = 1; by < count; by *= 2) {
      Value* bit = b_.CreateICmpNE(b_.CreateAnd(steps, b_.getInt64(by)), b_.getInt64(0));
      std::vector<Value*> now;
      for (Value* turn : p.turns) now.push_back(b_.CreateLoad(type, turn));
      for (std::size_t i = 0; i < count; ++i)
        b_.CreateStore(b_.CreateSelect(bit, now[(i + count - by) % count], now[i]), p.turns[i]);
    }
  }

  // In halves, as ir/axes.h says, down to one lane.
  Value* total(const Partials& p) {
    std::vector<Value*> values;
    for (Value* turn : p.turns) values.push_back(b_.CreateLoad(vector_type(p.how.dtype), turn));
    for (; values.size() > 1; values.resize(values.size() / 2))
      for (std::size_t i = 0; i < values.size() / 2; ++i)
        values[i] = combine(p.how, values[i], values[i + values.size() / 2]);
    Value* v = values[0];
    for (unsigned lanes = plan_.lanes; lanes > 1; lanes /= 2)
      v = combine(p.how, half(v, 0), half(v, 1));
    return v->getType()->isVectorTy() ? b_.CreateExtractElement(v, std::uint64_t{0}) : v;
  }
  // Of even elements ahead of odd ones: that half of both, down to one of each.
  Value* half(Value* v, unsigned which) {
    const unsigned n = llvm::cast<llvm::FixedVectorType>(v->getType())->getNumElements() / 2;
    if (!plan_.in_pairs || n == 1) return b_.CreateShuffleVector(v, neighbours(which * n, n));
    std::vector<int> pick = neighbours(which * n / 2, n / 2);
    for (int odd : neighbours(n + which * n / 2, n / 2)) pick.push_back(odd);
    return b_.CreateShuffleVector(v, pick);
  }

  std::vector<Value*> scratch_;  // by node: where its values are kept
};

}  // namespace

void emit_along_rows(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  AlongRowsEmitter(plan, module, symbol).run();
}

}  // namespace actjit
