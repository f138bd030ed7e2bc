// What kernels with reductions have in common, along rows and across them: the passes of the plan,
// whose elements are loaded, computed, kept and stored. Internal to the emitters.
#pragma once

#include <functional>
#include <vector>

#include "codegen/emit_nest.h"

namespace actjit {

class RowEmitter : public NestEmitter {
 protected:
  RowEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol);

  // A place in the row: offsets of the operands and how many elements came before. Across rows,
  // where a block of them is done at a time, also how many values of the block, how many partial
  // results, and the row of the first lane. Along them, so many elements more, which an address
  // has in it.
  struct Position {
    std::vector<Value*> offset;
    Value* linear = nullptr;
    Value* in_block = nullptr;
    Value* partial = nullptr;
    Value* column = nullptr;
    std::uint64_t ahead = 0;
  };
  // What a reduction combines with, and what it begins with.
  struct Combination {
    Op op = Op::add;
    DType dtype = DType::f64;
    llvm::Constant* identity = nullptr;
    bool skips_nan = false;
  };

  void prepare() override;

  // The address of an element of an operand at a position, and how far the next lane's lies.
  virtual Value* place(std::size_t operand, const Position& at) = 0;
  virtual Value* vector_stride(std::size_t operand) = 0;
  // Where the first lane's value of a kept node is.
  virtual Value* kept_place(NodeId id, const Position& at) = 0;
  // Values of an operand, and back; `mask` as load_vector() has it.
  virtual Value* load_elements(std::size_t operand, const Position& at, Value* mask);
  virtual void store_elements(std::size_t operand, Value* v, const Position& at, Value* mask);

  std::size_t inner() const { return loops_ - 1; }
  // Through the reduced loops but the last.
  void outer_loops(const std::function<void(const Position&)>& body);
  Position moved(const Position& at, Value* k);

  std::vector<Value*> load_inputs(const Pass& pass, const Position& at, Value* mask);
  // A node of an element, in all lanes.
  Value* value_of(NodeId id, const std::vector<Value*>& loaded);
  void compute(const Pass& pass, const Position& at, const std::vector<Value*>& loaded);
  // Puts the outputs of a step in element_ in pairs, for its stores.
  void outputs_to_pairs(const Pass& pass);
  void store_outputs(const Pass& pass, const Position& at, Value* mask);

  Combination combination(Op reduction, DType dtype);
  Value* combine(const Combination& how, Value* so_far, Value* more) {
    return ops_.combine(how.op, is_float(how.dtype), so_far, more, how.skips_nan);
  }
  // An element that stands for a partial result: what is passed over may come second only.
  Value* as_partial(const Combination& how, Value* element) {
    return how.skips_nan ? combine(how, how.identity, element) : element;
  }
  // `count` partial results combined in halves, as ir/axes.h says, of which load(i) gives each: of
  // every `step` of them from the first on.
  template <class Load>
  Value* combined(const Combination& how, std::int64_t count, Load load, std::int64_t first = 0,
                  std::int64_t step = 1) {
    if (first + step >= count) return load(first);
    Value* lower = combined(how, count, load, first, 2 * step);
    if (first + 2 * step >= count) lower = as_partial(how, lower);
    return combine(how, lower, combined(how, count, load, first + step, 2 * step));
  }
  llvm::Type* vector_type(DType dtype) {
    return llvm::FixedVectorType::get(register_type(dtype, context_), plan_.lanes);
  }
  // Memory of the function, which becomes registers where no index depends on the data.
  Value* stack(llvm::Type* type);
  // Returns 2 from the kernel if the call's scratch memory is less than that.
  void refuse_less_scratch_than(Value* bytes);

  const std::size_t kept_loops_, loops_;
  Value* row_length_ = nullptr;
  std::vector<Value*> base_;     // where the row, or the first of several, begins in each operand
  std::vector<Value*> element_;  // by node: values in all lanes

 private:
  void outer_loop(std::size_t d, const Position& at,
                  const std::function<void(const Position&)>& body);
};

// The kernel of a plan whose vectors lie along rows, of one where they lie across, and of one where
// they do that with rows that are turned.
void emit_along_rows(const Plan& plan, llvm::Module& module, const std::string& symbol);
void emit_turned_rows(const Plan& plan, llvm::Module& module, const std::string& symbol);
void emit_across_rows(const Plan& plan, llvm::Module& module, const std::string& symbol);

}  // namespace actjit
