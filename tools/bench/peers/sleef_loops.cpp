// The formulas over SLEEF in vectors of 512 bits. Built twice, for both grades of its functions.
#include "tools/bench/peers/sleef.h"

namespace actjit::bench {

namespace {

struct F32 {
  ACTJIT_SLEEF_VECTOR(float, f16, avx512f, _mm512, ps)
  static V abs(V x) { return _mm512_abs_ps(x); }
  static V positive(V x, V a, V b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), b, a);
  }
  static __mmask16 mask(int64_t k) { return static_cast<__mmask16>((1u << k) - 1); }
  static V select(int64_t k, V x, V other) { return _mm512_mask_mov_ps(other, mask(k), x); }
  static V load_some(const float* p, int64_t k, V other) {
    return _mm512_mask_loadu_ps(other, mask(k), p);
  }
  static void store_some(float* p, V v, int64_t k) { _mm512_mask_storeu_ps(p, mask(k), v); }
  static float largest(V x) { return _mm512_reduce_max_ps(x); }
  static float add_up(V x) { return _mm512_reduce_add_ps(x); }

  static __m256i load_halves(const uint16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static __m256i load_halves(const uint16_t* p, int64_t k) {
    return _mm256_maskz_loadu_epi16(mask(k), p);
  }
  static void store_halves(uint16_t* p, __m256i v, int64_t k) {
    if (k == width)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
    else
      _mm256_mask_storeu_epi16(p, mask(k), v);
  }
};

struct F64 {
  ACTJIT_SLEEF_VECTOR(double, d8, avx512f, _mm512, pd)
  static V abs(V x) { return _mm512_abs_pd(x); }
  static V positive(V x, V a, V b) {
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ), b, a);
  }
  static __mmask8 mask(int64_t k) { return static_cast<__mmask8>((1u << k) - 1); }
  static V select(int64_t k, V x, V other) { return _mm512_mask_mov_pd(other, mask(k), x); }
  static V load_some(const double* p, int64_t k, V other) {
    return _mm512_mask_loadu_pd(other, mask(k), p);
  }
  static void store_some(double* p, V v, int64_t k) { _mm512_mask_storeu_pd(p, mask(k), v); }
  static double largest(V x) { return _mm512_reduce_max_pd(x); }
  static double add_up(V x) { return _mm512_reduce_add_pd(x); }
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
  return find_sleef_loop<F32, F64, Bf16, F16>(workload, dtype, first_axis);
}

}  // namespace actjit::bench
