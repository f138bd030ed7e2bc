// The formulas over SLEEF in vectors of 256 bits. Built twice, for both grades of its functions.
#include "tools/bench/peers/sleef.h"

namespace actjit::bench {

namespace {

template <class V>
auto largest_of(V x) {
  auto out = x[0];
  for (unsigned i = 1; i < sizeof x / sizeof out; ++i) out = x[i] > out ? x[i] : out;
  return out;
}

template <class V>
auto sum_of(V x) {
  auto out = x[0];
  for (unsigned i = 1; i < sizeof x / sizeof out; ++i) out += x[i];
  return out;
}

struct F32 {
  ACTJIT_SLEEF_VECTOR(float, f8, avx2, _mm256, ps)
  static V abs(V x) { return _mm256_andnot_ps(n(-0.0), x); }
  static V positive(V x, V a, V b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
  }
  static __m256i mask(int64_t k) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(k)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static V select(int64_t k, V x, V other) {
    return _mm256_blendv_ps(other, x, _mm256_castsi256_ps(mask(k)));
  }
  static V load_some(const float* p, int64_t k, V other) {
    return select(k, _mm256_maskload_ps(p, mask(k)), other);
  }
  static void store_some(float* p, V v, int64_t k) { _mm256_maskstore_ps(p, mask(k), v); }
  static float largest(V x) { return largest_of(x); }
  static float add_up(V x) { return sum_of(x); }

  // There is no mask for 16 bits: what is left of a vector goes through memory.
  static __m128i load_halves(const uint16_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static __m128i load_halves(const uint16_t* p, int64_t k) {
    uint16_t some[width] = {};
    memcpy(some, p, sizeof(uint16_t) * static_cast<size_t>(k));
    return load_halves(some);
  }
  static void store_halves(uint16_t* p, __m128i v, int64_t k) {
    memcpy(p, &v, sizeof(uint16_t) * static_cast<size_t>(k));
  }
};

struct F64 {
  ACTJIT_SLEEF_VECTOR(double, d4, avx2, _mm256, pd)
  static V abs(V x) { return _mm256_andnot_pd(n(-0.0), x); }
  static V positive(V x, V a, V b) {
    return _mm256_blendv_pd(b, a, _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_GT_OQ));
  }
  static __m256i mask(int64_t k) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(k), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  static V select(int64_t k, V x, V other) {
    return _mm256_blendv_pd(other, x, _mm256_castsi256_pd(mask(k)));
  }
  static V load_some(const double* p, int64_t k, V other) {
    return select(k, _mm256_maskload_pd(p, mask(k)), other);
  }
  static void store_some(double* p, V v, int64_t k) { _mm256_maskstore_pd(p, mask(k), v); }
  static double largest(V x) { return largest_of(x); }
  static double add_up(V x) { return sum_of(x); }
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
  return find_sleef_loop<F32, F64, Bf16, F16>(workload, dtype, first_axis);
}

}  // namespace actjit::bench
