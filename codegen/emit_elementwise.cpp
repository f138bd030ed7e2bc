// Kernels without reductions.
#include "codegen/emit_elementwise.h"

#include "codegen/emit_nest.h"

namespace actjit {

namespace {

using llvm::Value;

class ElementwiseEmitter final : public NestEmitter {
 public:
  ElementwiseEmitter(const Plan& plan, llvm::Module& module, const std::string& symbol)
      : NestEmitter(plan, module, symbol),
        splat_(plan.graph.size(), nullptr),
        vector_(plan.graph.size(), nullptr) {}

 private:
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

  void run_elements(Value* length) {
    if (plan_.unroll == 1) {
      loop("step", b_.getInt64(0), length, plan_.lanes,
           [&](Value* k) { whole_or_last_step(k, b_.CreateSub(length, k)); });
      return;
    }
    const std::uint64_t step = std::uint64_t{plan_.lanes} * plan_.unroll;
    Value* whole = b_.CreateAnd(length, b_.getInt64(~(step - 1)));
    Value* at = loop("main", b_.getInt64(0), whole, step, [&](Value* k) { steps(k); });
    loop("tail", at, length, plan_.lanes,
         [&](Value* k) { masked_step(k, b_.CreateSub(length, k)); });
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

  void whole_or_last_step(Value* k, Value* left) {
    std::vector<Value*> results;
    shared_step(
        left, [&](Value* mask) { return load_inputs(k, mask); },
        [&](const std::vector<Value*>& loaded) { results = compute(loaded); },
        [&](Value* mask) { store_outputs(k, results, mask); });
  }

  void masked_step(Value* k, Value* left) {
    Value* mask = first_lanes(left);
    store_outputs(k, compute(load_inputs(k, mask)), mask);
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
      vector_[id] = n.op == Op::input ? inputs[n.attribute[0]] : emit(id, vector_);
    }
    std::vector<Value*> out;
    for (const Output& o : g_.outputs()) out.push_back(vector_[o.node]);
    return out;
  }

  // Where step k of an operand begins.
  Value* at(std::size_t operand, Value* k) {
    const bool strided = access(operand) == Access::strided;
    return address(operand, row_data_[operand],
                   strided ? b_.CreateMul(k, strides_[operand].back()) : k);
  }

  std::vector<Value*> load_inputs(Value* k, Value* mask) {
    std::vector<Value*> out(g_.inputs().size(), nullptr);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (access(i) != Access::zero) out[i] = load_vector(i, at(i, k), strides_[i].back(), mask);
    return out;
  }

  void store_outputs(Value* k, const std::vector<Value*>& values, Value* mask) {
    for (std::size_t o = 0; o < values.size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) != Access::zero) store_vector(i, values[o], at(i, k), strides_[i].back(), mask);
    }
  }

  void store_row_outputs() {
    for (std::size_t o = 0; o < g_.outputs().size(); ++o) {
      const std::size_t i = g_.inputs().size() + o;
      if (access(i) == Access::zero) store_one(i, scalar_[g_.outputs()[o].node], row_data_[i]);
    }
  }

  std::vector<Value*> row_data_;  // where the row's range begins in each operand
  std::vector<Value*> splat_;     // by node: the same in all lanes
  std::vector<Value*> vector_;    // by node: values of the step at hand
};

}  // namespace

void emit_elementwise(const Plan& plan, llvm::Module& module, const std::string& symbol) {
  ElementwiseEmitter(plan, module, symbol).run();
}

}  // namespace actjit
