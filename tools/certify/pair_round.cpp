#include "tools/certify/pair_round.h"

#include "tools/certify/each.h"
#include "tools/certify/pair_special.h"

namespace actjit::tools {

namespace {

// How large a ball may be, relative to its centre: 2^-5 units in the last place, see Truth; and
// from where on the next level would not know more.
constexpr double sharp = 0x1p-58, sharper_than_next = 0x1p-61;

ACTJIT_INLINE Seen seen_of(PairBall y) {
  const double margin = y.e == 0 ? 0.0 : (y.e + std::fabs(y.lo) * 0x1p-51) * (1 + 0x1p-48);
  const double low = y.hi + (y.lo - margin), high = y.hi + (y.lo + margin);
  constexpr double least = std::numeric_limits<double>::min();
  const double size = std::fabs(y.hi) > least ? std::fabs(y.hi) : least;
  const bool decided = (y.e == 0) | ((low == high) & (y.e <= size * sharp) & (low != 0));
  const Seen otherwise = y.e <= size * sharper_than_next ? Seen::beside_border : Seen::unclear;
  return decided & is_finite(y.hi) ? Seen::decided : otherwise;
}

// Near zero x * g(x), g(x) = 1/2 + c x: above x / 2, by less than anything between two numbers;
// subnormal x / 2 may be a tie.
ACTJIT_INLINE bool is_half(double x) {
  return (std::fabs(x) < 0x1p-70) & (std::fabs(x) > 0x1p-1000);
}

// The elements that overflowed or vanished, and NaN.
void round_special(const Format& format, const PairBlock& y, PairResult& out) {
  for (std::size_t i = 0; i < block_size; ++i) {
    const PairBall b = y[i];
    const bool overflowed = SpecialPairs::is_overflowed(b) && b.e >= 1024;
    const bool is_nan = SpecialPairs::is_nan(b);
    if (!overflowed && !is_nan && !pair_ball::is_vanishing(b)) continue;
    out.value[i] = overflowed || is_nan ? b.hi : std::copysign(0.0, b.hi);
    out.nearest[i] = encode(format, out.value[i]);
    out.rest[i] = 0;
    out.seen[i] = Seen::decided;
  }
}

}  // namespace

void round_pairs(const RealProgram& program, const double* x, const PairBlock& y, bool is_plain,
                 PairResult& out) {
  const bool halves = program.half_near_zero;
  const PairBlock* const in = &y;
  PairResult* const to = &out;
  each(ACTJIT_EACH {
    const bool half = halves & is_half(x[i]);
    const double hi = half ? x[i] * 0.5 : in->hi[i], lo = half ? 0.0 : in->lo[i];
    to->nearest[i] = to_bits(hi);
    to->value[i] = hi;
    to->rest[i] = lo;
    to->seen[i] = seen_of({hi, lo, half ? 0.0 : in->e[i]});
  });
  if (!is_plain) round_special(*program.output, y, out);
  std::int64_t bad = 0;
  std::int64_t* const all = &bad;
  each(ACTJIT_EACH { *all |= static_cast<std::int64_t>(to->seen[i]); });
  out.all_decided = bad == 0;
}

}  // namespace actjit::tools
