// oneDNN: eltwise forward and backward, softmax, and a bias with an activation behind it.
#include <omp.h>

#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <stdexcept>

#include "tools/bench/peers/make.h"

namespace actjit::bench {

namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

struct Eltwise {
  algorithm kind;
  float alpha = 0, beta = 0;
};

std::optional<Eltwise> eltwise_of(std::string_view workload) {
  static const std::map<std::string_view, Eltwise> table{
      {"relu", {algorithm::eltwise_relu}},
      {"elu", {algorithm::eltwise_elu, 1.0F}},
      {"sigmoid", {algorithm::eltwise_logistic}},
      {"tanh", {algorithm::eltwise_tanh}},
      {"silu", {algorithm::eltwise_swish, 1.0F}},
      {"gelu", {algorithm::eltwise_gelu_erf}},
      {"gelu_tanh", {algorithm::eltwise_gelu_tanh}},
      {"hard_silu", {algorithm::eltwise_hardswish}},
      {"softplus", {algorithm::eltwise_soft_relu}},
      {"mish", {algorithm::eltwise_mish}},
      {"exp", {algorithm::eltwise_exp}},
      {"log_sigmoid", {algorithm::eltwise_logsigmoid}},
      {"gelu_grad", {algorithm::eltwise_gelu_erf}},
      {"silu_grad", {algorithm::eltwise_swish, 1.0F}}};
  const auto found = table.find(workload);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::optional<memory::data_type> type_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return memory::data_type::f32;
    case DType::bf16: return memory::data_type::bf16;
    case DType::f16: return memory::data_type::f16;
    default: return std::nullopt;
  }
}

// A primitive and its tensors, ready to run.
struct Ready {
  dnnl::stream stream;
  dnnl::primitive primitive;
  std::unordered_map<int, memory> tensors;

  Work work(int threads) {
    omp_set_num_threads(threads);
    return [ready = *this] { ready.primitive.execute(ready.stream, ready.tensors); };
  }
};

class Dnnl : public Peer {
 public:
  explicit Dnnl(const char* name) : Peer(name) {}

  Work prepare(const Job& job) const override {
    const auto type = type_of(job.cell.dtype);
    if (!type) return {};
    omp_set_num_threads(job.threads());
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    const Builder b{job, engine, *type};
    const std::string_view name = job.cell.workload->name;
    if (name == "softmax" || name == "log_softmax") return b.softmax(name == "log_softmax");
    if (name == "softmax_grad") return b.softmax_grad();
    if (name == "gelu_bias") return b.gelu_bias();
    const auto eltwise = eltwise_of(name);
    if (!eltwise) return {};
    return name.ends_with("_grad") ? b.backward(*eltwise) : b.forward(*eltwise);
  }

 private:
  struct Builder {
    const Job& job;
    const dnnl::engine& engine;
    memory::data_type type;

    memory::desc desc() const {
      const Cell& c = job.cell;
      if (c.workload->form == Form::flat) return {{c.inner}, type, memory::format_tag::a};
      return {{c.outer, c.inner}, type, memory::format_tag::ab};
    }
    int axis() const { return job.cell.first_axis ? 0 : 1; }
    memory tensor(const memory::desc& d, const void* data) const {
      return {d, engine, const_cast<void*>(data)};
    }
    Work ready(dnnl::primitive p, std::unordered_map<int, memory> tensors) const {
      return Ready{dnnl::stream(engine), std::move(p), std::move(tensors)}.work(job.threads());
    }

    Work forward(const Eltwise& e) const {
      const memory::desc d = desc();
      const dnnl::eltwise_forward::primitive_desc p(
          {prop_kind::forward_inference, e.kind, d, e.alpha, e.beta}, engine);
      return ready(dnnl::eltwise_forward(p), {{DNNL_ARG_SRC, tensor(d, job.inputs[0])},
                                              {DNNL_ARG_DST, tensor(d, job.output)}});
    }
    Work backward(const Eltwise& e) const {
      const memory::desc d = desc();
      const dnnl::eltwise_forward::primitive_desc hint(
          {prop_kind::forward_training, e.kind, d, e.alpha, e.beta}, engine);
      const dnnl::eltwise_backward::primitive_desc p({e.kind, d, d, e.alpha, e.beta}, engine, hint);
      return ready(dnnl::eltwise_backward(p), {{DNNL_ARG_SRC, tensor(d, job.inputs[0])},
                                               {DNNL_ARG_DIFF_DST, tensor(d, job.inputs[1])},
                                               {DNNL_ARG_DIFF_SRC, tensor(d, job.output)}});
    }
    template <class Forward>
    Work softmax_with() const {
      const memory::desc d = desc();
      const typename Forward::primitive_desc p({prop_kind::forward_inference, d, axis()}, engine);
      return ready(Forward(p), {{DNNL_ARG_SRC, tensor(d, job.inputs[0])},
                                {DNNL_ARG_DST, tensor(d, job.output)}});
    }
    Work softmax(bool logarithm) const {
      return logarithm ? softmax_with<dnnl::logsoftmax_forward>()
                       : softmax_with<dnnl::softmax_forward>();
    }
    Work softmax_grad() const {
      const memory::desc d = desc();
      const dnnl::softmax_forward::primitive_desc hint({prop_kind::forward_training, d, axis()},
                                                       engine);
      const dnnl::softmax_backward::primitive_desc p({d, d, axis()}, engine, hint);
      return ready(dnnl::softmax_backward(p), {{DNNL_ARG_DST, tensor(d, job.inputs[0])},
                                               {DNNL_ARG_DIFF_DST, tensor(d, job.inputs[1])},
                                               {DNNL_ARG_DIFF_SRC, tensor(d, job.output)}});
    }
    Work gelu_bias() const {
      const memory::desc d = desc();
      const memory::desc bias({1, job.cell.inner}, type, memory::format_tag::ab);
      dnnl::post_ops ops;
      ops.append_eltwise(1.0F, algorithm::eltwise_gelu_erf, 0, 0);
      dnnl::primitive_attr attributes;
      attributes.set_post_ops(ops);
      const dnnl::binary::primitive_desc p({algorithm::binary_add, d, bias, d}, attributes, engine);
      return ready(dnnl::binary(p), {{DNNL_ARG_SRC_0, tensor(d, job.inputs[0])},
                                     {DNNL_ARG_SRC_1, tensor(bias, job.inputs[1])},
                                     {DNNL_ARG_DST, tensor(d, job.output)}});
    }
  };
};

}  // namespace

std::unique_ptr<Peer> make_dnnl(const char* peer_name, const PeerOptions& options) {
  if (options.avx2 && dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2) != dnnl::status::success)
    throw std::runtime_error("cannot be held to AVX2");
  return std::make_unique<Dnnl>(peer_name);
}

}  // namespace actjit::bench
