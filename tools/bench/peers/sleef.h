// The formulas over SLEEF, for any width of vectors. What is one for each width are names of
// functions, which ACTJIT_SLEEF_VECTOR writes, and how part of a vector is selected, read and
// written, which the file of that width says.
#pragma once

#include <immintrin.h>
#include <math.h>
#include <sleef.h>

#include "tools/bench/peers/loops.h"

// Members of a struct that is a vector of floats or doubles: `shape` and `isa` are how SLEEF names
// it, `prefix` and `suffix` how intrinsics do. Of ACTJIT_SLEEF_GRADE, u10 (1.0 ULP) or u35 (3.5
// ULP), are the functions that there are two of.
#define ACTJIT_SLEEF_VECTOR(number, shape, isa, prefix, suffix) \
  ACTJIT_SLEEF_VECTOR_(number, shape, isa, prefix, suffix, ACTJIT_SLEEF_GRADE)
#define ACTJIT_SLEEF_VECTOR_(number, shape, isa, prefix, suffix, grade) \
  ACTJIT_SLEEF_VECTOR_OF(number, shape, isa, prefix, suffix, grade)
#define ACTJIT_SLEEF_VECTOR_OF(number, shape, isa, prefix, suffix, grade)              \
  using Number = number;                                                               \
  using V = decltype(prefix##_setzero_##suffix());                                     \
  static constexpr int width = sizeof(V) / sizeof(Number);                             \
  static V exp(V x) { return Sleef_exp##shape##_u10##isa(x); }                         \
  static V expm1(V x) { return Sleef_expm1##shape##_u10##isa(x); }                     \
  static V log1p(V x) { return Sleef_log1p##shape##_u10##isa(x); }                     \
  static V erf(V x) { return Sleef_erf##shape##_u10##isa(x); }                         \
  static V log(V x) { return Sleef_log##shape##_##grade##isa(x); }                     \
  static V tanh(V x) { return Sleef_tanh##shape##_##grade##isa(x); }                   \
  static V n(double x) { return prefix##_set1_##suffix(static_cast<Number>(x)); }      \
  static V sqrt(V x) { return prefix##_sqrt_##suffix(x); }                             \
  static V neg(V x) { return -x; }                                                     \
  static V min(V a, V b) { return prefix##_min_##suffix(a, b); }                       \
  static V max(V a, V b) { return prefix##_max_##suffix(a, b); }                       \
  static V load(const Number* p) { return prefix##_loadu_##suffix(p); }                \
  static void store(Number* p, V v) { prefix##_storeu_##suffix(p, v); }                \
  static Number log_of(Number x) {                                                     \
    return sizeof(Number) == sizeof(float) ? ::logf(static_cast<float>(x)) : ::log(x); \
  }

namespace actjit::bench {

// Vectors that lie in memory as they are in registers. `Vector` has, beside the above, select(),
// load_some() and store_some() for the first k of a vector.
template <class Vector>
struct InWhole : Vector {
  using typename Vector::V;
  using Element = typename Vector::Number;
  using Wide = InWhole;
  static V load(const Element* p, int64_t k, V other = V{}) {
    return k == Vector::width ? Vector::load(p) : Vector::load_some(p, k, other);
  }
  static void store(Element* p, V v, int64_t k) {
    k == Vector::width ? Vector::store(p, v) : Vector::store_some(p, v, k);
  }
  static V first(V x, int64_t k) { return k == Vector::width ? x : Vector::select(k, x, V{}); }
};

// 16 bits in memory, f32 in registers: `Conversion` says how they become each other, `F32` how half
// as many bytes are read and written.
template <class F32, class Conversion>
struct In16 : InWhole<F32> {
  using typename F32::V;
  using Element = uint16_t;
  static V load(const uint16_t* p, int64_t k, V other = V{}) {
    if (k == F32::width) return Conversion::widen(F32::load_halves(p));
    return F32::select(k, Conversion::widen(F32::load_halves(p, k)), other);
  }
  static void store(uint16_t* p, V v, int64_t k) { F32::store_halves(p, Conversion::narrow(v), k); }
};

template <class F32, class F64, class Bf16, class F16>
Loop find_sleef_loop(const char* workload, LoopDtype dtype, bool first_axis) {
  switch (dtype) {
    case LoopDtype::f32: return find_loop<InWhole<F32>>(workload, first_axis);
    case LoopDtype::f64: return find_loop<InWhole<F64>>(workload, first_axis);
    case LoopDtype::bf16: return find_loop<In16<F32, Bf16>>(workload, first_axis);
    case LoopDtype::f16: return find_loop<In16<F32, F16>>(workload, first_axis);
  }
  return nullptr;
}

}  // namespace actjit::bench
