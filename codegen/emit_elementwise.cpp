// Kernels without reductions.
#include "codegen/emit_elementwise.h"

#include <llvm/IR/IntrinsicsX86.h>

#include <cstddef>

#include "codegen/call.h"
#include "codegen/emit_nest.h"

namespace actjit {

namespace {

using llvm::Value;

// In long calls inputs are fetched so far ahead: about what memory takes to answer.
constexpr std::uint64_t bytes_ahead = 2048;
constexpr std::uint64_t line_bytes = 64;
// Shorter calls find their inputs in the nearer caches, which answer soon enough.
constexpr std::uint64_t long_items = std::uint64_t{1} << 16;

class ElementwiseEmitter final : public NestEmitter {
 public:
  ElementwiseEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : NestEmitter(plan, module, symbol),
        splat_(plan.graph.size(), nullptr),
        vector_(plan.graph.size(), nullptr) {}

 private:
  // Stores a vector of an operand there.
  using Store = std::function<void(std::size_t operand, Value* v, Value* where)>;

  void run_row(const Row& row, Value* length) override {
    row_data_.clear();
    for (std::size_t i = 0; i < plan_.operands(); ++i) {
      Value* column = b_.CreateMul(row.column, strides_[i].back());
      row_data_.push_back(address(i, data_[i], b_.CreateAdd(row.offset[i], column)));
    }
    row_nodes();
    make_splats();
    run_elements(length);
    // Last, for an output of one element a row may lie on an input of that row.
    store_row_outputs();
  }

  // Where stores go past the caches, the first elements are a part of their own, behind which the
  // outputs are aligned.
  void run_elements(Value* length) {
    if (!call_streams_) return run_part(b_.getInt64(0), length);
    Value* head = begin_streaming(length);
    Value* none = b_.CreateIsNull(head);
    loop("part", b_.CreateZExt(none, b_.getInt64Ty()), b_.getInt64(2), 1, [&](Value* part) {
      Value* is_head = b_.CreateIsNull(part);
      run_part(b_.CreateSelect(is_head, b_.getInt64(0), head),
               b_.CreateSelect(is_head, head, length));
    });
  }

  void run_part(Value* from, Value* to) {
    if (plan_.unroll == 1) {
      loop("step", from, to, plan_.lanes,
           [&](Value* k) { whole_or_last_step(k, b_.CreateSub(to, k)); });
      return;
    }
    const std::uint64_t step = std::uint64_t{plan_.lanes} * plan_.unroll;
    Value* whole = b_.CreateAnd(b_.CreateSub(to, from), b_.getInt64(~(step - 1)));
    Value* at = loop("main", from, b_.CreateAdd(from, whole), step, [&](Value* k) { steps(k); });
    loop("tail", at, to, plan_.lanes, [&](Value* k) { masked_step(k, b_.CreateSub(to, k)); });
  }

  // --- stores past the caches ----------------------------------------------------------------

  void prepare() override {
    is_long_ = b_.CreateICmpUGE(b_.CreateSub(end_, begin_), b_.getInt64(long_items));
    prepare_streaming();
  }

  // Only whole vectors are, and only where all outputs have some.
  void prepare_streaming() {
    for (std::size_t o = 0; o < g_.outputs().size(); ++o)
      if (access(g_.inputs().size() + o) != Access::unit) return;
    Value* flags = field(offsetof(actjit_call, flags), b_.getInt64Ty());
    Value* streams = b_.CreateAnd(flags, b_.getInt64(ACTJIT_CALL_STREAMS));
    call_streams_ = b_.CreateIsNotNull(streams);
  }

  // Finds out whether the row's stores go past the caches, and how many elements lie ahead of where
  // they begin: less than a vector.
  Value* begin_streaming(Value* length) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    llvm::BasicBlock* streaming = block("streaming");
    llvm::BasicBlock* behind = block("behind");
    b_.CreateCondBr(call_streams_, streaming, behind);
    b_.SetInsertPoint(streaming);
    Value* head = unaligned_elements(length);
    b_.CreateBr(behind);
    b_.SetInsertPoint(behind);
    const auto merged = [&](Value* elsewhere, Value* here) {
      llvm::PHINode* phi = b_.CreatePHI(here->getType(), 2);
      phi->addIncoming(elsewhere, before);
      phi->addIncoming(here, streaming);
      return phi;
    };
    row_streams_ = merged(b_.getFalse(), row_streams_);
    return merged(b_.getInt64(0), head);
  }

