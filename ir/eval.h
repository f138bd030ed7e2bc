// The meaning of every primitive op, on one element. The interpreter, constant folding and
// compile-time evaluation all come here; compiled kernels give the same bits (NaN payloads aside).
//
// 16-bit floats are cast and selected, nothing else: ir/widen.h takes their arithmetic elsewhere.
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

#include "ir/dtype.h"
#include "ir/error.h"
#include "ir/op.h"
#include "ir/soft_float.h"

namespace actjit::eval {

template <class T>
constexpr T element(Bits b) {
  if constexpr (std::is_same_v<T, double>)
    return f64_of(b);
  else if constexpr (std::is_same_v<T, float>)
    return f32_of(b);
  else
    return static_cast<T>(b);
}
template <class T>
constexpr Bits bits_of(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return to_bits(x);
  else
    return static_cast<std::make_unsigned_t<T>>(x);
}
constexpr Bits bits_of(bool x) { return x ? 1 : 0; }

// Calls f with a value of the C++ type that stands for `t`; there is none for 16-bit floats.
template <class F>
constexpr Bits with_type(DType t, F f) {
  switch (t) {
    case DType::f64: return f(double{});
    case DType::f32: return f(float{});
    case DType::f16:
    case DType::bf16: break;
    case DType::i64: return f(std::int64_t{});
    case DType::i32: return f(std::int32_t{});
    case DType::boolean: return f(bool{});
  }
  throw InternalError("nothing is computed in 16-bit floats");
}

template <std::floating_point T>
constexpr T fma(T a, T b, T c) {
  if constexpr (std::is_same_v<T, float>)
    return __builtin_fmaf(a, b, c);
  else
    return __builtin_fma(a, b, c);
}

constexpr Bits sign_mask(DType t) { return Bits{1} << (8 * bytes(t) - 1); }
constexpr Bits width_mask(DType t) { return ~Bits{0} >> (64 - 8 * bytes(t)); }

// Constant expressions may not order a NaN.
template <std::floating_point T>
constexpr bool less(T a, T b) {
  return a == a && b == b && a < b;
}

template <std::floating_point T>
constexpr T floating(Op op, T a, T b, T c) {
  switch (op) {
    case Op::add: return a + b;
    case Op::sub: return a - b;
    case Op::mul: return a * b;
    case Op::div: return a / b;
    case Op::fma: return fma(a, b, c);
    case Op::sqrt:
      return static_cast<T>(sizeof(T) == 4 ? __builtin_sqrtf(static_cast<float>(a))
                                           : __builtin_sqrt(static_cast<double>(a)));
    case Op::min: return less(b, a) || b != b ? b : a;
    case Op::max: return less(a, b) || b != b ? b : a;
    case Op::floor: return static_cast<T>(__builtin_floor(a));
    case Op::ceil: return static_cast<T>(__builtin_ceil(a));
    case Op::trunc: return static_cast<T>(__builtin_trunc(a));
    case Op::round: return static_cast<T>(__builtin_roundeven(a));
    default: throw InternalError("not an op on floats");
  }
}

// The same with the same bits, for constant expressions.
constexpr Bits floating_by_integers(Op op, DType t, double a, double b, double c) {
  const soft::Format f = soft::format(t);
  switch (op) {
    case Op::add: return soft::add(f, a, b);
    case Op::sub: return soft::sub(f, a, b);
    case Op::mul: return soft::mul(f, a, b);
    case Op::div: return soft::div(f, a, b);
    case Op::fma: return soft::fma(f, a, b, c);
    case Op::sqrt: return soft::sqrt(f, a);
    default: break;
  }
  // The others give one of the operands, or are exact: in f64 too.
  const double exact = a != a && arity(op) == 1 ? a : floating(op, a, b, c);
  return soft::convert(DType::f64, t, to_bits(exact));
}

template <class T>
constexpr bool compare(Op op, T a, T b) {
  if (a != a || b != b) return op == Op::ne;
  switch (op) {
    case Op::eq: return a == b;
    case Op::ne: return a != b;
    case Op::lt: return a < b;
    case Op::le: return a <= b;
    case Op::gt: return a > b;
    case Op::ge: return a >= b;
    default: throw InternalError("not a comparison");
  }
}

// Integers as unsigned words of their width, so that overflow wraps.
constexpr Bits integer(Op op, DType t, Bits a, Bits b) {
  const unsigned width = static_cast<unsigned>(8 * bytes(t));
  const unsigned count = static_cast<unsigned>(b) & (width - 1);
  const Bits all = is_bool(t) ? 1 : width_mask(t);
  switch (op) {
    case Op::add: return (a + b) & all;
    case Op::sub: return (a - b) & all;
    case Op::mul: return (a * b) & all;
    case Op::neg: return (Bits{0} - a) & all;
    case Op::bit_and: return a & b;
    case Op::bit_or: return a | b;
    case Op::bit_xor: return a ^ b;
    case Op::bit_not: return ~a & all;
    case Op::shl: return (a << count) & all;
    case Op::shr: return a >> count;
    case Op::sar:
      return t == DType::i64 ? bits_of(static_cast<std::int64_t>(a) >> count)
                             : bits_of(static_cast<std::int32_t>(a) >> count);
    default: throw InternalError("not an op on integers");
  }
}

template <std::floating_point From, std::signed_integral To>
constexpr To truncate(From x) {
  // The bounds are powers of two, so the comparisons are exact in From.
  constexpr From limit = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * From{2};
  if (x != x) return 0;
  if (x >= limit) return std::numeric_limits<To>::max();
  if (x < -limit) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}

template <class From, class To>
constexpr To convert(From x) {
  if constexpr (std::is_same_v<To, bool>)
    return x != From{0};
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
    return truncate<From, To>(x);
  else
    return static_cast<To>(x);
}

// From one float dtype to another, rounded once. The machine rounds f64 to f32 and, exactly, back.
constexpr Bits convert_float(DType from, DType to, Bits a) {
  const bool is_native = !is_storage_only(from) && !is_storage_only(to);
  if (!is_native || std::is_constant_evaluated()) return soft::convert(from, to, a);
  return with_type(from, [&]<class From>(From) {
    return to == DType::f64 ? to_bits(static_cast<double>(element<From>(a)))
                            : to_bits(static_cast<float>(element<From>(a)));
  });
}

// The number that a float is.
constexpr double to_double(DType t, Bits a) { return f64_of(convert_float(t, DType::f64, a)); }

// An integer as a float, rounded once.
constexpr Bits integer_to_float(DType from, DType to, Bits a) {
  const std::int64_t x =
      from == DType::i32 ? static_cast<std::int32_t>(a) : static_cast<std::int64_t>(a);
  const Bits magnitude = x < 0 ? Bits{0} - static_cast<Bits>(x) : static_cast<Bits>(x);
  return soft::round(soft::format(to), x < 0, magnitude, 0);
}

constexpr Bits cast(DType from, DType to, Bits a) {
  if (from == to) return a;
  if (is_float(from) && is_float(to)) return convert_float(from, to, a);
  if (is_storage_only(to)) return integer_to_float(from, to, a);
  if (is_storage_only(from)) return cast(DType::f64, to, convert_float(from, DType::f64, a));
  return with_type(from, [&]<class From>(From) {
    return with_type(to,
                     [&]<class To>(To) { return bits_of(convert<From, To>(element<From>(a))); });
  });
}

// op(a, b, c) for any primitive but lookup, whose table it does not know. `operands` is the dtype
// of the operands (of the two values for select), `result` that of the result.
constexpr Bits apply(Op op, DType operands, DType result, Bits a, Bits b, Bits c) {
  switch (info(op).rule) {
    case TypeRule::select: return (a & 1) ? b : c;
    case TypeRule::cast: return cast(operands, result, a);
    case TypeRule::bitcast: return a;
    case TypeRule::compare:
      return with_type(
          operands, [&]<class T>(T) { return bits_of(compare(op, element<T>(a), element<T>(b))); });
    default: break;
  }
  if (!is_float(operands)) return integer(op, operands, a, b);
  if (is_storage_only(operands)) throw InternalError("nothing is computed in 16-bit floats");
  // Sign manipulations act on bits: they quieten nothing and keep payloads.
  const Bits sign = sign_mask(operands);
  if (op == Op::neg) return a ^ sign;
  if (op == Op::abs) return a & ~sign;
  if (op == Op::copysign) return (a & ~sign) | (b & sign);
  if (std::is_constant_evaluated())
    return floating_by_integers(op, operands, to_double(operands, a), to_double(operands, b),
                                to_double(operands, c));
  if (operands == DType::f64) return to_bits(floating(op, f64_of(a), f64_of(b), f64_of(c)));
  return to_bits(floating(op, f32_of(a), f32_of(b), f32_of(c)));
}

// A constant or run-time scalar as an element of `dtype`: hi + lo, rounded once.
constexpr Bits real(DType dtype, Real r) {
  if (dtype == DType::f64) return to_bits(r.hi);
  if (r.lo == 0) return convert_float(DType::f64, dtype, to_bits(r.hi));
  return soft::add(soft::format(dtype), r.hi, r.lo);
}

}  // namespace actjit::eval
