// Kernels with reductions over short rows that lie one after the other. As many of them as there
// are lanes, a column, are turned: then they lie across the vectors, element after element in
// scratch memory, where their reductions find them.
#include <algorithm>
#include <cstddef>
#include <functional>

#include "codegen/call.h"
#include "codegen/emit_row_passes.h"
#include "codegen/emit_turn.h"
#include "codegen/plan_block.h"

namespace actjit {

namespace {

using llvm::BasicBlock;
using llvm::Value;

class TurnedRowsEmitter final : public RowEmitter {
 public:
  TurnedRowsEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : RowEmitter(plan, module, symbol),
        kept_(g_.size(), nullptr),
        saved_(g_.size(), nullptr),
        turned_(plan.operands(), nullptr) {}

 private:
  // Lets a threshold see the values of its pass.
  using See = std::function<void(const Position&)>;

  // --- scratch memory ------------------------------------------------------------------------

  // The partial results of one reduction, as many rows as there are lanes, then a part for each
  // column of a block: as many as fit.
  void prepare() override {
    RowEmitter::prepare();
    const BlockBytes of = block_bytes(plan_);
    entries_ =
        b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, row_length_, number(reduction_partials));
    Value* row = b_.CreateAdd(b_.CreateMul(entries_, number(of.element)), number(of.row));
    Value* lanes = b_.getInt64(plan_.lanes);
    column_bytes_ = b_.CreateMul(row, lanes);
    Value* partials = number(of.shared * plan_.lanes);
    Value* rows = b_.CreateMul(entries_, number(of.shared_element * plan_.lanes));
    Value* shared = b_.CreateAdd(partials, rows);
    refuse_less_scratch_than(b_.CreateAdd(column_bytes_, shared));
    Value* there_is = field(offsetof(actjit_call, scratch_bytes), b_.getInt64Ty());
    block_ = b_.CreateMul(b_.CreateUDiv(b_.CreateSub(there_is, shared), column_bytes_), lanes);
    partials_ = field(offsetof(actjit_call, scratch), b_.getPtrTy());
    rows_ = b_.CreateGEP(b_.getInt8Ty(), partials_, partials);
    columns_ = b_.CreateGEP(b_.getInt8Ty(), partials_, shared);
  }
  Value* number(std::int64_t n) { return b_.getInt64(static_cast<std::uint64_t>(n)); }

  // The arrays of the column whose part of the scratch memory begins there.
  void divide_scratch(Value* at) {
    const auto take = [&](Value* entries, DType dtype) {
      Value* mine = at;
      Value* size = b_.CreateMul(entries, number(bytes(dtype) * plan_.lanes));
      at = b_.CreateGEP(b_.getInt8Ty(), at, size);
      return mine;
    };
    for (NodeId id : plan_.kept) kept_[id] = take(entries_, g_[id].dtype);
    for (std::size_t i : plan_.turned) turned_[i] = take(entries_, operand_dtype(i));
    for (NodeId id : plan_.saved) saved_[id] = take(b_.getInt64(1), g_[id].dtype);
  }

  // The vector of an array that has this index.
  Value* entry(llvm::Type* type, Value* array, Value* index) {
    return b_.CreateGEP(type, array, b_.CreateMul(index, b_.getInt64(plan_.lanes)));
  }

  // --- a block of rows -----------------------------------------------------------------------

  // Pass by pass, and in each column by column, which are as many rows as there are lanes: while
  // the results of one column wait for each other, the processor is at the next.
  void run_row(const Row& row, Value* length) override {
    loop("block", b_.getInt64(0), length, block_, [&](Value* begin) {
      Value* rows =
          b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, block_, b_.CreateSub(length, begin));
      for (std::size_t p = 0; p < plan_.passes.size(); ++p)
        loop("column", b_.getInt64(0), rows, plan_.lanes, [&](Value* k) {
          column(row, b_.CreateAdd(begin, k), b_.CreateSub(rows, k));
          Value* index = b_.CreateUDiv(k, b_.getInt64(plan_.lanes));
          divide_scratch(
              b_.CreateGEP(b_.getInt8Ty(), columns_, b_.CreateMul(index, column_bytes_)));
          run_pass(p);
        });
    });
  }

  // So far behind the beginning of the nest's row, and with so many rows to go.
  void column(const Row& row, Value* at, Value* left) {
    row_offset_ = row.offset;
    column_ = b_.CreateAdd(row.column, at);
    left_ = left;
    const bool all_turned = plan_.turned.size() == plan_.operands();
    mask_ = all_turned ? nullptr : first_lanes(left);
  }

