#include "tools/certify/ball_program.h"

#include <algorithm>

#include "tools/certify/ball_math.h"
#include "tools/certify/ball_special.h"
#include "tools/certify/each.h"

namespace actjit::tools {

namespace {

// Pointers to the balls of a block, to be captured by value.
template <class T>
struct Rows {
  T* v;
  T* e;
  ACTJIT_INLINE Ball<T> operator[](std::size_t i) const { return {v[i], e[i]}; }
  ACTJIT_INLINE void set(std::size_t i, Ball<T> b) const {
    v[i] = b.v;
    e[i] = b.e;
  }
};

template <class T>
bool all_finite(Rows<T> r) {
  std::int64_t bad = 0;
  std::int64_t* const all = &bad;
  each([=](std::size_t i) __attribute__((always_inline)) {
    *all |= is_finite(r[i]) ? std::int64_t{0} : std::int64_t{-1};
  });
  return bad == 0;
}

// One step of a whole block.
template <class T>
struct Work {
  Rows<T> out, a, b, c;
  T* x;  // scratch: arguments, then values of the C library's functions
  T* y;
  T k = Lanes<T>::error;

  template <class F>
  void unary(F f) const {
    const Rows<T> o = out, p = a;
    each(ACTJIT_EACH { o.set(i, f(p[i])); });
  }
  template <class F>
  void binary(F f) const {
    const Rows<T> o = out, p = a, q = b;
    each(ACTJIT_EACH { o.set(i, f(p[i], q[i])); });
  }
  // value(ball, function(argument(centre)))
  template <class Argument, class Function, class Value>
  void through(Argument argument, Function function, Value value) const {
    const Rows<T> o = out, p = a;
    T* const t = x;
    each(ACTJIT_EACH { t[i] = argument(p.v[i]); });
    function(t, t);
    each(ACTJIT_EACH { o.set(i, value(p[i], t[i])); });
  }
};

#define ACTJIT_OF_1 [=](Ball<T> a) __attribute__((always_inline))
#define ACTJIT_OF_2 [=](Ball<T> a, Ball<T> b) __attribute__((always_inline))
#define ACTJIT_ARGUMENT [=](T a) __attribute__((always_inline))
#define ACTJIT_VALUE [=](Ball<T> a, T x) __attribute__((always_inline))

template <class T, class Relation>
void compare(const Work<T>& w, Relation holds) {
  w.binary(ACTJIT_OF_2 {
    return ball::truth<T>(holds(a.v, b.v), ball::comparable(a, b) & is_finite(a) & is_finite(b));
  });
}

// Integers: the same at both ends.
template <class T, class Function>
void integer(const Work<T>& w, Function f) {
  w.unary(ACTJIT_OF_1 {
    const Ball<T> r{f(a.v), f(ball::high_end(a)) - f(ball::low_end(a))};
    return r;
  });
}

template <class T>
void narrow(const Work<T>& w, const Format& format) {
  for (std::size_t i = 0; i < block_size; ++i) {
    const Ball<T> a = w.a[i];
    const double low = round_to(format, ball::low_end(a));
    const double high = round_to(format, ball::high_end(a));
    const bool sign_known = low != 0 || a.e <= std::fabs(a.v);
    const bool decided = a.e == 0 || (is_finite(a) && low == high && sign_known);
    const double middle = round_to(format, a.v);
    w.out.set(i, {static_cast<T>(middle), decided ? T{0} : infinite<T>});
  }
}

template <class T>
void logic(const Work<T>& w, Do what) {
  if (what == Do::bit_and)  // false and anything is false
    w.binary(ACTJIT_OF_2 {
      const bool no = ((a.v == 0) & (a.e == 0)) | ((b.v == 0) & (b.e == 0));
      return ball::truth<T>((a.v != 0) & (b.v != 0) & !no, no | (a.e + b.e == 0));
    });
  else if (what == Do::bit_or)
    w.binary(ACTJIT_OF_2 {
      const bool yes = ((a.v != 0) & (a.e == 0)) | ((b.v != 0) & (b.e == 0));
      return ball::truth<T>((a.v != 0) | (b.v != 0) | yes, yes | (a.e + b.e == 0));
    });
  else if (what == Do::bit_xor)
    w.binary(ACTJIT_OF_2 { return ball::truth<T>(a.v != b.v, a.e + b.e == 0); });
  else
    w.unary(ACTJIT_OF_1 { return ball::truth<T>(a.v == 0, a.e == 0); });
}

template <class T>
void select(const Work<T>& w) {
  const Rows<T> o = w.out, p = w.a, q = w.b, r = w.c;
  each(ACTJIT_EACH {
    const bool yes = p.v[i] != 0;
    o.v[i] = yes ? q.v[i] : r.v[i];
    o.e[i] = p.e[i] == 0 ? (yes ? q.e[i] : r.e[i]) : infinite<T>;
  });
}

template <class T>
void arithmetic(const Work<T>& w, Do what) {
  switch (what) {
    case Do::add: return w.binary(ACTJIT_OF_2 { return ball::add(a, b); });
    case Do::sub: return w.binary(ACTJIT_OF_2 { return ball::sub(a, b); });
    case Do::gated:
    case Do::mul: return w.binary(ACTJIT_OF_2 { return ball::mul(a, b); });
    case Do::div: return w.binary(ACTJIT_OF_2 { return ball::div(a, b); });
    case Do::neg: return w.unary(ACTJIT_OF_1 { return ball::neg(a); });
    case Do::abs: return w.unary(ACTJIT_OF_1 { return ball::abs(a); });
    case Do::sqrt: return w.unary(ACTJIT_OF_1 { return ball::sqrt(a); });
    case Do::min: return w.binary(ACTJIT_OF_2 { return ball::min(a, b); });
    case Do::max: return w.binary(ACTJIT_OF_2 { return ball::max(a, b); });
    case Do::copysign: return w.binary(ACTJIT_OF_2 { return ball::copysign(a, b); });
    case Do::floor:
      return integer(
          w, ACTJIT_ARGUMENT { return std::floor(a); });
    case Do::ceil:
      return integer(
          w, ACTJIT_ARGUMENT { return std::ceil(a); });
    case Do::trunc:
      return integer(
          w, ACTJIT_ARGUMENT { return std::trunc(a); });
    case Do::round:
      return integer(
          w, ACTJIT_ARGUMENT { return std::rint(a); });
    default: throw InternalError("not arithmetic");
  }
}

#define ACTJIT_RELATION [](T a, T b) __attribute__((always_inline))
template <class T>
void relation(const Work<T>& w, Do what) {
  switch (what) {
    case Do::eq:
      return compare(
          w, ACTJIT_RELATION { return a == b; });
    case Do::ne:
      return compare(
          w, ACTJIT_RELATION { return a != b; });
    case Do::lt:
      return compare(
          w, ACTJIT_RELATION { return a < b; });
    case Do::le:
      return compare(
          w, ACTJIT_RELATION { return a <= b; });
    case Do::gt:
      return compare(
          w, ACTJIT_RELATION { return a > b; });
    default:
      return compare(
          w, ACTJIT_RELATION { return a >= b; });
  }
}

template <class T>
void exponential(const Work<T>& w, Do what) {
  using R = Range<T>;
  const T k = w.k;
  if (what == Do::exp)
    w.through(
        ACTJIT_ARGUMENT { return clamped(a, R::exp_low, R::exp_high); }, Lanes<T>::exp,
        ACTJIT_VALUE { return ball::exponential(a, x, k, R::exp_low, R::exp_high); });
  else if (what == Do::exp2)
    w.through(
        ACTJIT_ARGUMENT { return clamped(a, R::exp2_low, R::exp2_high); }, Lanes<T>::exp2,
        ACTJIT_VALUE { return ball::exponential(a, x, k, R::exp2_low, R::exp2_high); });
  else
    w.through(
        ACTJIT_ARGUMENT { return clamped(a, T{-100}, R::exp_high); }, Lanes<T>::expm1,
        ACTJIT_VALUE { return ball::odd(a, ball::expm1(a, x, k)); });
}

template <class T>
void logarithm(const Work<T>& w, Do what) {
  const T k = w.k;
  const auto itself = ACTJIT_ARGUMENT { return a; };
  if (what == Do::log)
    w.through(
        itself, Lanes<T>::log, ACTJIT_VALUE { return ball::logarithm(a.v, a.e, x, k, T{1}); });
  else if (what == Do::log2)
    w.through(
        itself, Lanes<T>::log2, ACTJIT_VALUE { return ball::logarithm(a.v, a.e, x, k, T{1.45}); });
  else if (what == Do::log10)
    w.through(
        itself, Lanes<T>::log10, ACTJIT_VALUE { return ball::logarithm(a.v, a.e, x, k, T{0.44}); });
  else
    w.through(
        itself, Lanes<T>::log1p,
        ACTJIT_VALUE { return ball::odd(a, ball::logarithm(1 + a.v, a.e, x, k, T{1})); });
}

// Functions of e^-|a| and of e^a.
template <class T>
void logistic(const Work<T>& w, Do what) {
  using R = Range<T>;
  const T k = w.k;
  const auto decaying = ACTJIT_ARGUMENT { return clamped(-std::fabs(a), R::exp_low, T{0}); };
  if (what == Do::sigmoid) {
    w.through(
        decaying, Lanes<T>::exp, ACTJIT_VALUE { return ball::sigmoid(a, x, k); });
  } else if (what == Do::softplus) {
    const auto log1p_exp = [](const T* in, T* out) {
      Lanes<T>::exp(in, out);
      Lanes<T>::log1p(out, out);
    };
    w.through(
        decaying, log1p_exp, ACTJIT_VALUE { return ball::softplus(a, x, k); });
  } else {
    w.through(
        ACTJIT_ARGUMENT { return clamped(a, R::exp_low, R::gate_high); }, Lanes<T>::exp,
        ACTJIT_VALUE { return ball::mish_gate(a, x, k); });
  }
}

template <class T>
void gelu_gate(const Work<T>& w) {
  const Rows<T> o = w.out, p = w.a;
  T* const t = w.x;
  T* const slope = w.y;
  const T k = w.k;
  const T high = Range<T>::erfc_high;
  each(ACTJIT_EACH {
    const T u = clamped(ball::over_root_two(p.v[i]).high, -high, high);
    t[i] = u;
    slope[i] = -u * u;
  });
  Lanes<T>::erfc(t, t);
  Lanes<T>::exp(slope, slope);
  each(ACTJIT_EACH {
    // 2 / sqrt(pi)
    o.set(i, ball::gelu_gate(p[i], t[i], T{1.1283791670955126} * slope[i], k));
  });
}

template <class T>
void function(const Work<T>& w, Do what) {
  const T k = w.k;
  const auto itself = ACTJIT_ARGUMENT { return a; };
  switch (what) {
    case Do::sin:
      return w.through(
          itself, Lanes<T>::sin,
          ACTJIT_VALUE { return ball::odd(a, ball::lipschitz(a, x, k, T{1}), false); });
    case Do::cos:
      return w.through(
          itself, Lanes<T>::cos, ACTJIT_VALUE { return ball::lipschitz(a, x, k, T{1}); });
    case Do::tanh:
      return w.through(
          itself, Lanes<T>::tanh,
          ACTJIT_VALUE { return ball::odd(a, ball::sigmoidal(a, x, k, T{1})); });
    case Do::erf:
      return w.through(
          itself, Lanes<T>::erf,
          ACTJIT_VALUE { return ball::odd(a, ball::sigmoidal(a, x, k, T{1.13})); });
    case Do::erfc:
      return w.through(
          ACTJIT_ARGUMENT { return a < Range<T>::erfc_high ? a : Range<T>::erfc_high; },
          Lanes<T>::erfc, ACTJIT_VALUE { return ball::erfc(a, x, k); });
    case Do::gelu_gate: return gelu_gate(w);
    case Do::tanh_shrink:
      return w.through(
          itself, Lanes<T>::tanh, ACTJIT_VALUE { return ball::tanh_shrink(a, x, k); });
    case Do::rsqrt: return w.unary(ACTJIT_OF_1 { return ball::rsqrt(a, k); });
    case Do::hypot: return w.binary(ACTJIT_OF_2 { return ball::hypot(a, b, k); });
    case Do::pow:
      for (std::size_t i = 0; i < block_size; ++i)
        w.out.set(i, ball::pow(w.a[i], w.b[i], std::pow(w.a.v[i], w.b.v[i]), k));
      return;
    default: throw InternalError("not a function");
  }
}

template <class T>
Ball<T> constant(const Step& s) {
  if (s.what == Do::pi)
    return {3.14159265358979323846264338327950288L, T{4} * std::numeric_limits<T>::epsilon()};
  const T high = s.value.hi, low = s.value.lo;
  // -0 is not -0 + 0.
  if (!std::isfinite(high) || low == 0) return {high, 0};
  return ball::add(Ball<T>{high, 0}, Ball<T>{low, 0});
}

}  // namespace

template <class T>
BallProgram<T>::BallProgram(const RealProgram& program)
    : program_(program), finite_(program.steps.size(), true) {
  for (StepId id = 0; id < program.steps.size(); ++id) {
    blocks_.push_back(std::make_unique<Block<T>>());
    const Step& s = program.steps[id];
    if (!s.uniform) continue;
    if (arity(s.what) > 0) {
      step(id);
      continue;
    }
    const Ball<T> value = constant<T>(s);
    std::fill_n(blocks_[id]->v, block_size, value.v);
    std::fill_n(blocks_[id]->e, block_size, value.e);
    finite_[id] = is_finite(value);
  }
}

template <class T>
const Block<T>& BallProgram<T>::evaluate(const T* inputs) {
  for (StepId id = 0; id <= program_.result; ++id) {
    const Step& s = program_.steps[id];
    if (s.what == Do::input) {
      std::copy_n(inputs, block_size, blocks_[id]->v);
      finite_[id] = all_finite(Rows<T>{blocks_[id]->v, blocks_[id]->e});
    } else if (!s.uniform) {
      step(id);
    }
  }
  return *blocks_[program_.result];
}

template <class T>
void BallProgram<T>::step(StepId id) {
  const Step& s = program_.steps[id];
  const auto rows = [&](StepId at) { return Rows<T>{blocks_[at]->v, blocks_[at]->e}; };
  const Work<T> w{.out = rows(id),
                  .a = rows(s.args[0]),
                  .b = rows(s.args[1]),
                  .c = rows(s.args[2]),
                  .x = scratch_.v,
                  .y = scratch_.e};
  switch (s.what) {
    case Do::input:
    case Do::constant:
    case Do::pi:
    case Do::boolean: return;
    case Do::eq:
    case Do::ne:
    case Do::lt:
    case Do::le:
    case Do::gt:
    case Do::ge: relation(w, s.what); break;
    case Do::bit_and:
    case Do::bit_or:
    case Do::bit_xor:
    case Do::bit_not: logic(w, s.what); break;
    case Do::select: select(w); break;
    case Do::narrow: narrow(w, *s.format); break;
    case Do::exp:
    case Do::exp2:
    case Do::expm1: exponential(w, s.what); break;
    case Do::log:
    case Do::log2:
    case Do::log10:
    case Do::log1p: logarithm(w, s.what); break;
    case Do::sigmoid:
    case Do::softplus:
    case Do::mish_gate: logistic(w, s.what); break;
    case Do::pow:
    case Do::rsqrt:
    case Do::hypot:
    case Do::sin:
    case Do::cos:
    case Do::tanh:
    case Do::erf:
    case Do::erfc:
    case Do::gelu_gate:
    case Do::tanh_shrink: function(w, s.what); break;
    default: arithmetic(w, s.what);
  }
  finite_[id] = all_finite(w.out);
  if (mends(id)) mend(id);
}

template <class T>
bool BallProgram<T>::mends(StepId id) const {
  const Step& s = program_.steps[id];
  bool all = finite_[id];
  for (int i = 0; i < arity(s.what); ++i) all = all && finite_[s.args[static_cast<std::size_t>(i)]];
  return !all;
}

template <class T>
void BallProgram<T>::mend(StepId id) {
  const Step& s = program_.steps[id];
  const int n = arity(s.what);
  Block<T>& out = *blocks_[id];
  const auto at = [&](int k, std::size_t i) {
    if (k >= n) return Ball<T>{};
    const Block<T>& b = *blocks_[s.args[static_cast<std::size_t>(k)]];
    return Ball<T>{b.v[i], b.e[i]};
  };
  for (std::size_t i = 0; i < block_size; ++i) {
    const Ball<T> a = at(0, i), b = at(1, i), c = at(2, i), fast{out.v[i], out.e[i]};
    if (is_finite(fast) && is_finite(a) && is_finite(b) && (n < 3 || is_finite(c))) continue;
    const Ball<T> r = SpecialBalls<T>::apply(s, a, b, c, fast);
    out.v[i] = r.v;
    out.e[i] = r.e;
  }
  finite_[id] = all_finite(Rows<T>{out.v, out.e});
}

template class BallProgram<double>;
template class BallProgram<long double>;

}  // namespace actjit::tools
