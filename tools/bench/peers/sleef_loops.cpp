// The formulas over SLEEF, in vectors of 512 bits. Built twice: with its functions of 1.0 ULP
// (ACTJIT_SLEEF_FAST 0) and with those of 3.5 ULP where there are some.
#include <immintrin.h>
#include <math.h>
#include <sleef.h>

#include "tools/bench/peers/loops.h"

namespace actjit::bench {

namespace {

struct F32 {
  using V = __m512;
  using Number = float;
  static constexpr int width = 16;
  static V exp(V x) { return Sleef_expf16_u10avx512f(x); }  // the only one there is
  static V expm1(V x) { return Sleef_expm1f16_u10avx512f(x); }
  static V log1p(V x) { return Sleef_log1pf16_u10avx512f(x); }
  static V erf(V x) { return Sleef_erff16_u10avx512f(x); }
#if ACTJIT_SLEEF_FAST
  static V log(V x) { return Sleef_logf16_u35avx512f(x); }
  static V tanh(V x) { return Sleef_tanhf16_u35avx512f(x); }
#else
  static V log(V x) { return Sleef_logf16_u10avx512f(x); }
  static V tanh(V x) { return Sleef_tanhf16_u10avx512f(x); }
#endif
  static V n(double x) { return _mm512_set1_ps(static_cast<float>(x)); }
  static V sqrt(V x) { return _mm512_sqrt_ps(x); }
  static V abs(V x) { return _mm512_abs_ps(x); }
  static V min(V a, V b) { return _mm512_min_ps(a, b); }
  static V max(V a, V b) { return _mm512_max_ps(a, b); }
  static V positive(V x, V a, V b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), b, a);
  }
  static __mmask16 mask(int64_t k) { return static_cast<__mmask16>((1u << k) - 1); }
  static V first(V x, int64_t k) { return k == width ? x : _mm512_maskz_mov_ps(mask(k), x); }
  static float largest(V x) { return _mm512_reduce_max_ps(x); }
  static float add_up(V x) { return _mm512_reduce_add_ps(x); }
  static V neg(V x) { return -x; }
  static float log_of(float x) { return ::logf(x); }
};

struct F64 {
  using V = __m512d;
  using Number = double;
  static constexpr int width = 8;
  static V exp(V x) { return Sleef_expd8_u10avx512f(x); }
  static V expm1(V x) { return Sleef_expm1d8_u10avx512f(x); }
  static V log1p(V x) { return Sleef_log1pd8_u10avx512f(x); }
  static V erf(V x) { return Sleef_erfd8_u10avx512f(x); }
#if ACTJIT_SLEEF_FAST
  static V log(V x) { return Sleef_logd8_u35avx512f(x); }
  static V tanh(V x) { return Sleef_tanhd8_u35avx512f(x); }
#else
  static V log(V x) { return Sleef_logd8_u10avx512f(x); }
  static V tanh(V x) { return Sleef_tanhd8_u10avx512f(x); }
#endif
  static V n(double x) { return _mm512_set1_pd(x); }
  static V sqrt(V x) { return _mm512_sqrt_pd(x); }
  static V abs(V x) { return _mm512_abs_pd(x); }
  static V min(V a, V b) { return _mm512_min_pd(a, b); }
  static V max(V a, V b) { return _mm512_max_pd(a, b); }
  static V positive(V x, V a, V b) {
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ), b, a);
  }
  static __mmask8 mask(int64_t k) { return static_cast<__mmask8>((1u << k) - 1); }
  static V first(V x, int64_t k) { return k == width ? x : _mm512_maskz_mov_pd(mask(k), x); }
  static double largest(V x) { return _mm512_reduce_max_pd(x); }
  static double add_up(V x) { return _mm512_reduce_add_pd(x); }
  static V neg(V x) { return -x; }
  static double log_of(double x) { return ::log(x); }
};

struct InF32 : F32 {
  using Element = float;
  using Wide = InF32;
  static V load(const float* p, int64_t k, V other = V{}) {
    return k == width ? _mm512_loadu_ps(p) : _mm512_mask_loadu_ps(other, mask(k), p);
  }
  static void store(float* p, V v, int64_t k) {
    k == width ? _mm512_storeu_ps(p, v) : _mm512_mask_storeu_ps(p, mask(k), v);
  }
};

struct InF64 : F64 {
  using Element = double;
  using Wide = InF64;
  static V load(const double* p, int64_t k, V other = V{}) {
    return k == width ? _mm512_loadu_pd(p) : _mm512_mask_loadu_pd(other, mask(k), p);
  }
  static void store(double* p, V v, int64_t k) {
    k == width ? _mm512_storeu_pd(p, v) : _mm512_mask_storeu_pd(p, mask(k), v);
  }
};

// 16 bits in memory, f32 in registers: `Conversion` says how they become each other.
template <class Conversion>
struct In16 : F32 {
  using Element = uint16_t;
  using Wide = InF32;
  static V load(const uint16_t* p, int64_t k, V other = V{}) {
    if (k == width)
      return Conversion::widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_mask_mov_ps(other, mask(k),
                              Conversion::widen(_mm256_maskz_loadu_epi16(mask(k), p)));
  }
  static void store(uint16_t* p, V v, int64_t k) {
    const __m256i half = Conversion::narrow(v);
    if (k == width)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), half);
    else
      _mm256_mask_storeu_epi16(p, mask(k), half);
  }
};

struct Bf16 {
  static __m512 widen(__m256i x) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
  }
  static __m256i narrow(__m512 x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i half = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_add_epi32(bits, half), 16));
  }
};

struct F16 {
  static __m512 widen(__m256i x) { return _mm512_cvtph_ps(x); }
  static __m256i narrow(__m512 x) { return _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT); }
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
