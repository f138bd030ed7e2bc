// The C library's functions on blocks of numbers: glibc's vector library for double where the
// machine has AVX2, else its scalar functions. Errors stay below Lanes::error relative to the
// result, over the arguments that ball_math.h lets through; tests/oracle_test.cpp checks that.
//
// glibc states at most 4 ULP for libmvec (https://sourceware.org/glibc/wiki/libmvec) and, in its
// manual ("Known Maximum Errors in Math Functions"), at most 3 ULP for each scalar function used
// here, in double and in the 64-bit long double of x86: below 2^-47 and 2^-61.
#pragma once

#include <cstddef>

namespace actjit::tools {

inline constexpr std::size_t block_size = 512;

template <class T>
struct Lanes {
  static const T error;  // relative
  // block_size elements each; `in` and `out` may be the same.
  static void exp(const T* in, T* out);
  static void exp2(const T* in, T* out);
  static void expm1(const T* in, T* out);
  static void log(const T* in, T* out);
  static void log2(const T* in, T* out);
  static void log10(const T* in, T* out);
  static void log1p(const T* in, T* out);
  static void sin(const T* in, T* out);
  static void cos(const T* in, T* out);
  static void tanh(const T* in, T* out);
  static void erf(const T* in, T* out);
  static void erfc(const T* in, T* out);
};

// Whether blocks are worked on with AVX2 and FMA, and whether with AVX-512.
bool has_wide_lanes();
bool has_widest_lanes();

}  // namespace actjit::tools
