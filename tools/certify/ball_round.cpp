#include "tools/certify/ball_round.h"

#include <cmath>

#include "tools/certify/ball_special.h"

namespace actjit::tools {

namespace {

// How large a ball may be, in units in the last place: Truth promises that much of the value.
constexpr double sharpness(const Format& f) { return f.precision > 24 ? 0x1p-5 : 0x1p-14; }

template <class T>
struct Border {
  explicit Border(const Format& f)
      : format(f),
        least_normal(std::ldexp(T{1}, f.emin)),
        sharp(T(sharpness(f)) * std::ldexp(T{1}, -f.precision)),
        overflow(std::ldexp(T{1}, f.emax + 1)) {}

  const Format& format;
  T least_normal;
  T sharp;  // times a normal number at most that part of its unit
  T overflow;
};

template <class T>
void set(BlockResult& out, std::size_t i, const Format& format, double nearest, T value) {
  out.nearest[i] = encode(format, nearest);
  out.value[i] = static_cast<double>(value);
  const bool finite = std::isfinite(out.value[i]);
  out.rest[i] = finite ? static_cast<double>(value - static_cast<T>(out.value[i])) : 0;
}

// Near zero x * g(x), g(x) = 1/2 + c x: above x / 2, by less than anything between two numbers.
template <class T>
bool round_half(const Border<T>& border, T x, std::size_t i, BlockResult& out) {
  if (x == 0 || !(std::fabs(x) < T{0x1p-70})) return false;
  const T half = x / 2;
  set(out, i, border.format, round_to(border.format, std::nextafter(half, T{1})), half);
  return true;
}

template <class T>
bool round_ball(const Border<T>& border, Ball<T> y, std::size_t i, BlockResult& out) {
  const Format& format = border.format;
  if (y.e == 0) {
    set(out, i, format, round_to(format, y.v), y.v);
    return true;
  }
  if (SpecialBalls<T>::is_overflowed(y) && y.e >= border.overflow) {
    set(out, i, format, static_cast<double>(y.v), y.v);
    return true;
  }
  const double low = round_to(format, ball::low_end(y));
  const double high = round_to(format, ball::high_end(y));
  const T size = std::fabs(y.v) > border.least_normal ? std::fabs(y.v) : border.least_normal;
  const bool decided =
      low == high && y.e <= size * border.sharp && (low != 0 || y.e <= std::fabs(y.v));
  set(out, i, format, low == 0 ? std::copysign(0.0, static_cast<double>(y.v)) : low, y.v);
  return decided;
}

// f32, most of the time: the same as round_ball, in vectors.
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]]
#endif
void round_plain_f32(const Border<double>& border, const Block<double>& y, BlockResult& out) {
  const double least = border.least_normal, sharp = border.sharp;
  std::int64_t undecided = 0;
#pragma GCC ivdep
  for (std::size_t i = 0; i < block_size; ++i) {
    const Ball<double> b{y.v[i], y.e[i]};
    const auto low = static_cast<float>(ball::low_end(b));
    const auto high = static_cast<float>(ball::high_end(b));
    const double size = std::fabs(b.v) > least ? std::fabs(b.v) : least;
    const bool no =
        (low != high) | !(b.e <= size * sharp) | ((low == 0) & !(b.e <= std::fabs(b.v)));
    undecided |= no ? std::int64_t{-1} : std::int64_t{0};
    const auto nearest = static_cast<float>(b.v);
    out.nearest[i] = to_bits(nearest);
    out.value[i] = b.v;
    out.rest[i] = 0;
  }
  out.all_decided = undecided == 0;
}

bool is_plain(const RealProgram&, const long double*) { return false; }
bool is_plain(const RealProgram& program, const double*) {
#if defined(__x86_64__)
  return program.output->bits == 32 && has_wide_lanes();
#else
  return false;
#endif
}
void round_plain(const Border<long double>&, const Block<long double>&, BlockResult&) {}
void round_plain(const Border<double>& border, const Block<double>& y, BlockResult& out) {
  round_plain_f32(border, y, out);
}

}  // namespace

template <class T>
void decode_block(const Format& format, std::span<const Bits> inputs, T* x) {
  for (std::size_t i = 0; i < inputs.size(); ++i) x[i] = decode(format, inputs[i]);
  for (std::size_t i = inputs.size(); i < block_size; ++i) x[i] = x[inputs.size() - 1];
}

template <class T>
void round_block(const RealProgram& program, const T* x, const Block<T>& y, BlockResult& out) {
  const Border<T> border(*program.output);
  if (is_plain(program, x)) {
    round_plain(border, y, out);
    if (out.all_decided) return;
  }
  out.all_decided = true;
  for (std::size_t i = 0; i < block_size; ++i) {
    out.decided[i] = (program.half_near_zero && round_half(border, x[i], i, out)) ||
                     round_ball(border, Ball<T>{y.v[i], y.e[i]}, i, out);
    out.all_decided = out.all_decided && out.decided[i];
  }
}

template void decode_block<double>(const Format&, std::span<const Bits>, double*);
template void decode_block<long double>(const Format&, std::span<const Bits>, long double*);
template void round_block<double>(const RealProgram&, const double*, const Block<double>&,
                                  BlockResult&);
template void round_block<long double>(const RealProgram&, const long double*,
                                       const Block<long double>&, BlockResult&);

}  // namespace actjit::tools
