// What a compiler makes of plain loops: built by g++ and by clang, each at -O3 -march=native
// -ffast-math with glibc's vector functions (libmvec). ACTJIT_FIND_LOOP is the name of its entry.
#include <math.h>

#include "tools/bench/peers/loops.h"

namespace actjit::bench {

namespace {

inline float to_number(float x) { return x; }
inline double to_number(double x) { return x; }
#ifdef ACTJIT_HAS_FLOAT16
inline float to_number(_Float16 x) { return static_cast<float>(x); }
#endif
inline void to_memory(float x, float* p) { *p = x; }
inline void to_memory(double x, double* p) { *p = x; }
#ifdef ACTJIT_HAS_FLOAT16
inline void to_memory(float x, _Float16* p) { *p = static_cast<_Float16>(x); }
#endif

// bfloat16: the upper half of a float, rounded to even.
struct Bf16 {
  uint16_t bits;
};
inline float to_number(Bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float out;
  memcpy(&out, &bits, sizeof out);
  return out;
}
inline void to_memory(float x, Bf16* p) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  p->bits = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

template <class T>
struct Functions;
#define ACTJIT_FUNCTIONS(type, suffix)                               \
  template <>                                                        \
  struct Functions<type> {                                           \
    static type exp(type x) { return __builtin_exp##suffix(x); }     \
    static type expm1(type x) { return __builtin_expm1##suffix(x); } \
    static type log(type x) { return __builtin_log##suffix(x); }     \
    static type log1p(type x) { return __builtin_log1p##suffix(x); } \
    static type tanh(type x) { return __builtin_tanh##suffix(x); }   \
    static type erf(type x) { return __builtin_erf##suffix(x); }     \
    static type sqrt(type x) { return __builtin_sqrt##suffix(x); }   \
    static type abs(type x) { return __builtin_fabs##suffix(x); }    \
  };
ACTJIT_FUNCTIONS(float, f)
ACTJIT_FUNCTIONS(double, )

// One number at a time; making vectors of it is the compiler's part.
template <class T, class Memory>
struct Plain : Functions<T> {
  using V = T;
  using Number = T;
  using Element = Memory;
  using Wide = Plain<T, T>;
  static constexpr int width = 1;

  static V load(const Element* p, int64_t, V = 0) { return to_number(*p); }
  static void store(Element* p, V v, int64_t) { to_memory(v, p); }
  static V n(double x) { return static_cast<T>(x); }
  static V neg(V x) { return -x; }
  static V min(V a, V b) { return a < b ? a : b; }
  static V max(V a, V b) { return a > b ? a : b; }
  static V positive(V x, V a, V b) { return x > 0 ? a : b; }
  static V first(V x, int64_t) { return x; }
  static T largest(V x) { return x; }
  static T add_up(V x) { return x; }
  static T log_of(T x) { return Functions<T>::log(x); }
};

}  // namespace

Loop ACTJIT_FIND_LOOP(const char* workload, LoopDtype dtype, bool first_axis) {
  switch (dtype) {
    case LoopDtype::f32: return find_loop<Plain<float, float>>(workload, first_axis);
    case LoopDtype::f64: return find_loop<Plain<double, double>>(workload, first_axis);
    case LoopDtype::bf16: return find_loop<Plain<float, Bf16>>(workload, first_axis);
    case LoopDtype::f16:
#ifdef ACTJIT_HAS_FLOAT16
      return find_loop<Plain<float, _Float16>>(workload, first_axis);
#else
      return nullptr;
#endif
  }
  return nullptr;
}

}  // namespace actjit::bench
