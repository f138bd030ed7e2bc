#include "tools/certify/pair_round.h"

#include "tools/certify/each.h"
#include "tools/certify/pair_special.h"

namespace actjit::tools {

namespace {

// How many times smaller than its centre a ball has to be, for 2^-5 units in the last place, see
// Truth; and from where on the next level would not know more. Factors for errors, not divisors for
// centres: products below the normal numbers take a hundred cycles and more.
constexpr double sharp = 0x1p58, sharper_than_next = 0x1p61;

// Masks of whole words, which the compiler makes vectors of where it fails on bools.
ACTJIT_INLINE std::int64_t mask(bool condition) { return condition ? -1 : 0; }

ACTJIT_INLINE Seen seen_of(PairBall y) {
  const double margin = (y.e + std::fabs(y.lo) * 0x1p-51) * (1 + 0x1p-48);
  const double low = y.hi + (y.lo - margin), high = y.hi + (y.lo + margin);
  constexpr double least = std::numeric_limits<double>::min();
  const double size = std::fabs(y.hi) > least ? std::fabs(y.hi) : least;
  const std::int64_t fits = mask(low == high) & mask(y.e * sharp <= size) & mask(low != 0);
  const std::int64_t decided = (mask(y.e == 0) | fits) & mask(is_finite(y.hi));
  const std::int64_t narrow = mask(y.e * sharper_than_next <= size);
  const auto unclear = static_cast<std::int64_t>(Seen::unclear);
  const auto beside_border = static_cast<std::int64_t>(Seen::beside_border);
  return static_cast<Seen>(~decided & ((narrow & beside_border) | (~narrow & unclear)));
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
  // Near zero x * g(x), g(x) = 1/2 + c x: above x / 2, by less than anything between two numbers;
  // subnormal x / 2 may be a tie.
  const double halves = program.half_near_zero ? 0x1p-70 : 0;
  const PairBlock* const in = &y;
  PairResult* const to = &out;
  each(ACTJIT_EACH {
    const bool half = (std::fabs(x[i]) < halves) & (std::fabs(x[i]) > 0x1p-1000);
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
