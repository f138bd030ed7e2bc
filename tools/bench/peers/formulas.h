// The functions as one writes them over a library of vector math, in any vector type.
//
// M is that library: its vector V of `width` numbers, kept in memory as Element, with load and
// store of the first k of them, n() for a number in every place, and its functions. A vector may be
// one number, which is what a compiler makes vectors of by itself.
//
// Every file that includes this is built with options of its own. M lives in an unnamed namespace
// there, so that no instance is shared.
#pragma once

namespace actjit::bench {

#define ACTJIT_ONE(name, ...)                         \
  struct name {                                       \
    template <class M>                                \
    static inline typename M::V of(typename M::V x) { \
      return __VA_ARGS__;                             \
    }                                                 \
  };
#define ACTJIT_TWO(name, second, ...)                                       \
  struct name {                                                             \
    template <class M>                                                      \
    static inline typename M::V of(typename M::V x, typename M::V second) { \
      return __VA_ARGS__;                                                   \
    }                                                                       \
  };

namespace formula {

ACTJIT_ONE(relu, M::max(x, M::n(0)))
ACTJIT_ONE(elu, M::positive(x, x, M::expm1(M::min(x, M::n(0)))))
ACTJIT_ONE(selu, M::n(1.0507009873554805) *
                     M::positive(x, x, M::n(1.6732632423543772) * M::expm1(M::min(x, M::n(0)))))
ACTJIT_ONE(sigmoid, M::n(1) / (M::n(1) + M::exp(M::neg(x))))
ACTJIT_ONE(tanh, M::tanh(x))
ACTJIT_ONE(silu, x / (M::n(1) + M::exp(M::neg(x))))
ACTJIT_ONE(gelu, M::n(0.5) * x * (M::n(1) + M::erf(x * M::n(0.7071067811865476))))
// (1 + tanh(u)) / 2 is sigmoid(2 u).
ACTJIT_ONE(gelu_tanh, x / (M::n(1) + M::exp(M::n(-1.5957691216057308) * x *
                                            (M::n(1) + M::n(0.044715) * x * x))))
ACTJIT_ONE(hard_sigmoid, M::min(M::max(x* M::n(1.0 / 6) + M::n(0.5), M::n(0)), M::n(1)))
ACTJIT_ONE(hard_silu, x* M::min(M::max(x* M::n(1.0 / 6) + M::n(0.5), M::n(0)), M::n(1)))
ACTJIT_ONE(softplus, M::max(x, M::n(0)) + M::log1p(M::exp(M::neg(M::abs(x)))))
ACTJIT_ONE(log_sigmoid, M::min(x, M::n(0)) - M::log1p(M::exp(M::neg(M::abs(x)))))
ACTJIT_ONE(softsign, x / (M::n(1) + M::abs(x)))
ACTJIT_ONE(exp, M::exp(x))
ACTJIT_ONE(erf, M::erf(x))

// tanh(log(1 + e^x)) is w / (w + 2) with w = e^x (e^x + 2), which is 1 from 40 on.
struct mish {
  template <class M>
  static inline typename M::V of(typename M::V x) {
    const auto e = M::exp(M::min(x, M::n(40)));
    const auto w = e * (e + M::n(2));
    return x * (w / (w + M::n(2)));
  }
};

ACTJIT_TWO(swiglu, up, silu::of<M>(x) * up)
ACTJIT_TWO(gelu_grad, dy,
           dy*(M::n(0.5) + M::n(0.5) * M::erf(x * M::n(0.7071067811865476)) +
               x * M::n(0.3989422804014327) * M::exp(M::n(-0.5) * x * x)))
struct silu_grad {
  template <class M>
  static inline typename M::V of(typename M::V x, typename M::V dy) {
    const auto s = sigmoid::of<M>(x);
    return dy * s * (M::n(1) + x * (M::n(1) - s));
  }
};

}  // namespace formula

#undef ACTJIT_ONE
#undef ACTJIT_TWO

}  // namespace actjit::bench
