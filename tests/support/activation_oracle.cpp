#include "tests/support/activation_oracle.h"

#include <quadmath.h>

#include <array>

namespace actjit::test {

namespace {

using Parameters = std::span<const double>;

// Literals with all their digits; the suffix Q is not standard C++.
Quad operator""_q(const char* digits) { return strtoflt128(digits, nullptr); }

Quad sigmoid(Quad x) { return x >= 0 ? 1 / (1 + expq(-x)) : expq(x) / (1 + expq(x)); }
Quad softplus(Quad x) { return fmaxq(x, 0) + log1pq(expq(-fabsq(x))); }
Quad clamp(Quad x, Quad lo, Quad hi) { return x < lo ? lo : x > hi ? hi : x; }
Quad elu(Quad x, Quad alpha) { return x > 0 ? x : alpha * expm1q(x); }
// x times something that goes to 0 at -inf faster than x grows.
Quad gate(Quad x, Quad (*factor)(Quad)) { return isinfq(x) && x < 0 ? -Quad(0) : x * factor(x); }

Quad relu(Quad x, Parameters p) {
  const Quad slope = p[0], max_value = p[1], threshold = p[2];
  if (x >= max_value) return max_value;
  if (x > threshold) return x;
  return slope == 0 ? 0 : slope * (x - threshold);
}
Quad softplus_of(Quad x, Parameters p) {
  const Quad beta = p[0], threshold = p[1];
  return beta * x > threshold ? x : softplus(beta * x) / beta;
}
Quad silu_of(Quad x, Quad beta) {
  if (beta == 0) return x / 2;
  if (isinfq(x)) return x * beta > 0 ? x : -Quad(0) * (x < 0 ? 1 : -1);
  return x * sigmoid(beta * x);
}
Quad gelu_erf(Quad x) { return erfcq(-x / sqrtq(2)) / 2; }
Quad gelu_tanh(Quad x) {
  return sigmoid(2 * sqrtq(0.5_q / atanq(1)) * (x + 0.044715_q * x * x * x));
}
Quad tanh_of_softplus(Quad x) {
  const Quad e = expq(x < 100 ? x : Quad(100));
  return e * (e + 2) / (e * (e + 2) + 2);
}
Quad hard_sigmoid(Quad x, Parameters p) {
  // The frameworks write 1/6 and mean it.
  const Quad slope = p[0] == 1.0 / 6 ? 1.0_q / 6 : Quad(p[0]);
  return clamp(slope * x + p[1], 0, 1);
}
Quad squareplus(Quad x, Quad b) {
  if (isinfq(x)) return x > 0 ? x : 0;
  const Quad root = sqrtq(x * x + b);
  return x >= 0 ? (x + root) / 2 : b / 2 / (root - x);
}
Quad tanh_shrink(Quad x) {
  // The series where the difference cancels: x^3/3 - 2x^5/15 + 17x^7/315.
  const Quad s = x * x;
  if (fabsq(x) < 1e-5_q) return x * s * (1.0_q / 3 - s * (2.0_q / 15 - s * (17.0_q / 315)));
  return x - tanhq(x);
}
Quad xielu(Quad x, Parameters p) {
  const Quad alpha_p = p[0], alpha_n = p[1], beta = p[2], eps = p[3];
  if (x > 0) return alpha_p * x * x + beta * x;
  if (isinfq(x)) return x * (beta - alpha_n);
  return (expm1q(fminq(x, eps)) - x) * alpha_n + beta * x;
}

struct Row {
  std::string_view name;
  Quad (*value)(Quad x, Quad second, Parameters p);
};

constexpr std::array rows{
    Row{"linear", [](Quad x, Quad, Parameters) { return x; }},
    Row{"relu", [](Quad x, Quad, Parameters p) { return relu(x, p); }},
    Row{"relu6", [](Quad x, Quad, Parameters) { return clamp(x, 0, 6); }},
    Row{"leaky_relu",
        [](Quad x, Quad, Parameters p) { return x >= 0      ? x
                                                : p[0] == 0 ? 0
                                                            : x * p[0]; }},
    Row{"prelu", [](Quad x, Quad a, Parameters) { return x < 0 ? (a == 0 ? 0 : a * x) : x; }},
    Row{"channel_prelu",
        [](Quad x, Quad a, Parameters) { return x < 0 ? (a == 0 ? 0 : a * x) : x; }},
    Row{"thresholded_relu", [](Quad x, Quad, Parameters p) { return x > p[0] ? x : 0; }},
    Row{"threshold", [](Quad x, Quad, Parameters p) { return x > p[0] ? x : Quad(p[1]); }},
    Row{"relu_squared", [](Quad x, Quad, Parameters) { return x > 0 ? x * x : 0; }},
    Row{"elu", [](Quad x, Quad, Parameters p) { return elu(x, p[0]); }},
    Row{"selu",
        [](Quad x, Quad, Parameters) {
          return 1.0507009873554804934193349852946035_q *
                 elu(x, 1.6732632423543772848170429916717506_q);
        }},
    Row{"scaled_elu", [](Quad x, Quad, Parameters p) { return p[1] * elu(x, p[0]); }},
    Row{"celu", [](Quad x, Quad, Parameters p) { return x > 0 ? x : p[0] * expm1q(x / p[0]); }},
    Row{"sigmoid", [](Quad x, Quad, Parameters) { return sigmoid(x); }},
    Row{"log_sigmoid", [](Quad x, Quad, Parameters) { return -softplus(-x); }},
    Row{"hard_sigmoid", [](Quad x, Quad, Parameters p) { return hard_sigmoid(x, p); }},
    Row{"hard_silu",
        [](Quad x, Quad, Parameters) {
          return gate(x, [](Quad t) { return clamp(t / 6 + 0.5_q, 0, 1); });
        }},
    Row{"hard_tanh", [](Quad x, Quad, Parameters p) { return clamp(x, p[0], p[1]); }},
    Row{"tanh", [](Quad x, Quad, Parameters) { return tanhq(x); }},
    Row{"tanh_shrink", [](Quad x, Quad, Parameters) { return tanh_shrink(x); }},
    Row{"softplus", [](Quad x, Quad, Parameters p) { return softplus_of(x, p); }},
    Row{"softsign",
        [](Quad x, Quad, Parameters) { return isinfq(x) ? copysignq(1, x) : x / (1 + fabsq(x)); }},
    Row{"exponential", [](Quad x, Quad, Parameters) { return expq(x); }},
    Row{"silu", [](Quad x, Quad, Parameters p) { return silu_of(x, p[0]); }},
    Row{"gelu",
        [](Quad x, Quad, Parameters p) { return gate(x, p[0] != 0 ? gelu_tanh : gelu_erf); }},
    Row{"quick_gelu", [](Quad x, Quad, Parameters) { return silu_of(x * 1.702_q, 1) / 1.702_q; }},
    Row{"mish", [](Quad x, Quad, Parameters) { return gate(x, tanh_of_softplus); }},
    Row{"hard_shrink", [](Quad x, Quad, Parameters p) { return fabsq(x) > p[0] ? x : 0; }},
    Row{"soft_shrink",
        [](Quad x, Quad, Parameters p) { return x > p[0]    ? x - p[0]
                                                : x < -p[0] ? x + p[0]
                                                            : 0; }},
    Row{"shrink",
        [](Quad x, Quad, Parameters p) { return x > p[0]    ? x - p[1]
                                                : x < -p[0] ? x + p[1]
                                                            : 0; }},
    Row{"sparse_plus",
        [](Quad x, Quad, Parameters) { return x <= -1 ? 0
                                              : x < 1 ? (x + 1) * (x + 1) / 4
                                                      : x; }},
    Row{"sparse_sigmoid", [](Quad x, Quad, Parameters) { return clamp((x + 1) / 2, 0, 1); }},
    Row{"squareplus", [](Quad x, Quad, Parameters p) { return squareplus(x, p[0]); }},
    Row{"softcap", [](Quad x, Quad, Parameters p) { return p[0] * tanhq(x / p[0]); }},
    Row{"telu",
        [](Quad x, Quad, Parameters) {
          return gate(x, [](Quad t) { return tanhq(expq(t < 100 ? t : Quad(100))); });
        }},
    Row{"xielu", [](Quad x, Quad, Parameters p) { return xielu(x, p); }},
    Row{"sign", [](Quad x, Quad, Parameters) -> Quad { return x > 0   ? 1
                                                              : x < 0 ? -1
                                                                      : 0; }},
    Row{"clip", [](Quad x, Quad, Parameters p) { return clamp(x, p[0], p[1]); }},
};

}  // namespace

Quad activation_oracle(std::string_view name, Quad x, Quad second, Parameters p, bool& known) {
  for (const Row& row : rows) {
    if (row.name != name) continue;
    known = true;
    // NaN in, NaN out, whatever the definition's comparisons make of it.
    if (x != x || second != second) return nanq("");
    return row.value(x, second, p);
  }
  known = false;
  return 0;
}

}  // namespace actjit::test
