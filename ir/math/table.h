// The math functions by op: every math row of ops.def has a header in this folder.
#pragma once

#include "ir/math/compensated.h"
#include "ir/math/cos.h"
#include "ir/math/erf.h"
#include "ir/math/erfc.h"
#include "ir/math/exp.h"
#include "ir/math/exp2.h"
#include "ir/math/expm1.h"
#include "ir/math/gelu.h"
#include "ir/math/gelu_tanh.h"
#include "ir/math/hypot.h"
#include "ir/math/log.h"
#include "ir/math/log10.h"
#include "ir/math/log1p.h"
#include "ir/math/log2.h"
#include "ir/math/mish.h"
#include "ir/math/pow.h"
#include "ir/math/rsqrt.h"
#include "ir/math/scaled_softplus.h"
#include "ir/math/sigmoid.h"
#include "ir/math/silu.h"
#include "ir/math/sin.h"
#include "ir/math/softcap.h"
#include "ir/math/softplus.h"
#include "ir/math/squareplus.h"
#include "ir/math/surrogate.h"
#include "ir/math/swish.h"
#include "ir/math/tanh.h"
#include "ir/math/tanh_shrink.h"
#include "ir/math/telu.h"

namespace actjit::math {

// The declaration of a math op.
constexpr const MathFunction& function(Op op) {
#define ACTJIT_MATH_leaf(name)
#define ACTJIT_MATH_primitive(name)
#define ACTJIT_MATH_reduction(name)
#define ACTJIT_MATH_view(name)
#define ACTJIT_MATH_math(name) \
  case Op::name:               \
    return name##_function;
#define OP(name, text, arity, kind, rule, traits, meaning) ACTJIT_MATH_##kind(name)
  switch (op) {
#include "ir/ops.def"
    default: throw InternalError("not a math op");
  }
#undef OP
#undef ACTJIT_MATH_math
#undef ACTJIT_MATH_view
#undef ACTJIT_MATH_reduction
#undef ACTJIT_MATH_primitive
#undef ACTJIT_MATH_leaf
}

}  // namespace actjit::math
