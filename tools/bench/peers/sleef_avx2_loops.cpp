// The formulas over SLEEF, in vectors of 256 bits; see sleef_loops.cpp.
#include <immintrin.h>
#include <math.h>
#include <sleef.h>

#include "tools/bench/peers/loops.h"

namespace actjit::bench {

namespace {

// What is left of a vector goes through memory.
template <class To, class From>
To reshape(const From& from) {
  static_assert(sizeof(To) <= sizeof(From));
  To out;
  memcpy(&out, &from, sizeof out);
  return out;
}

struct F32 {
  using V = __m256;
  using Number = float;
  static constexpr int width = 8;
  static V exp(V x) { return Sleef_expf8_u10avx2(x); }  // the only one there is
  static V expm1(V x) { return Sleef_expm1f8_u10avx2(x); }
  static V log1p(V x) { return Sleef_log1pf8_u10avx2(x); }
  static V erf(V x) { return Sleef_erff8_u10avx2(x); }
#if ACTJIT_SLEEF_FAST
  static V log(V x) { return Sleef_logf8_u35avx2(x); }
  static V tanh(V x) { return Sleef_tanhf8_u35avx2(x); }
#else
  static V log(V x) { return Sleef_logf8_u10avx2(x); }
  static V tanh(V x) { return Sleef_tanhf8_u10avx2(x); }
#endif
  static V n(double x) { return _mm256_set1_ps(static_cast<float>(x)); }
  static V sqrt(V x) { return _mm256_sqrt_ps(x); }
  static V abs(V x) { return _mm256_andnot_ps(n(-0.0), x); }
  static V min(V a, V b) { return _mm256_min_ps(a, b); }
  static V max(V a, V b) { return _mm256_max_ps(a, b); }
  static V positive(V x, V a, V b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
  }
  static __m256i mask(int64_t k) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(k)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static V first(V x, int64_t k) {
    return k == width ? x : _mm256_and_ps(_mm256_castsi256_ps(mask(k)), x);
  }
  static float log_of(float x) { return ::logf(x); }
};

struct F64 {
  using V = __m256d;
  using Number = double;
  static constexpr int width = 4;
  static V exp(V x) { return Sleef_expd4_u10avx2(x); }
  static V expm1(V x) { return Sleef_expm1d4_u10avx2(x); }
  static V log1p(V x) { return Sleef_log1pd4_u10avx2(x); }
  static V erf(V x) { return Sleef_erfd4_u10avx2(x); }
#if ACTJIT_SLEEF_FAST
  static V log(V x) { return Sleef_logd4_u35avx2(x); }
  static V tanh(V x) { return Sleef_tanhd4_u35avx2(x); }
#else
  static V log(V x) { return Sleef_logd4_u10avx2(x); }
  static V tanh(V x) { return Sleef_tanhd4_u10avx2(x); }
#endif
  static V n(double x) { return _mm256_set1_pd(x); }
  static V sqrt(V x) { return _mm256_sqrt_pd(x); }
  static V abs(V x) { return _mm256_andnot_pd(n(-0.0), x); }
  static V min(V a, V b) { return _mm256_min_pd(a, b); }
  static V max(V a, V b) { return _mm256_max_pd(a, b); }
  static V positive(V x, V a, V b) {
    return _mm256_blendv_pd(b, a, _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_GT_OQ));
  }
  static __m256i mask(int64_t k) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(k), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  static V first(V x, int64_t k) {
    return k == width ? x : _mm256_and_pd(_mm256_castsi256_pd(mask(k)), x);
  }
  static double log_of(double x) { return ::log(x); }
};

// What both have in common.
template <class F>
struct Reduced : F {
  using V = typename F::V;
  using Number = typename F::Number;
  static V neg(V x) { return -x; }
  static Number largest(V x) {
    Number out = x[0];
    for (int i = 1; i < F::width; ++i) out = x[i] > out ? x[i] : out;
    return out;
  }
  static Number add_up(V x) {
    Number out = x[0];
    for (int i = 1; i < F::width; ++i) out += x[i];
    return out;
  }
};

struct InF32 : Reduced<F32> {
  using Element = float;
  using Wide = InF32;
  static V load(const float* p, int64_t k, V other = V{}) {
    if (k == width) return _mm256_loadu_ps(p);
    return _mm256_blendv_ps(other, _mm256_maskload_ps(p, mask(k)), _mm256_castsi256_ps(mask(k)));
  }
  static void store(float* p, V v, int64_t k) {
    k == width ? _mm256_storeu_ps(p, v) : _mm256_maskstore_ps(p, mask(k), v);
  }
};

struct InF64 : Reduced<F64> {
  using Element = double;
  using Wide = InF64;
  static V load(const double* p, int64_t k, V other = V{}) {
    if (k == width) return _mm256_loadu_pd(p);
    return _mm256_blendv_pd(other, _mm256_maskload_pd(p, mask(k)), _mm256_castsi256_pd(mask(k)));
  }
  static void store(double* p, V v, int64_t k) {
    k == width ? _mm256_storeu_pd(p, v) : _mm256_maskstore_pd(p, mask(k), v);
  }
};

// 16 bits in memory, f32 in registers: `Conversion` says how they become each other.
template <class Conversion>
struct In16 : Reduced<F32> {
  using Element = uint16_t;
  using Wide = InF32;
  static V load(const uint16_t* p, int64_t k, V other = V{}) {
    if (k == width) return Conversion::widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    uint16_t some[width] = {};
    memcpy(some, p, sizeof(uint16_t) * static_cast<size_t>(k));
    return _mm256_blendv_ps(other, Conversion::widen(reshape<__m128i>(some)),
                            _mm256_castsi256_ps(mask(k)));
  }
  static void store(uint16_t* p, V v, int64_t k) {
    const __m128i half = Conversion::narrow(v);
    memcpy(p, &half, sizeof(uint16_t) * static_cast<size_t>(k));
  }
};

struct Bf16 {
  static __m256 widen(__m128i x) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
  }
  static __m128i narrow(__m256 x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
    const __m256i high = _mm256_srli_epi32(_mm256_add_epi32(bits, half), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
  }
};

struct F16 {
  static __m256 widen(__m128i x) { return _mm256_cvtph_ps(x); }
  static __m128i narrow(__m256 x) { return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT); }
};

}  // namespace

Loop ACTJIT_FIND_LOOP(const char* workload, LoopDtype dtype, bool first_axis) {
  switch (dtype) {
    case LoopDtype::f32: return find_loop<InF32>(workload, first_axis);
    case LoopDtype::f64: return find_loop<InF64>(workload, first_axis);
    case LoopDtype::bf16: return find_loop<In16<Bf16>>(workload, first_axis);
    case LoopDtype::f16: return find_loop<In16<F16>>(workload, first_axis);
  }
  return nullptr;
}

}  // namespace actjit::bench
