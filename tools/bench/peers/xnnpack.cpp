// XNNPACK: its operators on rows (softmax), or on one row as long as the tensor.
#include <xnnpack.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "tools/bench/peers/make.h"

namespace actjit::bench {

namespace {

void expect(xnn_status status, const char* what) {
  if (status != xnn_status_success)
    throw std::runtime_error(std::string(what) + " gives status " + std::to_string(status));
}

// An operator and its threads, which live as long as the work.
struct Operator {
  xnn_operator_t op = nullptr;
  pthreadpool_t pool = nullptr;

  explicit Operator(int threads) : pool(threads > 1 ? pthreadpool_create(threads) : nullptr) {}
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  ~Operator() {
    if (op) xnn_delete_operator(op);
    if (pool) pthreadpool_destroy(pool);
  }
};

// Elements as the channels of a batch of one, as XNNPACK's own benchmarks pass them.
struct Shape {
  std::size_t channels, batch;
};

template <class T, class Create, class Setup>
Work make_work(const Job& job, Shape s, Create create, Setup setup) {
  const auto ready = std::make_shared<Operator>(job.threads());
  expect(create(s.channels, s.channels, s.channels, &ready->op), "creating the operator");
  expect(setup(ready->op, s.batch, static_cast<const T*>(job.inputs[0]),
               static_cast<T*>(job.output), ready->pool),
         "setting the operator up");
  return [ready] { (void)xnn_run_operator(ready->op, ready->pool); };
}

Work f32_work(const Job& job, std::string_view name, Shape row, Shape flat) {
  using Size = std::size_t;
  using Op = xnn_operator_t*;
  if (name == "relu")
    return make_work<float>(
        job, flat,
        [](Size c, Size i, Size o, Op op) {
          return xnn_create_clamp_nc_f32(c, i, o, 0.0F, INFINITY, 0, op);
        },
        xnn_setup_clamp_nc_f32);
  if (name == "elu")
    return make_work<float>(
        job, flat,
        [](Size c, Size i, Size o, Op op) { return xnn_create_elu_nc_f32(c, i, o, 1.0F, 0, op); },
        xnn_setup_elu_nc_f32);
  if (name == "sigmoid")
    return make_work<float>(
        job, flat,
        [](Size c, Size i, Size o, Op op) { return xnn_create_sigmoid_nc_f32(c, i, o, 0, op); },
        xnn_setup_sigmoid_nc_f32);
  if (name == "hard_silu")
    return make_work<float>(
        job, flat,
        [](Size c, Size i, Size o, Op op) { return xnn_create_hardswish_nc_f32(c, i, o, 0, op); },
        xnn_setup_hardswish_nc_f32);
  if (name == "softmax" && !job.cell.first_axis)
    return make_work<float>(
        job, row,
        [](Size c, Size i, Size o, Op op) { return xnn_create_softmax_nc_f32(c, i, o, 0, op); },
        xnn_setup_softmax_nc_f32);
  return {};
}

Work f16_work(const Job& job, std::string_view name, Shape flat) {
  using Size = std::size_t;
  using Op = xnn_operator_t*;
  if (name == "relu")
    return make_work<void>(
        job, flat,
        [](Size c, Size i, Size o, Op op) {
          return xnn_create_clamp_nc_f16(c, i, o, 0.0F, INFINITY, 0, op);
        },
        xnn_setup_clamp_nc_f16);
  if (name == "hard_silu")
    return make_work<void>(
        job, flat,
        [](Size c, Size i, Size o, Op op) { return xnn_create_hardswish_nc_f16(c, i, o, 0, op); },
        xnn_setup_hardswish_nc_f16);
  return {};
}

class Xnnpack : public Peer {
 public:
  explicit Xnnpack(const char* name) : Peer(name) {}

  Work prepare(const Job& job) const override {
    static const xnn_status started = xnn_initialize(nullptr);
    expect(started, "xnn_initialize");
    const Cell& c = job.cell;
    const Shape row{static_cast<std::size_t>(c.inner), static_cast<std::size_t>(c.outer)};
    const Shape flat{static_cast<std::size_t>(c.elements()), 1};
    if (c.dtype == DType::f32) return f32_work(job, c.workload->name, row, flat);
    if (c.dtype == DType::f16) return f16_work(job, c.workload->name, flat);
    return {};
  }
};

}  // namespace

std::unique_ptr<Peer> make_xnnpack(const char* peer_name, const PeerOptions& options) {
  if (options.avx2) throw std::runtime_error("cannot be held to AVX2");
  return std::make_unique<Xnnpack>(peer_name);
}

}  // namespace actjit::bench
