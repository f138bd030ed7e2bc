#include "tests/support/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/eval.h"
#include "ir/print.h"

namespace actjit::test {

namespace {

// Whole numbers at which some dtype or some conversion ends; both signs are taken.
constexpr std::array<double, 22> landmarks{
    1,          2,      3,          10,         127,    128,        255,        1000,
    65535,      0x1p22, 0x1p23,     0x1p24 - 1, 0x1p24, 0x1p24 + 1, 0x1p24 + 2, 0x1p31,
    0x1p31 - 1, 0x1p32, 0x1p52 + 1, 0x1p53,     0x1p63, 0x1p64};
constexpr std::array<double, 12> fractions{
    0.5, 1.5, 2.5, 3.5, 0.1, 0.25, 0.75, 0x1.fffffep-2, 1e-3, 0x1p23 + 0.5, 0x1p22 + 0.5, 1.0 / 3};

template <class T>
std::vector<Bits> special_floats() {
  using L = std::numeric_limits<T>;
  std::vector<Bits> out;
  const auto both = [&](T x) {
    out.push_back(to_bits(x));
    out.push_back(to_bits(-x));
  };
  both(0);
  both(L::infinity());
  both(L::quiet_NaN());
  both(L::denorm_min());
  both(std::nextafter(L::min(), T{0}));  // the largest subnormal
  both(L::min());
  both(L::max());
  both(std::nextafter(T{1}, T{0}));
  both(std::nextafter(T{1}, T{2}));
  both(std::nextafter(T{0x1p31}, T{0}));
  both(std::nextafter(T{0x1p63}, T{0}));
  both(std::sqrt(L::max()));
  both(std::sqrt(L::min()));
  both(L::epsilon());
  for (double x : landmarks) both(static_cast<T>(x));
  for (double x : fractions) both(static_cast<T>(x));
  // Ties between two 16-bit floats, those and one more bit, and the ends of their ranges; in f64
  // those of f32 too.
  for (DType t : {DType::f16, DType::bf16}) {
    const soft::Format f = soft::format(t);
    const double last = std::exp2(-f.fraction_bits()), least = std::exp2(f.least_exponent());
    const double overflow = std::exp2(f.max_exponent) * (2 - last / 2);
    for (double x : {1 + last / 2, 1 + 1.5 * last, least / 2, 1.5 * least, overflow})
      for (double y :
           {x, x * (1 + 0x1p-23), x * (1 - 0x1p-24), x * (1 + 0x1p-40), x * (1 - 0x1p-52)})
        both(static_cast<T>(y));
  }
  if (sizeof(T) == 8)
    for (double x : {1 + 0x1p-24, 1 + 0x1p-24 + 0x1p-50, 1 + 0x1p-23 + 0x1p-24, 0x1.fffffefp127,
                     0x1.ffffffp127, 0x1p-149, 0x1p-150, 0x1.8p-149, 0x1.000001p-126, 0x1p-127})
      both(static_cast<T>(x));
  out.push_back(sizeof(T) == 8 ? Bits{0x7ff0000000000001} : Bits{0x7f800001});  // signalling
  return out;
}

// Every kind of float of a 16-bit dtype, and the landmarks that it has.
std::vector<Bits> special_small_floats(DType t) {
  const soft::Format f = soft::format(t);
  const Bits one = eval::real(t, 1), least_normal = Bits{1} << f.fraction_bits();
  std::vector<Bits> out;
  const auto both = [&](Bits b) {
    out.push_back(b);
    out.push_back(b | f.sign());
  };
  for (Bits b : {Bits{0}, Bits{1}, Bits{2}, Bits{3}, least_normal - 1, least_normal, one - 1, one,
                 one + 1, f.infinity() - 1, f.infinity(), f.infinity() | f.quiet_bit()})
    both(b);
  for (double x : landmarks) both(eval::real(t, x));
  for (double x : fractions) both(eval::real(t, x));
  out.push_back(f.infinity() + 1);  // signalling
  return out;
}

template <class T>
std::vector<Bits> special_integers() {
  using L = std::numeric_limits<T>;
  std::vector<Bits> out;
  for (T x : {T{0}, T{1}, T{-1}, T{2}, T{-2}, T{7}, T{31}, T{32}, T{33}, T{63}, T{64}, T{65},
              L::max(), L::min(), T(L::max() - 1), T(L::min() + 1), T(0x55555555), T(0x80808080)})
    out.push_back(eval::bits_of(x));
  for (double x : landmarks)
    if (x < static_cast<double>(L::max()))
      for (T y : {static_cast<T>(x), static_cast<T>(-x)}) out.push_back(eval::bits_of(y));
  if constexpr (sizeof(T) == 8)  // around the rounding of 64-bit integers to floats
    for (std::int64_t x : {(std::int64_t{1} << 53) + 1, (std::int64_t{1} << 54) + 2,
                           (std::int64_t{1} << 62) - 1, (std::int64_t{1} << 40) + (1 << 16),
                           (std::int64_t{1} << 40) + (1 << 16) + 1, L::max() - 511})
      out.push_back(static_cast<Bits>(x)), out.push_back(static_cast<Bits>(-x));
  return out;
}

std::vector<Bits> make_special(DType dtype) {
  std::vector<Bits> out;
  switch (dtype) {
    case DType::f64: out = special_floats<double>(); break;
    case DType::f32: out = special_floats<float>(); break;
    case DType::f16:
    case DType::bf16: out = special_small_floats(dtype); break;
    case DType::i64: out = special_integers<std::int64_t>(); break;
    case DType::i32: out = special_integers<std::int32_t>(); break;
    case DType::boolean: out = {0, 1}; break;
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Bits width_of(DType dtype, Bits word) {
  return is_bool(dtype) ? word & 1 : word & eval::width_mask(dtype);
}

// Ordered as the floats are.
std::int64_t ordered(DType dtype, Bits bits) {
  const Bits sign = eval::sign_mask(dtype);
  const auto magnitude = static_cast<std::int64_t>(bits & ~sign);
  return bits & sign ? -magnitude : magnitude;
}

}  // namespace

const std::vector<Bits>& special_values(DType dtype) {
  static const std::array tables = [] {
    std::array<std::vector<Bits>, dtype_table.size()> all;
    for (DType t : all_dtypes) all[static_cast<std::size_t>(t)] = make_special(t);
    return all;
  }();
  return tables[static_cast<std::size_t>(dtype)];
}

Bits random_element(DType dtype, Random& random) {
  const std::uint64_t kind = random.below(8);
  if (kind < 2) return random.pick(special_values(dtype));
  if (kind == 2) return width_of(dtype, random.pick(special_values(dtype)) + random.below(9) - 4);
  if (kind == 3) return width_of(dtype, random.word());
  if (kind == 4 && !is_float(dtype)) return width_of(dtype, random.word() >> random.below(64));
  if (!is_float(dtype)) return width_of(dtype, static_cast<Bits>(random.between(-40, 40)));
  const double scale = kind == 4 ? std::exp2(static_cast<double>(random.between(-40, 40))) : 4;
  return eval::real(dtype, (2 * random.unit() - 1) * scale);
}

bool is_nan(DType dtype, Bits bits) {
  return is_float(dtype) && std::isnan(eval::to_double(dtype, bits));
}

bool same(DType dtype, Bits a, Bits b) { return a == b || (is_nan(dtype, a) && is_nan(dtype, b)); }

std::uint64_t ulps_between(DType dtype, Bits a, Bits b) {
  const std::int64_t x = ordered(dtype, a);
  const std::int64_t y = ordered(dtype, b);
  return x > y ? static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y)
               : static_cast<std::uint64_t>(y) - static_cast<std::uint64_t>(x);
}

bool is_normal(DType dtype, Bits bits) {
  const soft::Format f = soft::format(dtype);
  const Bits magnitude = bits & (f.sign() - 1);
  return magnitude >= Bits{1} << f.fraction_bits() && magnitude < f.infinity();
}

std::string describe(DType dtype, Bits bits) {
  return fmt::format("{} {} ({:0{}x})", text(dtype), print_element(dtype, bits), bits,
                     2 * bytes(dtype));
}

}  // namespace actjit::test