  void run_pass(std::size_t p) {
    const std::size_t inputs = g_.inputs().size();
    const bool first = p == 0, last = p + 1 == plan_.passes.size();
    for (std::size_t i : plan_.turned)
      if (first && i < inputs) turn(i);
    if (first) row_nodes(0);
    recall(p);
    reduce(plan_.passes[p]);
    row_nodes(p + 1);
    if (!last) return save(p);
    for (std::size_t i : plan_.turned)
      if (i >= inputs) turn(i);
    for (std::size_t o = 0; o < g_.outputs().size(); ++o)
      if (plan_.store[o] != Level::element)
        store_vector(inputs + o, element_[g_.outputs()[o].node], first_of(inputs + o),
                     vector_stride(inputs + o), mask_);
  }

  Value* vector_stride(std::size_t operand) override {
    return access(operand) == Access::unit ? b_.getInt64(1) : strides_[operand][kept_loops_ - 1];
  }
  Value* place(std::size_t operand, const Position& at) override {
    return address(operand, first_of(operand), at.offset[operand]);
  }
  // The column's first row in an operand.
  Value* first_of(std::size_t operand) {
    Value* behind = b_.CreateMul(column_, vector_stride(operand));
    return address(operand, data_[operand], b_.CreateAdd(row_offset_[operand], behind));
  }
  Value* kept_place(NodeId id, const Position& at) override {
    return entry(register_type(g_[id].dtype, context_), kept_[id], at.linear);
  }

  // What belongs to rows and is there behind so many passes.
  void row_nodes(std::size_t passes) {
    for (NodeId id = 0; id < g_.size(); ++id) {
      const Node& n = g_[id];
      if (plan_.level[id] != Level::row || plan_.pass[id] != passes || is_reduction(n.op)) continue;
      const std::size_t i = n.attribute[0];
      element_[id] = n.op == Op::input ? load_vector(i, first_of(i), vector_stride(i), mask_)
                                       : emit(id, element_);
    }
  }

  // What belongs to rows and is needed in a later pass than the one that computes it.
  void save(std::size_t pass) {
    for (NodeId id : plan_.saved)
      if (plan_.row_pass(id) == pass)
        b_.CreateAlignedStore(to_memory(g_[id].dtype, element_[id]), saved_[id],
                              align(g_[id].dtype));
  }
  void recall(std::size_t pass) {
    for (NodeId id : plan_.saved) {
      if (plan_.row_pass(id) >= pass) continue;
      auto* type = llvm::FixedVectorType::get(memory_type(g_[id].dtype), plan_.lanes);
      Value* v = b_.CreateAlignedLoad(type, saved_[id], align(g_[id].dtype));
      element_[id] = from_memory(g_[id].dtype, v);
    }
  }

  // --- passes --------------------------------------------------------------------------------

  void reduce(const Pass& pass) {
    if (!pass.reductions.empty() && g_[pass.reductions[0]].op == Op::sparse_threshold)
      return threshold(pass);
    if (plan_.has_walk(pass)) walk(pass, [](const Position&) {});
    for (NodeId r : pass.reductions) {
      const NodeId operand = g_[r].args[0];
      const Combination how = combination(g_[r].op, g_[r].dtype);
      Value* array = plan_.is_turned(operand) ? turned_[g_[operand].attribute[0]] : kept_[operand];
      element_[r] = total(how, folded(how, array), partials_of_row());
    }
  }

  // Runs through the rows' elements: loads, computes, lets `see` see the values, keeps, stores.
  void walk(const Pass& pass, const See& see) {
    outer_loops([&](const Position& from) {
      loop("element", b_.getInt64(0), dims_[inner()], 1, [&](Value* k) {
        Position at = moved(from, k);
        at.partial = partial_of(k);
        compute(pass, at, load_inputs(pass, at, mask_));
        see(at);
        store_outputs(pass, at, mask_);
      });
    });
  }

