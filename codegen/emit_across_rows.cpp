// Kernels with reductions whose vectors lie across rows: every lane is a row of its own. A block of
// rows is done at a time, element by element (codegen/plan_block.h); `column` is a row's place in
// the block. Whole vectors of rows that are known to be short are done in registers, a vector of
// them at a time.
#include <algorithm>
#include <cstddef>

#include "codegen/call.h"
#include "codegen/emit_row_passes.h"
#include "codegen/plan_block.h"

namespace actjit {

namespace {

using llvm::BasicBlock;
using llvm::Value;

class AcrossRowsEmitter final : public RowEmitter {
 public:
  AcrossRowsEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : RowEmitter(plan, module, symbol), kept_(g_.size(), nullptr), saved_(g_.size(), nullptr) {}

 private:
  // An array of as many vectors for each column as a reduction has partial results.
  struct Partials {
    Combination how;
    Value* array = nullptr;
  };
  // Lets the reductions of a pass see its values.
  using Reduce = std::function<void(const Position&)>;

  // --- scratch memory ------------------------------------------------------------------------

  // A block is as wide as the scratch memory permits: how wide is the host's choice
  // (Plan::scratch_bytes) and changes no bit.
  void prepare() override {
    RowEmitter::prepare();
    const BlockBytes of = block_bytes(plan_);
    Value* row = b_.CreateAdd(b_.CreateMul(row_length_, bytes_of(of.element)), bytes_of(of.row));
    refuse_less_scratch_than(b_.CreateMul(row, b_.getInt64(plan_.lanes)));
    Value* there_is = field(offsetof(actjit_call, scratch_bytes), b_.getInt64Ty());
    block_ = whole_vectors(b_.CreateUDiv(there_is, row));
    divide_scratch();
  }
  Value* bytes_of(std::int64_t n) { return b_.getInt64(static_cast<std::uint64_t>(n)); }
  Value* whole_vectors(Value* n) { return b_.CreateAnd(n, b_.getInt64(~(plan_.lanes - 1ull))); }

  void divide_scratch() {
    Value* at = field(offsetof(actjit_call, scratch), b_.getPtrTy());
    const auto take = [&](Value* elements, DType dtype) {
      Value* mine = at;
      Value* size = b_.CreateMul(b_.CreateMul(block_, elements), bytes_of(bytes(dtype)));
      at = b_.CreateGEP(b_.getInt8Ty(), at, size);
      return mine;
    };
    for (NodeId id : plan_.kept) kept_[id] = take(row_length_, g_[id].dtype);
    for (NodeId id : plan_.saved) saved_[id] = take(b_.getInt64(1), g_[id].dtype);
    partials_ = at;
  }

  // --- a block of rows -----------------------------------------------------------------------

  void run_row(const Row& row, Value* length) override {
    Value* done = b_.getInt64(0);
    if (fits_registers()) {
      Value* whole = whole_vectors(length);
      loop("rows", done, whole, plan_.lanes, [&](Value* k) {
        set_base(row, k);
        process_in_registers();
      });
      done = whole;
    }
    loop("block", done, length, block_, [&](Value* k) {
      set_base(row, k);
      Value* left = b_.CreateSub(length, k);
      columns_ = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left, block_);
      width_ = whole_vectors(b_.CreateAdd(columns_, b_.getInt64(plan_.lanes - 1)));
      process();
    });
  }

  void set_base(const Row& row, Value* k) {
    base_.clear();
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      Value* column = b_.CreateMul(b_.CreateAdd(row.column, k), vector_stride(i));
      base_.push_back(address(i, data_[i], b_.CreateAdd(row.offset[i], column)));
    }
  }