  // Those ahead of where the first output is aligned. The others must be aligned there too, and a
  // short row has more ends than whole vectors.
  Value* unaligned_elements(Value* length) {
    const std::uint64_t least = 16 * std::uint64_t{plan_.lanes};
    row_streams_ = b_.CreateICmpUGE(length, b_.getInt64(least));
    Value* head = nullptr;
    for (std::size_t i = g_.inputs().size(); i < plan_.operands(); ++i) {
      const auto size = static_cast<std::uint64_t>(bytes(operand_dtype(i)));
      Value* ahead = b_.CreateNeg(b_.CreatePtrToInt(row_data_[i], b_.getInt64Ty()));
      ahead = b_.CreateAnd(ahead, b_.getInt64(size * plan_.lanes - 1));
      ahead = b_.CreateUDiv(ahead, b_.getInt64(size));
      if (head) row_streams_ = b_.CreateAnd(row_streams_, b_.CreateICmpEQ(ahead, head));
      if (!head) head = ahead;
    }
    return b_.CreateSelect(row_streams_, head, b_.getInt64(0));
  }

  void finish() override {
    if (!call_streams_) return;
    // Threads that wait for this one are to see what it stored.
    either(
        call_streams_, [&] { b_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}); }, [] {});
  }

  template <class Then, class Else>
  void either(Value* condition, Then then, Else otherwise) {
    llvm::BasicBlock* yes = block("then");
    llvm::BasicBlock* no = block("else");
    llvm::BasicBlock* behind = block("behind");
    b_.CreateCondBr(condition, yes, no);
    b_.SetInsertPoint(yes);
    then();
    b_.CreateBr(behind);
    b_.SetInsertPoint(no);
    otherwise();
    b_.CreateBr(behind);
    b_.SetInsertPoint(behind);
  }

  // --- steps ---------------------------------------------------------------------------------

  // The vector steps of one iteration: all loads come first and all stores last, so that the steps
  // may overlap and an output may lie exactly where an input lies.
  void steps(Value* k) {
    fetch_ahead(k);
    std::vector<std::vector<Value*>> loaded(plan_.unroll);
    std::vector<Value*> at(plan_.unroll);
    for (unsigned u = 0; u < plan_.unroll; ++u) {
      at[u] = b_.CreateAdd(k, b_.getInt64(std::uint64_t{u} * plan_.lanes));
      loaded[u] = load_inputs(at[u], nullptr);
    }
    std::vector<std::vector<Value*>> results;
    for (unsigned u = 0; u < plan_.unroll; ++u) results.push_back(compute(loaded[u]));
    store_whole([&](const Store& store) {
      for (unsigned u = 0; u < plan_.unroll; ++u) store_outputs(at[u], results[u], store);
    });
  }

  // Stores of whole vectors, in both ways there are.
  template <class Body>
  void store_whole(Body body) {
    const auto plain = [&] {
      body([&](std::size_t i, Value* v, Value* where) {
        store_vector(i, v, where, strides_[i].back(), nullptr);
      });
    };
    if (!call_streams_) return plain();
    const auto streaming = [&] {
      body([&](std::size_t i, Value* v, Value* where) { stream_vector(i, v, where); });
    };
    either(row_streams_, streaming, plain);
  }

  void whole_or_last_step(Value* k, Value* left) {
    std::vector<Value*> results;
    shared_step(
        left,
        [&](Value* mask) {
          if (!mask) fetch_ahead(k);
          return load_inputs(k, mask);
        },
        [&](const std::vector<Value*>& loaded) { results = compute(loaded); },
        [&](Value* mask) {
          if (mask) return store_masked(k, results, mask);
          store_whole([&](const Store& store) { store_outputs(k, results, store); });
        });
  }

  void masked_step(Value* k, Value* left) {
    Value* mask = first_lanes(left);
    store_masked(k, compute(load_inputs(k, mask)), mask);
  }

  // Nodes computed in one lane once a row.
  void row_nodes() {
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (plan_.level[id] != Level::row) continue;
      const Node& n = g_[id];
      scalar_[id] = n.op == Op::input ? load_one(n.attribute[0], row_data_[n.attribute[0]])
                                      : emit(id, scalar_);
    }
  }

  // Vectors of what does not change along the row, made before its loops.
  void make_splats() {
    for (NodeId id = 0; id < g_.size(); ++id)
      splat_[id] = scalar_[id] ? splat(scalar_[id]) : nullptr;
  }

  // The outputs, in vectors, from the loaded inputs.
  std::vector<Value*> compute(const std::vector<Value*>& inputs) {
    vector_ = splat_;
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (plan_.level[id] != Level::element) continue;
      const Node& n = g_[id];
      vector_[id] = n.op == Op::input ? from_pairs(n.attribute[0], inputs[n.attribute[0]])
                                      : emit(id, vector_);
    }
    std::vector<Value*> out;
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      const NodeId node = g_.outputs()[o].node;
      const bool differs = plan_.level[node] == Level::element;
      out.push_back(differs ? to_pairs(g_.inputs().size() + o, vector_[node]) : vector_[node]);
    }
    return out;
  }

  // Where step k of an operand begins.
  Value* at(std::size_t operand, Value* k) {
    const bool strided = access(operand) == Access::strided;
    return address(operand, row_data_[operand],
                   strided ? b_.CreateMul(k, strides_[operand].back()) : k);
  }

  // The lines of an iteration some iterations later. What the processor fetches by itself comes too
  // late for long bodies, of which it sees but few at a time, and ends where a page does.
  void fetch_ahead(Value* k) {
    const auto fetch = [&] {
      for (std::size_t i = 0; i < g_.inputs().size(); ++i) {
        if (access(i) != Access::unit) continue;
        const auto size = static_cast<std::uint64_t>(bytes(operand_dtype(i)));
        for (std::uint64_t b = 0; b < size * plan_.lanes * plan_.unroll; b += line_bytes)
          prefetch(b_.CreateGEP(b_.getInt8Ty(), at(i, k), b_.getInt64(bytes_ahead + b)));
      }
    };
    either(is_long_, fetch, [] {});
  }
  void prefetch(Value* where) {
    constexpr int read = 0, all_caches = 3, data = 1;
    b_.CreateIntrinsic(llvm::Intrinsic::prefetch, {b_.getPtrTy()},
                       {where, b_.getInt32(read), b_.getInt32(all_caches), b_.getInt32(data)});
  }

  std::vector<Value*> load_inputs(Value* k, Value* mask) {
    std::vector<Value*> out(g_.inputs().size(), nullptr);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (access(i) != Access::zero) out[i] = load_vector(i, at(i, k), strides_[i].back(), mask);
    return out;
  }

  void store_outputs(Value* k, const std::vector<Value*>& values, const Store& store) {
    for (std::size_t o = 0; o < values.size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) != Access::zero) store(i, values[o], at(i, k));
    }
  }
  void store_masked(Value* k, const std::vector<Value*>& values, Value* mask) {
    store_outputs(k, values, [&](std::size_t i, Value* v, Value* where) {
      store_vector(i, v, where, strides_[i].back(), mask);
    });
  }

  void store_row_outputs() {
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) == Access::zero) store_one(i, scalar_[g_.outputs()[o].node], row_data_[i]);
    }
  }

  Value* is_long_ = nullptr;       // whether the call is
  Value* call_streams_ = nullptr;  // whether stores may go past the caches; null where none can
  Value* row_streams_ = nullptr;   // whether those of the row do
  std::vector<Value*> row_data_;   // where the row's range begins in each operand
  std::vector<Value*> splat_;      // by node: the same in all lanes
  std::vector<Value*> vector_;     // by node: values of the step at hand
};

}  // namespace

void emit_elementwise(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  ElementwiseEmitter(plan, module, symbol).run();
}

}  // namespace actjit