  // The pass again and again, until no row's threshold grows (ir/ops.def).
  void threshold(const Pass& pass) {
    const NodeId node = pass.reductions[0];
    const NodeId operand = g_[node].args[0];
    const Combination sum = combination(Op::reduce_sum, g_[node].dtype);
    llvm::Type* type = vector_type(sum.dtype);
    const auto constant = [&](double x) { return llvm::ConstantFP::get(type, x); };
    Value* count = entry(type->getScalarType(), partials_, number(reduction_partials));
    Value* grown = stack(type);
    b_.CreateStore(constant(-1), grown);
    BasicBlock* again = block("threshold");
    BasicBlock* behind = block("threshold.done");
    b_.CreateBr(again);
    b_.SetInsertPoint(again);
    Value* t = b_.CreateLoad(type, grown);
    loop("reset", b_.getInt64(0), number(2 * reduction_partials), 1, [&](Value* i) {
      set_partial(sum, entry(type->getScalarType(), partials_, i), sum.identity);
    });
    walk(pass, [&](const Position& at) {
      Value* a = element_[operand];
      Value* above = b_.CreateFCmpOGT(a, t);
      accumulate(sum, partials_, at.partial, b_.CreateSelect(above, a, constant(0)));
      accumulate(sum, count, at.partial, b_.CreateSelect(above, constant(1), constant(0)));
    });
    Value* less_one = b_.CreateFSub(total(sum, partials_), constant(1));
    Value* next = b_.CreateFDiv(less_one, total(sum, count));
    Value* more = b_.CreateFCmpOGT(next, t);
    element_[node] = b_.CreateSelect(more, next, t);
    b_.CreateStore(element_[node], grown);
    b_.CreateCondBr(b_.CreateOrReduce(more), again, behind);
    b_.SetInsertPoint(behind);
  }

  // --- partial results -----------------------------------------------------------------------

  // How many there are at most in a row.
  std::int64_t partials_of_row() const {
    const bool is_short = plan_.layout.reduced == 1 && plan_.row_extent;
    return is_short ? std::min(*plan_.row_extent, reduction_partials) : reduction_partials;
  }
  Value* partial_of(Value* k) { return b_.CreateAnd(k, number(reduction_partials - 1)); }
  void set_partial(const Combination& how, Value* where, Value* v) {
    b_.CreateAlignedStore(v, where, align(how.dtype));
  }
  Value* load_entry(const Combination& how, Value* array, Value* index) {
    Value* where = entry(register_type(how.dtype, context_), array, index);
    return b_.CreateAlignedLoad(vector_type(how.dtype), where, align(how.dtype));
  }
  void accumulate(const Combination& how, Value* partials, Value* index, Value* v) {
    Value* where = entry(register_type(how.dtype, context_), partials, index);
    Value* so_far = b_.CreateAlignedLoad(vector_type(how.dtype), where, align(how.dtype));
    set_partial(how, where, combine(how, so_far, v));
  }

  // The partial results of the values in an array. Those of a row that has no more elements than
  // there are partial results are the elements, and what a reduction begins with behind them.
  Value* folded(const Combination& how, Value* array) {
    if (partials_of_row() == plan_.row_extent) return array;
    llvm::Type* type = register_type(how.dtype, context_);
    Value* end = dims_[inner()];
    Value* begin = b_.getInt64(0);
    Value* partials = partials_;
    if (plan_.layout.reduced == 1) {
      Value* is_short = b_.CreateICmpSLE(end, number(reduction_partials));
      begin = b_.CreateSelect(is_short, end, begin);
      partials = b_.CreateSelect(is_short, array, partials);
    }
    loop("reset", begin, number(reduction_partials), 1,
         [&](Value* i) { set_partial(how, entry(type, partials, i), how.identity); });
    outer_loops([&](const Position& from) {
      loop("fold", begin, end, 1, [&](Value* k) {
        Value* v = load_entry(how, array, b_.CreateAdd(from.linear, k));
        accumulate(how, partials, partial_of(k), v);
      });
    });
    return partials;
  }

  // In halves, as ir/axes.h says: the even ones, then the odd ones, by a loop, and both. Those from
  // `count` on are what a reduction begins with and change nothing.
  Value* total(const Combination& how, Value* partials, std::int64_t count = reduction_partials) {
    llvm::Type* type = vector_type(how.dtype);
    Value* all = nullptr;
    const auto in = [&](Value* array) {
      return [this, &how, array](std::int64_t i) { return load_entry(how, array, number(i)); };
    };
    if (count < reduction_partials) {
      all = combined(how, count, in(partials));
    } else {
      Value* even = stack(type);
      Value* odd = stack(type);
      for (Value* half : {even, odd}) b_.CreateStore(llvm::PoisonValue::get(type), half);
      loop("half", b_.getInt64(0), b_.getInt64(2), 1, [&](Value* i) {
        Value* half = combined(how, count, in(entry(type->getScalarType(), partials, i)), 0, 2);
        b_.CreateStore(b_.CreateLoad(type, odd), even);
        b_.CreateStore(half, odd);
      });
      all = combine(how, b_.CreateLoad(type, even), b_.CreateLoad(type, odd));
    }
    // A sum begins with 0 and so is never -0.
    if (how.op == Op::add) return combine(how, all, how.identity);
    return count == 1 ? as_partial(how, all) : all;
  }

