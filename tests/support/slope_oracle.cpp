#include "tests/support/slope_oracle.h"

#include <array>
#include <cmath>

namespace actjit::test {

namespace {

using Parameters = std::span<const double>;

Number sigmoid(const Number& x) { return 1 / (1 + exp(-x)); }
Number softplus(const Number& x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
Number clamp(const Number& x, double lo, double hi) { return x < lo ? lo : x > hi ? hi : x; }
Number elu(const Number& x, double alpha) { return x > 0 ? x : alpha * expm1(x); }
Number gelu(const Number& x) { return x * erfc(-x / sqrt(Number(2))) / 2; }
Number gelu_tanh(const Number& x) {
  Number pi;
  mpfr_const_pi(pi.get(), MPFR_RNDN);
  return x * sigmoid(2 * sqrt(2 / pi) * (x + Number::decimal("0.044715") * x * x * x));
}
Number relu(const Number& x, Parameters p) {
  if (x > p[1]) return p[1];
  return x > p[2] ? x : p[0] * (x - p[2]);
}
Number hard_sigmoid(const Number& x, Parameters p) {
  // The frameworks write 1/6 and mean it.
  const Number slope = p[0] == 1.0 / 6 ? Number(1) / 6 : Number(p[0]);
  return clamp(slope * x + p[1], 0, 1);
}
Number softplus_of(const Number& x, Parameters p) {
  return p[0] * x > p[1] ? x : softplus(p[0] * x) / p[0];
}
Number xielu(const Number& x, Parameters p) {
  if (x > 0) return p[0] * x * x + p[2] * x;
  return (expm1(x < p[3] ? x : Number(p[3])) - x) * p[1] + p[2] * x;
}
Number shrunk(const Number& x, double lambda, double bias) {
  return x > lambda ? x - bias : x < -lambda ? x + bias : Number(0);
}

struct Row {
  std::string_view name;
  Number (*value)(const Number& x, double second, Parameters p);
};

#define ROW(name, formula)                                              \
  Row {                                                                 \
    name,                                                               \
        []([[maybe_unused]] const Number& x, [[maybe_unused]] double a, \
           [[maybe_unused]] Parameters p) -> Number { return formula; } \
  }
constexpr std::array rows{
    ROW("linear", x),
    ROW("relu", relu(x, p)),
    ROW("relu6", clamp(x, 0, 6)),
    ROW("leaky_relu", x > 0 ? x : p[0] * x),
    ROW("prelu", x > 0 ? x : a * x),
    ROW("channel_prelu", x > 0 ? x : a * x),
    ROW("thresholded_relu", x > p[0] ? x : Number(0)),
    ROW("threshold", x > p[0] ? x : Number(p[1])),
    ROW("relu_squared", x > 0 ? x * x : Number(0)),
    ROW("elu", elu(x, p[0])),
    ROW("selu",
        Number::decimal("1.0507009873554804934193349852946035") *
            (x > 0 ? x : Number::decimal("1.6732632423543772848170429916717506") * expm1(x))),
    ROW("scaled_elu", p[1] * elu(x, p[0])),
    ROW("celu", x > 0 ? x : p[0] * expm1(x / p[0])),
    ROW("sigmoid", sigmoid(x)),
    ROW("log_sigmoid", -softplus(-x)),
    ROW("hard_sigmoid", hard_sigmoid(x, p)),
    ROW("hard_silu", x* clamp(x / 6 + 0.5, 0, 1)),
    ROW("hard_tanh", clamp(x, p[0], p[1])),
    ROW("clip", clamp(x, p[0], p[1])),
    ROW("tanh", tanh(x)),
    ROW("tanh_shrink", x - tanh(x)),
    ROW("softplus", softplus_of(x, p)),
    ROW("softsign", x / (1 + abs(x))),
    ROW("exponential", exp(x)),
    ROW("silu", x* sigmoid(p[0] * x)),
    ROW("quick_gelu", x* sigmoid(Number::decimal("1.702") * x)),
    ROW("gelu", p[0] != 0 ? gelu_tanh(x) : gelu(x)),
    ROW("mish", x* tanh(softplus(x))),
    ROW("telu", x* tanh(exp(x < 100 ? x : Number(100)))),
    ROW("hard_shrink", shrunk(x, p[0], 0)),
    ROW("soft_shrink", shrunk(x, p[0], p[0])),
    ROW("shrink", shrunk(x, p[0], p[1])),
    ROW("sparse_plus", x < -1  ? Number(0)
                       : x < 1 ? (x + 1) * (x + 1) / 4
                               : x),
    ROW("sparse_sigmoid", clamp((x + 1) / 2, 0, 1)),
    ROW("squareplus", (x + sqrt(x * x + p[0])) / 2),
    ROW("softcap", p[0] * tanh(x / p[0])),
    ROW("xielu", xielu(x, p)),
    ROW("sign", x > 0 ? Number(1) : Number(-1)),
};
#undef ROW

// A step that is small beside x, and beside 1, whose powers the differences keep apart.
Number step_at(double x) { return scaled(Number(1), x == 0 ? -200 : std::ilogb(x) - 200); }

const Row* find(std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

bool activation_slope(std::string_view name, double x, double second, Parameters p, Exact& out) {
  const Row* row = find(name);
  if (!row) return false;
  const Number h = step_at(x);
  const Number slope = (row->value(x + h, second, p) - row->value(x - h, second, p)) / (2 * h);
  mpfr_set(out.get(), slope.get(), MPFR_RNDN);
  return true;
}

bool activation_curvature(std::string_view name, double x, double second, Parameters p,
                          Exact& out) {
  const Row* row = find(name);
  if (!row) return false;
  const Number h = step_at(x);
  const Number curvature =
      (row->value(x + h, second, p) - 2 * row->value(x, second, p) + row->value(x - h, second, p)) /
      (h * h);
  mpfr_set(out.get(), curvature.get(), MPFR_RNDN);
  return true;
}

}  // namespace actjit::test
