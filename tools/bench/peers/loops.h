// Loops over the formulas, in any vector type M (see formulas.h).
#pragma once

#include <string.h>

#include "tools/bench/peers/formulas.h"
#include "tools/bench/peers/loop.h"

namespace actjit::bench {

// body(i, k) for every k elements from i on: whole vectors, and what is left of one.
template <class M, class Body>
[[gnu::always_inline]] inline void in_vectors(int64_t begin, int64_t end, Body&& body) {
  int64_t i = begin;
  for (; i + M::width <= end; i += M::width) body(i, int64_t{M::width});
  if (M::width > 1 && i < end) body(i, end - i);
}

template <class M>
const typename M::Element* input(const LoopCall* c, int i) {
  return static_cast<const typename M::Element*>(c->in[i]);
}
template <class M>
typename M::Element* output(const LoopCall* c) {
  return static_cast<typename M::Element*>(c->out);
}

template <class M, class F>
void map_one(const LoopCall* c) {
  const auto* __restrict x = input<M>(c, 0);
  auto* __restrict y = output<M>(c);
  in_vectors<M>(
      c->begin, c->end, [&](int64_t i, int64_t k) __attribute__((always_inline)) {
        M::store(y + i, F::template of<M>(M::load(x + i, k)), k);
      });
}

template <class M, class F>
void map_two(const LoopCall* c) {
  const auto* __restrict a = input<M>(c, 0);
  const auto* __restrict b = input<M>(c, 1);
  auto* __restrict y = output<M>(c);
  in_vectors<M>(
      c->begin, c->end, [&](int64_t i, int64_t k) __attribute__((always_inline)) {
        M::store(y + i, F::template of<M>(M::load(a + i, k), M::load(b + i, k)), k);
      });
}

template <class M, bool gated>
void gelu_bias(const LoopCall* c) {
  const int64_t n = c->inner;
  const auto* __restrict b = input<M>(c, 1);
  for (int64_t r = c->begin; r < c->end; ++r) {
    const auto* __restrict x = input<M>(c, 0) + r * n;
    const auto* __restrict g = gated ? input<M>(c, 2) + r * n : x;
    auto* __restrict y = output<M>(c) + r * n;
    in_vectors<M>(
        0, n, [&](int64_t i, int64_t k) __attribute__((always_inline)) {
          const auto v = formula::gelu::of<M>(M::load(x + i, k) + M::load(b + i, k));
          if constexpr (gated)
            M::store(y + i, v * M::load(g + i, k), k);
          else
            M::store(y + i, v, k);
        });
  }
}

template <class M>
void layer_norm_gelu(const LoopCall* c) {
  const int64_t n = c->inner;
  const auto count = static_cast<typename M::Number>(n);
  for (int64_t r = c->begin; r < c->end; ++r) {
    const auto* __restrict x = input<M>(c, 0) + r * n;
    auto* __restrict y = output<M>(c) + r * n;
    auto sum = M::n(0);
    in_vectors<M>(0, n, [&](int64_t i, int64_t k) { sum = sum + M::load(x + i, k); });
    const auto mean = M::n(M::add_up(sum) / count);
    auto squares = M::n(0);
    in_vectors<M>(0, n, [&](int64_t i, int64_t k) {
      const auto d = M::first(M::load(x + i, k) - mean, k);
      squares = squares + d * d;
    });
    const auto variance = M::n(M::add_up(squares) / count);
    const auto scale = M::n(1) / M::sqrt(variance + M::n(1e-5));
    in_vectors<M>(0, n, [&](int64_t i, int64_t k) {
      M::store(y + i, formula::gelu::of<M>((M::load(x + i, k) - mean) * scale), k);
    });
  }
}

// The exponentials are computed again for the result where it has too few digits to hold them.
template <class M, bool logarithm>
void softmax_last(const LoopCall* c) {
  const int64_t n = c->inner;
  constexpr bool keeps = !logarithm && sizeof(typename M::Element) >= 4;
  for (int64_t r = c->begin; r < c->end; ++r) {
    const auto* __restrict x = input<M>(c, 0) + r * n;
    auto* __restrict y = output<M>(c) + r * n;
    auto most = M::n(-3e38);
    in_vectors<M>(
        0, n, [&](int64_t i, int64_t k) { most = M::max(most, M::load(x + i, k, M::n(-3e38))); });
    const auto top = M::n(M::largest(most));
    auto sum = M::n(0);
    in_vectors<M>(0, n, [&](int64_t i, int64_t k) {
      const auto e = M::exp(M::load(x + i, k) - top);
      if constexpr (keeps) M::store(y + i, e, k);
      sum = sum + M::first(e, k);
    });
    const auto whole = M::add_up(sum);
    if constexpr (logarithm) {
      const auto shift = top + M::n(M::log_of(whole));
      in_vectors<M>(0, n,
                    [&](int64_t i, int64_t k) { M::store(y + i, M::load(x + i, k) - shift, k); });
    } else {
      const auto share = M::n(1 / whole);
      in_vectors<M>(0, n, [&](int64_t i, int64_t k) {
        if constexpr (keeps)
          M::store(y + i, M::load(y + i, k) * share, k);
        else
          M::store(y + i, M::exp(M::load(x + i, k) - top) * share, k);
      });
    }
  }
}

template <class M>
void softmax_grad_last(const LoopCall* c) {
  const int64_t n = c->inner;
  for (int64_t r = c->begin; r < c->end; ++r) {
    const auto* __restrict y = input<M>(c, 0) + r * n;
    const auto* __restrict dy = input<M>(c, 1) + r * n;
    auto* __restrict out = output<M>(c) + r * n;
    auto sum = M::n(0);
    in_vectors<M>(
        0, n, [&](int64_t i, int64_t k) { sum = sum + M::load(y + i, k) * M::load(dy + i, k); });
    const auto whole = M::n(M::add_up(sum));
    in_vectors<M>(0, n, [&](int64_t i, int64_t k) {
      M::store(out + i, M::load(y + i, k) * (M::load(dy + i, k) - whole), k);
    });
  }
}

// Along the first axis a block of columns keeps its state in arrays.
inline constexpr int64_t column_block = 256;

// body(first column, columns, state) for every block.
template <class Body>
void in_blocks(const LoopCall* c, Body&& body) {
  for (int64_t at = c->begin; at < c->end; at += column_block)
    body(at, c->end - at < column_block ? c->end - at : column_block);
}

template <class M, bool logarithm>
void softmax_first(const LoopCall* c) {
  using Number = typename M::Number;
  using State = typename M::Wide;  // the same vectors, with numbers in memory as they are
  const int64_t rows = c->outer, stride = c->inner;
  alignas(64) Number top[column_block], sum[column_block];
  in_blocks(c, [&](int64_t at, int64_t columns) {
    const auto* x = input<M>(c, 0) + at;
    auto* y = output<M>(c) + at;
    const auto each = [&](auto&& body) { in_vectors<M>(0, columns, body); };
    each([&](int64_t j, int64_t k) {
      State::store(top + j, M::n(-3e38), k);
      State::store(sum + j, M::n(0), k);
    });
    for (int64_t r = 0; r < rows; ++r)
      each([&](int64_t j, int64_t k) {
        State::store(top + j, M::max(State::load(top + j, k), M::load(x + r * stride + j, k)), k);
      });
    for (int64_t r = 0; r < rows; ++r)
      each([&](int64_t j, int64_t k) {
        const auto e = M::exp(M::load(x + r * stride + j, k) - State::load(top + j, k));
        State::store(sum + j, State::load(sum + j, k) + e, k);
      });
    each([&](int64_t j, int64_t k) {
      const auto s = State::load(sum + j, k);
      State::store(sum + j, logarithm ? M::log(s) : M::n(1) / s, k);
    });
    for (int64_t r = 0; r < rows; ++r)
      each([&](int64_t j, int64_t k) {
        const auto d = M::load(x + r * stride + j, k) - State::load(top + j, k);
        const auto s = State::load(sum + j, k);
        if constexpr (logarithm)
          M::store(y + r * stride + j, d - s, k);
        else
          M::store(y + r * stride + j, M::exp(d) * s, k);
      });
  });
}

template <class M>
void softmax_grad_first(const LoopCall* c) {
  using Number = typename M::Number;
  using State = typename M::Wide;
  const int64_t rows = c->outer, stride = c->inner;
  alignas(64) Number sum[column_block];
  in_blocks(c, [&](int64_t at, int64_t columns) {
    const auto* y = input<M>(c, 0) + at;
    const auto* dy = input<M>(c, 1) + at;
    auto* out = output<M>(c) + at;
    const auto each = [&](auto&& body) { in_vectors<M>(0, columns, body); };
    each([&](int64_t j, int64_t k) { State::store(sum + j, M::n(0), k); });
    for (int64_t r = 0; r < rows; ++r)
      each([&](int64_t j, int64_t k) {
        const int64_t i = r * stride + j;
        State::store(sum + j, State::load(sum + j, k) + M::load(y + i, k) * M::load(dy + i, k), k);
      });
    for (int64_t r = 0; r < rows; ++r)
      each([&](int64_t j, int64_t k) {
        const int64_t i = r * stride + j;
        M::store(out + i, M::load(y + i, k) * (M::load(dy + i, k) - State::load(sum + j, k)), k);
      });
  });
}

// `has_erf`: a library without one has no loops that need it.
template <class M, bool has_erf = true>
Loop find_loop(const char* workload, bool first_axis) {
  const auto is = [&](const char* name) { return strcmp(workload, name) == 0; };
  if (is("softmax")) return first_axis ? softmax_first<M, false> : softmax_last<M, false>;
  if (is("log_softmax")) return first_axis ? softmax_first<M, true> : softmax_last<M, true>;
  if (is("softmax_grad")) return first_axis ? softmax_grad_first<M> : softmax_grad_last<M>;
#define ACTJIT_MAP(map, name) \
  if (is(#name)) return map<M, formula::name>;
  ACTJIT_MAP(map_one, relu)
  ACTJIT_MAP(map_one, elu)
  ACTJIT_MAP(map_one, selu)
  ACTJIT_MAP(map_one, sigmoid)
  ACTJIT_MAP(map_one, tanh)
  ACTJIT_MAP(map_one, silu)
  ACTJIT_MAP(map_one, gelu_tanh)
  ACTJIT_MAP(map_one, hard_sigmoid)
  ACTJIT_MAP(map_one, hard_silu)
  ACTJIT_MAP(map_one, softplus)
  ACTJIT_MAP(map_one, mish)
  ACTJIT_MAP(map_one, softsign)
  ACTJIT_MAP(map_one, exp)
  ACTJIT_MAP(map_one, log_sigmoid)
  ACTJIT_MAP(map_two, swiglu)
  ACTJIT_MAP(map_two, silu_grad)
  if constexpr (has_erf) {
    if (is("gelu_bias")) return gelu_bias<M, false>;
    if (is("gelu_bias_gate")) return gelu_bias<M, true>;
    if (is("layer_norm_gelu")) return layer_norm_gelu<M>;
    ACTJIT_MAP(map_one, erf)
    ACTJIT_MAP(map_one, gelu)
    ACTJIT_MAP(map_two, gelu_grad)
  }
#undef ACTJIT_MAP
  return nullptr;
}

}  // namespace actjit::bench
