// A training loop in plain C++: the last layer of the digit classifier, from zeros, with kernels of
// this library forward and backward and a naive matrix product between them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "frontend/language.h"
#include "tests/support/run.h"
#include "tools/common/npy.h"

namespace actjit::test {
namespace {

constexpr std::int64_t rows = 1797, features = 128, classes = 10;
constexpr std::int64_t training_rows = 1437;  // those behind were never trained on
constexpr double stored_accuracy = 0.9028;

Buffer digits(const std::string& name) {
  return tools::read_npy(ACTJIT_SOURCE_DIR "/tests/data/digits/" + name + ".npy").value();
}
Buffer zeros(std::vector<std::int64_t> dims) {
  return Buffer::make(DType::f32, std::move(dims)).value();
}
float* floats(Buffer& b) { return static_cast<float*>(b.data()); }
const float* floats(const Buffer& b) { return static_cast<const float*>(b.data()); }

// The kernel of a program whose inputs have these shapes; it serves any number of rows.
Kernel kernel_of(std::string_view text, const std::vector<Binding>& inputs) {
  const Graph graph = build(parse_program(text).value(), inputs).value();
  return engine().compile(graph, make_spec(graph).value()).value();
}

using Views = std::vector<TensorView>;
void call(const Kernel& kernel, const Views& inputs, const Views& outputs,
          const std::vector<double>& scalars = {}) {
  const Result<void> done = kernel(inputs, outputs, scalars);
  ASSERT_TRUE(succeeded(done));
}

// The first rows of a tensor.
TensorView first(std::int64_t n, Buffer& tensor) {
  TensorView v = tensor.view();
  v.dims[0] = n;
  return v;
}

// out[n,m] = a[n,k] b[k,m]
void multiply(const Buffer& a, const Buffer& b, std::int64_t n, Buffer& out) {
  const std::int64_t k = b.dims()[0], m = b.dims()[1];
  for (std::int64_t i = 0; i < n; ++i) {
    float* y = floats(out) + i * m;
    std::fill(y, y + m, 0.0f);
    for (std::int64_t j = 0; j < k; ++j)
      for (std::int64_t c = 0; c < m; ++c) y[c] += floats(a)[i * k + j] * floats(b)[j * m + c];
  }
}

// out[k,m] = transposed(a[n,k]) b[n,m]
void multiply_transposed(const Buffer& a, const Buffer& b, std::int64_t n, Buffer& out) {
  const std::int64_t k = a.dims()[1], m = b.dims()[1];
  std::fill(floats(out), floats(out) + k * m, 0.0f);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < k; ++j)
      for (std::int64_t c = 0; c < m; ++c)
        floats(out)[j * m + c] += floats(a)[i * k + j] * floats(b)[i * m + c];
}

Buffer one_hot(const Buffer& labels) {
  Buffer out = zeros({rows, classes});
  const auto* label = static_cast<const std::int64_t*>(labels.data());
  for (std::int64_t i = 0; i < rows; ++i) floats(out)[i * classes + label[i]] = 1;
  return out;
}

// How many of the rows that were not trained on have their largest share at their label.
double accuracy(const Buffer& shares, const Buffer& labels) {
  const auto* label = static_cast<const std::int64_t*>(labels.data());
  std::int64_t right = 0;
  for (std::int64_t i = training_rows; i < rows; ++i) {
    const float* row = floats(shares) + i * classes;
    right += std::max_element(row, row + classes) - row == label[i];
  }
  return static_cast<double>(right) / static_cast<double>(rows - training_rows);
}

double sum(const Buffer& losses, std::int64_t n) {
  double out = 0;
  for (std::int64_t i = 0; i < n; ++i) out += floats(losses)[i];
  return out;
}

const Shape logits{"n", classes}, row{classes};

// The losses of all rows, and the gradients of their sum: of the bias a sum over rows.
constexpr std::string_view loss_text = R"(
  s = z + b
  loss = -sum(t * log_softmax(s), axis=-1)
  loss, grad(loss, z), grad(loss, b)
)";

// The layer that is trained: hidden features in, shares of ten digits out.
class Layer {
 public:
  Layer() {
    Buffer x = digits("hidden_matmul"), b = digits("hidden_bias");
    call(kernel_of("relu(x + b)",
                   {{"x", DType::f32, {"n", features}}, {"b", DType::f32, {features}}}),
         {x.view(), b.view()}, {hidden_.view()});
  }

  // One step of gradient descent with momentum over all training rows; the mean loss before it.
  double step(double rate) {
    constexpr std::int64_t n = training_rows;
    multiply(hidden_, weight_, n, logits_);
    call(loss_, {first(n, logits_), bias_.view(), first(n, targets_)},
         {first(n, losses_), first(n, dlogits_), dbias_.view()});
    multiply_transposed(hidden_, dlogits_, n, dweight_);
    descend(weight_, weight_speed_, dweight_, rate / n);
    descend(bias_, bias_speed_, dbias_, rate / n);
    return sum(losses_, n) / n;
  }

  const Buffer& shares() {
    multiply(hidden_, weight_, rows, logits_);
    call(softmax_, {logits_.view(), bias_.view()}, {shares_.view()});
    return shares_;
  }

  const Kernel& loss_kernel() const { return loss_; }

 private:
  // In place, parameters and their speeds in one kernel; inputs in order of appearance.
  void descend(Buffer& p, Buffer& v, Buffer& dp, double rate) {
    const auto flat = [](Buffer& b) {
      return TensorView::dense(DType::f32, b.data(), {b.elements()});
    };
    call(update_, {flat(v), flat(dp), flat(p)}, {flat(p), flat(v)}, {rate});
  }

  const Kernel loss_ = kernel_of(
      loss_text, {{"z", DType::f32, logits}, {"b", DType::f32, row}, {"t", DType::f32, logits}});
  const Kernel softmax_ =
      kernel_of("softmax(z + b)", {{"z", DType::f32, logits}, {"b", DType::f32, row}});
  const Kernel update_ =
      kernel_of("scalar rate = 0.1; u = 0.9 * v - rate * dp; p + u, u",
                {{"v", DType::f32, {"n"}}, {"dp", DType::f32, {"n"}}, {"p", DType::f32, {"n"}}});

  Buffer targets_ = one_hot(digits("labels"));
  Buffer hidden_ = zeros({rows, features});
  Buffer weight_ = zeros({features, classes}), bias_ = zeros({classes});
  Buffer dweight_ = zeros({features, classes}), dbias_ = zeros({classes});
  Buffer weight_speed_ = zeros({features, classes}), bias_speed_ = zeros({classes});
  Buffer logits_ = zeros({rows, classes}), dlogits_ = zeros({rows, classes});
  Buffer losses_ = zeros({rows}), shares_ = zeros({rows, classes});
};

TEST(Training, ReachesTheStoredAccuracy) {
  Layer layer;
  EXPECT_GT(layer.loss_kernel().steps(), 1u) << "sums over rows are a kernel of their own";
  EXPECT_NEAR(layer.step(0.02), std::log(10.0), 1e-6) << "all digits are as likely at first";
  double loss = 0;
  for (int i = 0; i < 400; ++i) loss = layer.step(0.02);
  const double reached = accuracy(layer.shares(), digits("labels"));
  std::printf("mean loss %.4f, accuracy %.4f\n", loss, reached);
  EXPECT_LT(loss, 0.1);
  EXPECT_GE(reached, stored_accuracy);
}

}  // namespace
}  // namespace actjit::test
