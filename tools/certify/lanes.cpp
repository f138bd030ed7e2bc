#include "tools/certify/lanes.h"

#include <cmath>

#if defined(__x86_64__) && defined(__GLIBC__)
#define ACTJIT_LIBMVEC 1
#include <immintrin.h>
#endif

namespace actjit::tools {

namespace {

template <class T, T (*Function)(T)>
void each(const T* in, T* out) {
  for (std::size_t i = 0; i < block_size; ++i) out[i] = Function(in[i]);
}

#ifdef ACTJIT_LIBMVEC

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"
extern "C" {
#define ACTJIT_VECTOR_FUNCTION(name) \
  [[gnu::const, gnu::target("avx2")]] __m256d _ZGVdN4v_##name(__m256d);
ACTJIT_VECTOR_FUNCTION(exp)
ACTJIT_VECTOR_FUNCTION(exp2)
ACTJIT_VECTOR_FUNCTION(expm1)
ACTJIT_VECTOR_FUNCTION(log)
ACTJIT_VECTOR_FUNCTION(log2)
ACTJIT_VECTOR_FUNCTION(log10)
ACTJIT_VECTOR_FUNCTION(log1p)
ACTJIT_VECTOR_FUNCTION(sin)
ACTJIT_VECTOR_FUNCTION(cos)
ACTJIT_VECTOR_FUNCTION(tanh)
ACTJIT_VECTOR_FUNCTION(erf)
ACTJIT_VECTOR_FUNCTION(erfc)
#undef ACTJIT_VECTOR_FUNCTION
}

template <__m256d (*Function)(__m256d)>
[[gnu::target("avx2,fma")]] void each_wide(const double* in, double* out) {
  for (std::size_t i = 0; i < block_size; i += 4)
    _mm256_storeu_pd(out + i, Function(_mm256_loadu_pd(in + i)));
}
#pragma GCC diagnostic pop

#define ACTJIT_DOUBLE(name)                                 \
  template <>                                               \
  void Lanes<double>::name(const double* in, double* out) { \
    if (has_wide_lanes())                                   \
      each_wide<_ZGVdN4v_##name>(in, out);                  \
    else                                                    \
      each<double, std::name>(in, out);                     \
  }
#else
#define ACTJIT_DOUBLE(name)                                 \
  template <>                                               \
  void Lanes<double>::name(const double* in, double* out) { \
    each<double, std::name>(in, out);                       \
  }
#endif

// Beyond this the vector library reduces arguments less carefully than the scalar one.
constexpr double largest_angle = 0x1p15;

template <void (*Wide)(const double*, double*), double (*Narrow)(double)>
void each_angle(const double* in, double* out) {
  bool all_small = true;
  for (std::size_t i = 0; i < block_size; ++i) all_small &= std::fabs(in[i]) <= largest_angle;
  if (all_small)
    Wide(in, out);
  else
    each<double, Narrow>(in, out);
}

}  // namespace

bool has_wide_lanes() {
#ifdef ACTJIT_LIBMVEC
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide;
#else
  return false;
#endif
}

bool has_widest_lanes() {
#ifdef ACTJIT_LIBMVEC
  static const bool widest = has_wide_lanes() && __builtin_cpu_supports("avx512f") &&
                             __builtin_cpu_supports("avx512dq") &&
                             __builtin_cpu_supports("avx512vl");
  return widest;
#else
  return false;
#endif
}

template <>
const double Lanes<double>::error = 0x1p-47;
template <>
const long double Lanes<long double>::error = 0x1p-61L;

ACTJIT_DOUBLE(exp)
ACTJIT_DOUBLE(exp2)
ACTJIT_DOUBLE(expm1)
ACTJIT_DOUBLE(log)
ACTJIT_DOUBLE(log2)
ACTJIT_DOUBLE(log10)
ACTJIT_DOUBLE(log1p)
ACTJIT_DOUBLE(tanh)
ACTJIT_DOUBLE(erf)
ACTJIT_DOUBLE(erfc)

#ifdef ACTJIT_LIBMVEC
#define ACTJIT_ANGLE(name)                                        \
  template <>                                                     \
  void Lanes<double>::name(const double* in, double* out) {       \
    if (has_wide_lanes())                                         \
      each_angle<each_wide<_ZGVdN4v_##name>, std::name>(in, out); \
    else                                                          \
      each<double, std::name>(in, out);                           \
  }
#else
#define ACTJIT_ANGLE(name) ACTJIT_DOUBLE(name)
#endif
ACTJIT_ANGLE(sin)
ACTJIT_ANGLE(cos)

#define ACTJIT_LONG(name)                                                  \
  template <>                                                              \
  void Lanes<long double>::name(const long double* in, long double* out) { \
    each<long double, std::name>(in, out);                                 \
  }
ACTJIT_LONG(exp)
ACTJIT_LONG(exp2)
ACTJIT_LONG(expm1)
ACTJIT_LONG(log)
ACTJIT_LONG(log2)
ACTJIT_LONG(log10)
ACTJIT_LONG(log1p)
ACTJIT_LONG(sin)
ACTJIT_LONG(cos)
ACTJIT_LONG(tanh)
ACTJIT_LONG(erf)
ACTJIT_LONG(erfc)

}  // namespace actjit::tools