  // --- turned operands -----------------------------------------------------------------------

  Value* load_elements(std::size_t operand, const Position& at, Value* mask) override {
    if (!turned_[operand]) return RowEmitter::load_elements(operand, at, mask);
    const DType dtype = operand_dtype(operand);
    auto* type = llvm::FixedVectorType::get(memory_type(dtype), plan_.lanes);
    return from_memory(dtype, b_.CreateAlignedLoad(type, turned_place(operand, at), align(dtype)));
  }
  void store_elements(std::size_t operand, Value* v, const Position& at, Value* mask) override {
    if (!turned_[operand]) return RowEmitter::store_elements(operand, v, at, mask);
    const DType dtype = operand_dtype(operand);
    b_.CreateAlignedStore(to_memory(dtype, v), turned_place(operand, at), align(dtype));
  }
  Value* turned_place(std::size_t operand, const Position& at) {
    return entry(memory_type(operand_dtype(operand)), turned_[operand], at.linear);
  }

  // From the rows of an input to vectors across them in scratch memory, or from there to an output.
  void turn(std::size_t operand) {
    const unsigned group =
        turned_elements(static_cast<unsigned>(bytes(operand_dtype(operand))), plan_.lanes);
    Value* long_enough = b_.CreateICmpSGE(dims_[inner()], b_.getInt64(group));
    outer_loops([&](const Position& from) {
      BasicBlock* groups = block("turn.groups");
      BasicBlock* elements = block("turn.elements");
      BasicBlock* behind = block("turned");
      b_.CreateCondBr(long_enough, groups, elements);
      b_.SetInsertPoint(groups);
      turn_column(operand, from, group);
      b_.CreateBr(behind);
      b_.SetInsertPoint(elements);
      turn_elements(operand, from);
      b_.CreateBr(behind);
      b_.SetInsertPoint(behind);
    });
  }

  // A column that has fewer rows than lanes takes the way over as many rows in scratch memory.
  void turn_column(std::size_t operand, const Position& from, unsigned group) {
    const bool is_input = operand < g_.inputs().size();
    Value* is_whole = b_.CreateICmpSGE(left_, b_.getInt64(plan_.lanes));
    const Rows there{place(operand, from), vector_stride(operand)};
    const Rows here{rows_, dims_[inner()]};
    const auto unless_whole = [&](auto body) {
      BasicBlock* copies = block("turn.copy");
      BasicBlock* ready = block("turn.rows");
      b_.CreateCondBr(is_whole, ready, copies);
      b_.SetInsertPoint(copies);
      body();
      b_.CreateBr(ready);
      b_.SetInsertPoint(ready);
    };
    // The lanes behind the last row repeat it, so that no lane holds what nobody knows.
    if (is_input)
      unless_whole([&] { copy_rows(operand, b_.getInt64(plan_.lanes), there, here, group); });
    turn_groups(operand, from,
                {b_.CreateSelect(is_whole, there.first, here.first),
                 b_.CreateSelect(is_whole, there.stride, here.stride)},
                group);
    if (!is_input) unless_whole([&] { copy_rows(operand, left_, here, there, group); });
  }

  // Rows of an operand, and how far one lies behind the other.
  struct Rows {
    Value* first;
    Value* stride;
  };

