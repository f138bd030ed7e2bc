#include "tests/support/arrange.h"

#include <algorithm>
#include <thread>

#include "ir/pipeline.h"
#include "ir/print.h"

namespace actjit::test {

namespace {

// Element by element where that is possible: without the interpreter's broadcasts.
std::vector<Tensor> oracle(const Graph& primitives, std::span<const Tensor> inputs,
                           std::span<const double> scalars) {
  if (has_axes(primitives)) return interpret_primitives(primitives, inputs, scalars);
  return run_oracle(primitives, inputs, scalars);
}

// A thread for each index.
void run_in_threads(void*, std::int64_t count, void (*body)(void*, std::int64_t), void* state) {
  std::vector<std::thread> threads;
  for (std::int64_t i = 0; i < count; ++i) threads.emplace_back(body, state, i);
  for (std::thread& t : threads) t.join();
}

}  // namespace

Call make_call(const Graph& graph, Tier tier, std::vector<Tensor> inputs, Random& random) {
  const Result<Lowered> lowered = lower(graph, tier);
  EXPECT_TRUE(succeeded(lowered)) << print(graph);
  Call call{graph, tier, lowered->expanded, std::move(inputs), {}, {}};
  for (std::size_t i = 0; i < graph.scalars().size(); ++i)
    call.scalars.push_back(f64_of(random_element(DType::f64, random)));
  call.want = oracle(call.primitives, call.inputs, call.scalars);
  return call;
}

Call make_call(const Graph& graph, Tier tier, const std::vector<std::vector<std::int64_t>>& dims,
               Random& random) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < dims.size(); ++i)
    inputs.push_back(random_tensor(graph[graph.inputs()[i].node].dtype, dims[i], random));
  return make_call(graph, tier, std::move(inputs), random);
}

namespace {

class Arranged {
 public:
  Arranged(const Call& call, const Arrangement& how, Random& random)
      : call_(call), how_(how), random_(random) {
    choose_places();
    place();
    if (how.in_place && has_axes(call.graph) && is_refused()) {
      host_.assign(call_.want.size(), nowhere);
      place();
    }
  }

  testing::AssertionResult run(const Target& target, const Kernel* given) {
    Result<Kernel> kernel = given ? Result<Kernel>(*given) : compile(target);
    if (!kernel) return succeeded(kernel);
    call_.kernels.push_back(*kernel);
    const ParallelFor parallel{.run = run_in_threads, .threads = how_.threads};
    const Result<void> done = how_.pieces ? call_in_pieces(*kernel)
                                          : (*kernel)(inputs_, outputs_, call_.scalars, &parallel);
    if (!done) return succeeded(done);
    return compare();
  }

 private:
  static constexpr std::size_t nowhere = ~std::size_t{0};

  // For each output an input that it may lie on.
  void choose_places() {
    host_.assign(call_.want.size(), nowhere);
    if (!how_.in_place) return;
    for (std::size_t o = 0; o < host_.size(); ++o)
      for (std::size_t i = 0; i < call_.inputs.size() && host_[o] == nowhere; ++i) {
        const Tensor& in = call_.inputs[i];
        const Tensor& out = call_.want[o];
        const bool taken = std::find(host_.begin(), host_.end(), i) != host_.end();
        if (!taken && in.dims == out.dims && bytes(in.dtype) == bytes(out.dtype) &&
            (has_axes(call_.graph) || moves_everywhere(out)))
          host_[o] = i;
      }
  }

  // Outputs smaller than the iteration are computed more than once; they are refused in place.
  bool moves_everywhere(const Tensor& out) const {
    for (const Tensor& other : call_.want) {
      if (other.dims.size() > out.dims.size()) return false;
      const std::size_t offset = out.dims.size() - other.dims.size();
      for (std::size_t d = 0; d < other.dims.size(); ++d)
        if (other.dims[d] > out.dims[offset + d]) return false;
    }
    return true;
  }

  // Along axes more may be read again than a look at shapes can tell.
  bool is_refused() const {
    const auto bound = bind_call(call_.graph, schedule(call_.graph), inputs_, outputs_);
    return !bound && bound.error().code == ErrorCode::invalid_argument;
  }