  void process() {
    stage(0, {});
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) run_pass(p);
  }

  void each_column(const std::function<void(Value*)>& body) {
    loop("column", b_.getInt64(0), columns_, plan_.lanes, body);
  }

  Value* vector_stride(std::size_t operand) override {
    return access(operand) == Access::unit ? b_.getInt64(1) : strides_[operand][kept_loops_ - 1];
  }
  // `column` lanes behind the first of a vector of the block.
  Value* row_of(std::size_t operand, Value* offset, Value* column) {
    Value* across = b_.CreateMul(column, vector_stride(operand));
    return address(operand, base_[operand], b_.CreateAdd(offset, across));
  }
  Value* place(std::size_t operand, const Position& at) override {
    return row_of(operand, at.offset[operand], at.column);
  }
  Value* kept_place(NodeId id, const Position& at) override {
    Value* index = b_.CreateAdd(at.in_block, at.column);
    return b_.CreateGEP(register_type(g_[id].dtype, context_), kept_[id], index);
  }

  // --- what belongs to rows ------------------------------------------------------------------

  // What is there behind so many passes, of which `partials` are the last one's.
  void stage(std::size_t passes, const std::vector<Partials>& partials) {
    const bool last = passes == plan_.passes.size();
    each_column([&](Value* column) {
      Value* mask = first_lanes(b_.CreateSub(columns_, column));
      for (std::size_t i = 0; i < partials.size(); ++i)
        set_row_value(plan_.passes[passes - 1].reductions[i], total(partials[i], column), column);
      for (NodeId id = 0; id < g_.size(); ++id) {
        if (plan_.level[id] != Level::row || plan_.pass[id] != passes) continue;
        if (g_[id].op == Op::sparse_threshold) recall(id, column);
        if (is_reduction(g_[id].op)) continue;
        for (NodeId arg : g_[id].operands())
          if (plan_.pass[arg] != passes) recall(arg, column);
        set_row_value(id, row_value(id, column, mask), column);
      }
      if (last) store_of_rows(column, mask);
    });
  }

  Value* row_value(NodeId id, Value* column, Value* mask) {
    if (g_[id].op != Op::input) return emit(id, element_);
    const std::size_t i = g_[id].attribute[0];
    return from_pairs(i, load_vector(i, row_of(i, b_.getInt64(0), column), vector_stride(i), mask));
  }

  void set_row_value(NodeId id, Value* v, Value* column) {
    element_[id] = v;
    if (!saved_[id]) return;
    const DType dtype = g_[id].dtype;
    b_.CreateAlignedStore(to_memory(dtype, v), saved_place(id, column), align(dtype));
  }
  void recall(NodeId id, Value* column) {
    if (!saved_[id]) return;
    const DType dtype = g_[id].dtype;
    auto* type = llvm::FixedVectorType::get(memory_type(dtype), plan_.lanes);
    Value* v = b_.CreateAlignedLoad(type, saved_place(id, column), align(dtype));
    element_[id] = from_memory(dtype, v);
  }
  Value* saved_place(NodeId id, Value* column) {
    return b_.CreateGEP(memory_type(g_[id].dtype), saved_[id], column);
  }

  void store_of_rows(Value* column, Value* mask) {
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      if (plan_.store[o] == Level::element) continue;
      const std::size_t i = g_.inputs().size() + o;
      const NodeId node = g_.outputs()[o].node;
      if (plan_.pass[node] != plan_.passes.size()) recall(node, column);
      store_row(i, element_[node], row_of(i, b_.getInt64(0), column), mask);
    }
  }

  void store_row(std::size_t operand, Value* v, Value* where, Value* mask) {
    store_vector(operand, to_pairs(operand, v), where, vector_stride(operand), mask);
  }

  // --- passes --------------------------------------------------------------------------------

  void run_pass(std::size_t p) {
    const Pass& pass = plan_.passes[p];
    if (!pass.reductions.empty() && g_[pass.reductions[0]].op == Op::sparse_threshold) {
      threshold(pass);
      return stage(p + 1, {});
    }
    std::vector<Op> ops;
    std::vector<DType> dtypes;
    for (NodeId r : pass.reductions) ops.push_back(g_[r].op), dtypes.push_back(g_[r].dtype);
    const std::vector<Partials> partials = partials_of(ops, dtypes);
    walk(pass, partials, [&](const Position& at) {
      for (std::size_t i = 0; i < partials.size(); ++i)
        accumulate(partials[i], at, element_[g_[pass.reductions[i]].args[0]]);
    });
    stage(p + 1, partials);
  }

  // The pass again and again, until no row's threshold grows (ir/ops.def).
  void threshold(const Pass& pass) {
    const NodeId node = pass.reductions[0];
    const NodeId operand = g_[node].args[0];
    const DType dtype = g_[node].dtype;
    llvm::Type* type = vector_type(dtype);
    const auto number = [&](double x) { return llvm::ConstantFP::get(type, x); };
    each_column([&](Value* column) { set_row_value(node, number(-1), column); });
    Value* grows = stack(b_.getInt1Ty());
    BasicBlock* again = block("threshold");
    BasicBlock* behind = block("threshold.done");
    b_.CreateBr(again);
    b_.SetInsertPoint(again);
    b_.CreateStore(b_.getFalse(), grows);
    const std::vector<Partials> partials =
        partials_of({Op::reduce_sum, Op::reduce_sum}, {dtype, dtype});
    walk(pass, partials, [&](const Position& at) {
      recall(node, at.column);
      Value* a = element_[operand];
      Value* above = b_.CreateFCmpOGT(a, element_[node]);
      accumulate(partials[0], at, b_.CreateSelect(above, a, number(0)));
      accumulate(partials[1], at, b_.CreateSelect(above, number(1), number(0)));
    });
    each_column([&](Value* column) {
      Value* less_one = b_.CreateFSub(total(partials[0], column), number(1));
      Value* next = b_.CreateFDiv(less_one, total(partials[1], column));
      recall(node, column);
      Value* more = b_.CreateFCmpOGT(next, element_[node]);
      set_row_value(node, b_.CreateSelect(more, next, element_[node]), column);
      Value* any = b_.CreateOr(b_.CreateLoad(b_.getInt1Ty(), grows), b_.CreateOrReduce(more));
      b_.CreateStore(any, grows);
    });
    b_.CreateCondBr(b_.CreateLoad(b_.getInt1Ty(), grows), again, behind);
    b_.SetInsertPoint(behind);
  }

  // Runs through the elements of the block's rows: loads, computes, lets `reduce` see the values,
  // keeps, stores.
  void walk(const Pass& pass, const std::vector<Partials>& partials, const Reduce& reduce) {
    for (const Partials& p : partials) reset(p);
    outer_loops([&](const Position& from) {
      loop("element", b_.getInt64(0), dims_[inner()], 1, [&](Value* k) {
        Position at = moved(from, k);
        at.in_block = b_.CreateMul(at.linear, width_);
        at.partial = b_.CreateMul(b_.CreateAnd(k, b_.getInt64(reduction_partials - 1)), width_);
        each_column([&](Value* column) {
          at.column = column;
          step(pass, at, reduce);
        });
      });
    });
  }

  // One element of each of the lanes' rows.
  void step(const Pass& pass, const Position& at, const Reduce& reduce) {
    const std::vector<Value*> before = element_;
    const auto body = [&](const std::vector<Value*>& loaded) {
      recall_operands(pass, at.column);
      compute(pass, at, loaded);
      reduce(at);
      outputs_to_pairs(pass);
    };
    if (is_masked(pass)) {
      shared_step(
          b_.CreateSub(columns_, at.column),
          [&](Value* mask) { return load_inputs(pass, at, mask); }, body,
          [&](Value* mask) { store_outputs(pass, at, mask); }, !pass.stores.empty());
    } else {
      body(load_inputs(pass, at, nullptr));
      store_outputs(pass, at, nullptr);
    }
    element_ = before;
  }

  // Whether the last vector of a block is another one: where more than scratch memory is touched.
  bool is_masked(const Pass& pass) const {
    for (NodeId id : pass.compute)
      if (g_[id].op == Op::input) return true;
    return !pass.stores.empty();
  }

  void recall_operands(const Pass& pass, Value* column) {
    for (NodeId id : pass.compute)
      for (NodeId arg : g_[id].operands()) recall(arg, column);
    for (NodeId r : pass.reductions) recall(g_[r].args[0], column);
    for (std::size_t o : pass.stores) recall(g_.outputs()[o].node, column);
  }

  // --- partial results -----------------------------------------------------------------------

  std::vector<Partials> partials_of(const std::vector<Op>& reductions,
                                    const std::vector<DType>& dtypes) {
    std::vector<Partials> out;
    std::int64_t before = 0;
    for (std::size_t i = 0; i < reductions.size(); ++i) {
      Value* offset = b_.CreateMul(block_, bytes_of(before));
      out.push_back(
          {combination(reductions[i], dtypes[i]), b_.CreateGEP(b_.getInt8Ty(), partials_, offset)});
      before += reduction_partials * bytes(dtypes[i]);
    }
    return out;
  }
  // `index` counts the values before the partial results' own, `column` those in them.
  Value* partial_at(const Partials& p, Value* index, Value* column) {
    llvm::Type* type = register_type(p.how.dtype, context_);
    return b_.CreateGEP(type, p.array, b_.CreateAdd(index, column));
  }
  Value* load_partial(const Partials& p, Value* where) {
    return b_.CreateAlignedLoad(vector_type(p.how.dtype), where, align(p.how.dtype));
  }
  void combine_into(const Partials& p, Value* where, Value* v) {
    b_.CreateAlignedStore(combine(p.how, load_partial(p, where), v), where, align(p.how.dtype));
  }

  // So many of the partial results take part: short rows have no more elements. The others would
  // change nothing, neither a sum, which is never -0, nor an extremum.
  Value* taking_part() {
    return b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, dims_[inner()],
                                    b_.getInt64(reduction_partials));
  }

  // --- rows in registers ---------------------------------------------------------------------

  // Where the loop over a row's elements can be written out: that takes as long to compile as it
  // has instructions, of which casts to 16 bits are many.
  bool fits_registers() const {
    constexpr std::int64_t most_elements = 16, most_instructions = 256;
    if (!is_short() || *plan_.row_extent > most_elements) return false;
    std::int64_t instructions = 0;
    for (const Pass& pass : plan_.passes) {
      for (NodeId r : pass.reductions)
        if (g_[r].op == Op::sparse_threshold) return false;
      for (NodeId id : pass.compute) {
        if (is_storage_only(g_[id].dtype)) return false;
        const auto bits = static_cast<unsigned>(8 * bytes(g_[id].dtype)) * plan_.lanes;
        if (!is_leaf(g_[id].op)) instructions += std::max(1u, bits / plan_.target.vector_bits);
      }
    }
    return instructions * *plan_.row_extent <= most_instructions;
  }

  void process_in_registers() {
    kept_values_.assign(g_.size(), {});
    row_values_behind(0);
    for (std::size_t p = 0; p < plan_.passes.size(); ++p) {
      const Pass& pass = plan_.passes[p];
      std::vector<std::vector<Value*>> parts(pass.reductions.size());
      for (std::int64_t k = 0; k < *plan_.row_extent; ++k) {
        element_in_registers(pass, static_cast<std::uint64_t>(k));
        for (std::size_t i = 0; i < parts.size(); ++i)
          parts[i].push_back(element_[g_[pass.reductions[i]].args[0]]);
      }
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const NodeId r = pass.reductions[i];
        element_[r] = short_total(combination(g_[r].op, g_[r].dtype), [&](std::int64_t k) {
          return parts[i][static_cast<std::size_t>(k)];
        });
      }
      row_values_behind(p + 1);
    }
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      if (plan_.store[o] == Level::element) continue;
      const std::size_t i = g_.inputs().size() + o;
      store_row(i, element_[g_.outputs()[o].node], base_[i], nullptr);
    }
  }

  void row_values_behind(std::size_t passes) {
    for (NodeId id = 0; id < g_.size(); ++id)
      if (plan_.level[id] == Level::row && plan_.pass[id] == passes && !is_reduction(g_[id].op))
        element_[id] = row_value(id, b_.getInt64(0), nullptr);
  }

  void element_in_registers(const Pass& pass, std::uint64_t k) {
    Position at;
    at.column = b_.getInt64(0);
    for (std::size_t o = 0; o < plan_.operands(); ++o)
      at.offset.push_back(b_.CreateMul(b_.getInt64(k), strides_[o][inner()]));
    const std::vector<Value*> loaded = load_inputs(pass, at, nullptr);
    for (NodeId id : pass.load) element_[id] = kept_values_[id][k];
    for (NodeId id : pass.compute) element_[id] = value_of(id, loaded);
    for (NodeId id : pass.keep) kept_values_[id].push_back(element_[id]);
    const std::vector<Value*> values = element_;
    outputs_to_pairs(pass);
    store_outputs(pass, at, nullptr);
    element_ = values;
  }

  // --- short rows ----------------------------------------------------------------------------

  // Rows known to be so short that each element is a partial result.
  bool is_short() const {
    return plan_.layout.reduced == 1 && plan_.row_extent && *plan_.row_extent <= reduction_partials;
  }

  void reset(const Partials& p) {
    if (is_short()) return;
    Value* count = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, taking_part(),
                                            b_.getInt64(reduction_partials / 2));
    loop("reset", b_.getInt64(0), b_.CreateMul(count, width_), plan_.lanes, [&](Value* i) {
      b_.CreateAlignedStore(p.how.identity, partial_at(p, b_.getInt64(0), i), align(p.how.dtype));
    });
  }

  void accumulate(const Partials& p, const Position& at, Value* v) {
    Value* where = partial_at(p, at.partial, at.column);
    if (is_short())
      b_.CreateAlignedStore(v, where, align(p.how.dtype));
    else
      combine_into(p, where, v);
  }

  // In halves, as ir/axes.h says; the upper one as far as there is one.
  Value* total(const Partials& p, Value* column) {
    const auto load = [&](std::int64_t i) {
      Value* before = b_.CreateMul(width_, b_.getInt64(static_cast<std::uint64_t>(i)));
      return load_partial(p, partial_at(p, before, column));
    };
    if (is_short()) return short_total(p.how, load);
    constexpr std::int64_t half = reduction_partials / 2;
    Value* lower = b_.CreateMul(b_.getInt64(std::uint64_t{half}), width_);
    loop("upper", lower, b_.CreateMul(taking_part(), width_), width_, [&](Value* i) {
      Value* upper = load_partial(p, partial_at(p, i, column));
      combine_into(p, partial_at(p, b_.CreateSub(i, lower), column), upper);
    });
    return combined(p.how, half, load);
  }

  // Of elements that were not combined with the identity, which makes the sum of -0 a 0.
  template <class Load>
  Value* short_total(const Combination& how, Load load) {
    return combine(how, how.identity, combined(how, *plan_.row_extent, load));
  }

  Value* block_ = nullptr;                        // rows of a block at most
  Value* columns_ = nullptr;                      // rows of this one
  Value* width_ = nullptr;                        // the same, in whole vectors
  std::vector<Value*> kept_, saved_;              // by node, in scratch memory
  Value* partials_ = nullptr;                     // of the pass
  std::vector<std::vector<Value*>> kept_values_;  // by node and element, in registers
};

}  // namespace

void emit_across_rows(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  AcrossRowsEmitter(plan, module, symbol).run();
}

}  // namespace actjit
