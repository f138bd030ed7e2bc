// The formulas over Highway's contrib/math, for what the compiler is told the processor has. It has
// no erf.
#include <math.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>
#include "tools/bench/peers/loops.h"

namespace actjit::bench {

namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct InHighway {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  using Number = T;
  using Element = T;
  using Wide = InHighway;
  static constexpr int width = HWY_LANES(T);

  static V exp(V x) { return hn::Exp(D(), x); }
  static V expm1(V x) { return hn::Expm1(D(), x); }
  static V log(V x) { return hn::Log(D(), x); }
  static V log1p(V x) { return hn::Log1p(D(), x); }
  static V tanh(V x) { return hn::Tanh(D(), x); }
  static V n(double x) { return hn::Set(D(), static_cast<T>(x)); }
  static V sqrt(V x) { return hn::Sqrt(x); }
  static V abs(V x) { return hn::Abs(x); }
  static V neg(V x) { return hn::Neg(x); }
  static V min(V a, V b) { return hn::Min(a, b); }
  static V max(V a, V b) { return hn::Max(a, b); }
  static V positive(V x, V a, V b) { return hn::IfThenElse(hn::Gt(x, hn::Zero(D())), a, b); }
  static auto mask(int64_t k) { return hn::FirstN(D(), static_cast<size_t>(k)); }
  static V first(V x, int64_t k) { return k == width ? x : hn::IfThenElseZero(mask(k), x); }
  static T largest(V x) { return hn::GetLane(hn::MaxOfLanes(D(), x)); }
  static T add_up(V x) { return hn::GetLane(hn::SumOfLanes(D(), x)); }
  static T log_of(T x) { return static_cast<T>(::log(static_cast<double>(x))); }

  static V load(const T* p, int64_t k) {
    return k == width ? hn::LoadU(D(), p) : hn::MaskedLoad(mask(k), D(), p);
  }
  static V load(const T* p, int64_t k, V other) {
    return k == width ? hn::LoadU(D(), p) : hn::IfThenElse(mask(k), load(p, k), other);
  }
  static void store(T* p, V v, int64_t k) {
    if (k == width)
      hn::StoreU(v, D(), p);
    else
      hn::BlendedStore(v, mask(k), D(), p);
  }
};

}  // namespace

Loop ACTJIT_FIND_LOOP(const char* workload, LoopDtype dtype, bool first_axis) {
  switch (dtype) {
    case LoopDtype::f32: return find_loop<InHighway<float>, false>(workload, first_axis);
    case LoopDtype::f64: return find_loop<InHighway<double>, false>(workload, first_axis);
    default: return nullptr;
  }
}

}  // namespace actjit::bench