  // Where groups of neighbours begin: the last one ends where the rows end; it may repeat elements
  // of the one before it.
  void each_group(unsigned group, const std::function<void(Value* first)>& body) {
    Value* last = b_.CreateSub(dims_[inner()], b_.getInt64(group));
    loop("group", b_.getInt64(0), dims_[inner()], group,
         [&](Value* k) { body(b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, k, last)); });
  }

  // So many rows, of which there are no more than the column has: then the last one again.
  void copy_rows(std::size_t operand, Value* count, const Rows& from, const Rows& to,
                 unsigned group) {
    llvm::Type* type = memory_type(operand_dtype(operand));
    llvm::Type* part = llvm::FixedVectorType::get(type, group);
    const llvm::Align alignment = align(operand_dtype(operand));
    loop("row", b_.getInt64(0), count, 1, [&](Value* lane) {
      Value* source = b_.CreateGEP(type, from.first, b_.CreateMul(row_of(lane), from.stride));
      Value* target = b_.CreateGEP(type, to.first, b_.CreateMul(lane, to.stride));
      each_group(group, [&](Value* k) {
        Value* v = b_.CreateAlignedLoad(part, b_.CreateGEP(type, source, k), alignment);
        b_.CreateAlignedStore(v, b_.CreateGEP(type, target, k), alignment);
      });
    });
  }
  Value* row_of(Value* lane) {
    return b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, lane,
                                    b_.CreateSub(left_, b_.getInt64(1)));
  }

  void turn_groups(std::size_t operand, const Position& from, const Rows& rows, unsigned group) {
    llvm::Type* type = memory_type(operand_dtype(operand));
    llvm::Type* vector = llvm::FixedVectorType::get(type, plan_.lanes);
    const llvm::Align alignment = align(operand_dtype(operand));
    each_group(group, [&](Value* first) {
      const std::vector<Value*> in_rows =
          side_by_side(type, b_.CreateGEP(type, rows.first, first), rows.stride, plan_.lanes);
      Value* place = entry(type, turned_[operand], b_.CreateAdd(from.linear, first));
      const std::vector<Value*> places = side_by_side(type, place, b_.getInt64(plan_.lanes), group);
      if (operand < g_.inputs().size()) {
        const std::vector<Value*> loaded = load_turned(b_, type, group, in_rows);
        for (unsigned e = 0; e < group; ++e) b_.CreateAlignedStore(loaded[e], places[e], alignment);
        return;
      }
      std::vector<Value*> stored;
      for (Value* p : places) stored.push_back(b_.CreateAlignedLoad(vector, p, alignment));
      store_turned(b_, std::move(stored), in_rows);
    });
  }

  // Addresses a stride apart, from few registers: an instruction adds a few multiples by itself.
  std::vector<Value*> side_by_side(llvm::Type* type, Value* first, Value* stride, unsigned count) {
    constexpr unsigned near = 4;
    std::vector<Value*> out;
    for (unsigned i = 0; i < count; ++i) {
      if (i > 0 && i % near == 0)
        first = b_.CreateGEP(type, first, b_.CreateMul(stride, b_.getInt64(near)));
      out.push_back(b_.CreateGEP(type, first, b_.CreateMul(stride, b_.getInt64(i % near))));
    }
    return out;
  }

  // One by one: rows shorter than a group.
  void turn_elements(std::size_t operand, const Position& from) {
    const bool is_input = operand < g_.inputs().size();
    llvm::Type* type = memory_type(operand_dtype(operand));
    const llvm::Align alignment = align(operand_dtype(operand));
    Value* lanes = b_.getInt64(plan_.lanes);
    Value* rows = is_input ? lanes : b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left_, lanes);
    loop("row", b_.getInt64(0), rows, 1, [&](Value* lane) {
      Value* row = is_input ? row_of(lane) : lane;
      Value* elements =
          b_.CreateGEP(type, place(operand, from), b_.CreateMul(row, vector_stride(operand)));
      Value* column = b_.CreateGEP(type, entry(type, turned_[operand], from.linear), lane);
      loop("one", b_.getInt64(0), dims_[inner()], 1, [&](Value* k) {
        Value* in_row = b_.CreateGEP(type, elements, k);
        Value* across = entry(type, column, k);
        Value* v = b_.CreateAlignedLoad(type, is_input ? in_row : across, alignment);
        b_.CreateAlignedStore(v, is_input ? across : in_row, alignment);
      });
    });
  }

  Value* block_ = nullptr;         // rows of a block at most
  Value* columns_ = nullptr;       // the parts of the scratch memory
  Value* column_bytes_ = nullptr;  // of one
  Value* partials_ = nullptr;      // of a reduction
  Value* rows_ = nullptr;          // of an operand, as many as lanes
  // Of the column:
  std::vector<Value*> row_offset_;    // by operand: of the nest's row
  Value* column_ = nullptr;           // behind it
  Value* left_ = nullptr;             // rows from the first lane's on
  Value* mask_ = nullptr;             // lanes that have one
  Value* entries_ = nullptr;          // vectors of an array
  std::vector<Value*> kept_, saved_;  // by node
  std::vector<Value*> turned_;        // by operand
};

}  // namespace

void emit_turned_rows(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  TurnedRowsEmitter(plan, module, symbol).run();
}

}  // namespace actjit