  void place() {
    placed_.clear(), before_.clear(), inputs_.clear(), outputs_.clear();
    for (std::size_t i = 0; i < call_.inputs.size(); ++i) {
      const Tensor& t = call_.inputs[i];
      const bool written = std::find(host_.begin(), host_.end(), i) != host_.end();
      const auto strides =
          random_strides(t.dims, how_.strides, how_.strides == Strides::any && !written, random_);
      placed_.emplace_back(t.dtype, t.dims, strides, random_);
      placed_.back().fill(t);
      before_.push_back(placed_.back().read());
      inputs_.push_back(placed_.back().view());
    }
    for (std::size_t o = 0; o < call_.want.size(); ++o) {
      const Tensor& t = call_.want[o];
      if (host_[o] != nowhere) {
        outputs_.push_back(inputs_[host_[o]]);
        outputs_.back().dtype = t.dtype;
        continue;
      }
      placed_.emplace_back(t.dtype, t.dims, random_strides(t.dims, how_.strides, false, random_),
                           random_);
      outputs_.push_back(placed_.back().view());
    }
  }

  Result<Kernel> compile(const Target& target) {
    const Result<Spec> spec = make_spec(call_.graph, inputs_, outputs_, call_.tier, target.name);
    if (!spec) return spec.error();
    return engine().compile(call_.graph, *spec);
  }

  Result<void> call_in_pieces(const Kernel& kernel) {
    const Result<BoundCall> bound = kernel.bind(inputs_, outputs_, call_.scalars);
    if (!bound) return bound.error();
    for (std::size_t step = 0; step < kernel.steps(); ++step)
      if (auto done = step_in_pieces(kernel, bound->call(step), step); !done) return done;
    return {};
  }

  Result<void> step_in_pieces(const Kernel& kernel, actjit_call call, std::size_t step) {
    std::vector<std::int64_t> cuts{0, call.end};
    for (std::uint64_t n = random_.below(6); n > 0; --n)
      cuts.push_back(random_.between(0, call.end));
    std::sort(cuts.begin(), cuts.end());
    std::vector<std::size_t> order(cuts.size() - 1);
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
      std::swap(order[i], order[random_.below(i + 1)]);
    }
    for (std::size_t i : order) {
      call.begin = cuts[i];
      call.end = cuts[i + 1];
      if (kernel.entry(step)(&call) != 0)
        return make_error(ErrorCode::internal, "the call is refused");
    }
    return {};
  }

  testing::AssertionResult compare() {
    for (std::size_t i = 0; i < placed_.size(); ++i)
      if (!placed_[i].surroundings_intact())
        return testing::AssertionFailure() << "operand " << i << ": bytes beside it were written";
    std::vector<Tensor> got;
    for (std::size_t o = 0, next = inputs_.size(); o < call_.want.size(); ++o) {
      got.push_back(host_[o] == nowhere ? placed_[next++].read() : placed_[host_[o]].read());
      got.back().dtype = call_.want[o].dtype;
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (std::find(host_.begin(), host_.end(), i) == host_.end() &&
          placed_[i].read().elements != before_[i].elements)
        return testing::AssertionFailure() << "the input " << i << " was written";
    return same_tensors(got, want());
  }

  // An input that repeats elements (stride 0) holds what was written there last.
  std::vector<Tensor> want() const {
    for (std::size_t i = 0; i < before_.size(); ++i)
      if (before_[i].elements != call_.inputs[i].elements)
        return oracle(call_.primitives, before_, call_.scalars);
    return call_.want;
  }

  const Call& call_;
  const Arrangement& how_;
  Random& random_;
  std::vector<std::size_t> host_;  // by output: the input it lies on
  std::vector<Placed> placed_;     // the inputs, then the outputs that lie on none
  std::vector<Tensor> before_;     // by input
  std::vector<TensorView> inputs_;
  std::vector<TensorView> outputs_;
};

}  // namespace

testing::AssertionResult right_when_arranged(const Call& call, const Target& target,
                                             const Arrangement& how, Random& random,
                                             const Kernel* kernel) {
  return Arranged(call, how, random).run(target, kernel);
}

}  // namespace actjit::test
