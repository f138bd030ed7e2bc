// eval, the meaning of every primitive, against an independent one: MPFR at a width at which sums
// and products are exact, and 128-bit integers.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <cmath>

#include "ir/eval.h"
#include "tests/support/cases.h"
#include "tests/support/values.h"

namespace actjit::test {
namespace {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 WideBits;

// Holds any sum or product of two doubles exactly, quotients and roots with 4000 bits to spare.
constexpr mpfr_prec_t exact_bits = 4400;

class Big {
 public:
  Big() { mpfr_init2(x_, exact_bits); }
  Big(DType dtype, Bits bits) : Big() {
    if (dtype == DType::f64)
      mpfr_set_d(x_, f64_of(bits), MPFR_RNDN);
    else if (dtype == DType::f32)
      mpfr_set_flt(x_, f32_of(bits), MPFR_RNDN);
    else if (is_storage_only(dtype))
      set_small(dtype, bits);
    else if (dtype == DType::i32)
      mpfr_set_si(x_, static_cast<std::int32_t>(bits), MPFR_RNDN);
    else
      mpfr_set_si(x_, static_cast<std::int64_t>(bits), MPFR_RNDN);
  }
  ~Big() { mpfr_clear(x_); }
  Big(const Big&) = delete;
  Big& operator=(const Big&) = delete;

  // Rounded once.
  Bits to(DType dtype) const {
    if (dtype == DType::f64) return to_bits(mpfr_get_d(x_, MPFR_RNDN));
    if (dtype == DType::f32) return to_bits(mpfr_get_flt(x_, MPFR_RNDN));
    return to_small(dtype);
  }
  mpfr_t& get() { return x_; }

 private:
  // f16 and bf16, spelt out: bits of fraction, bias of the exponent.
  static int fraction(DType t) { return t == DType::f16 ? 10 : 7; }
  static int bias(DType t) { return t == DType::f16 ? 15 : 127; }

  void set_small(DType t, Bits bits) {
    const int shift = fraction(t);
    const auto field = static_cast<int>(bits >> shift) & (2 * bias(t) + 1);
    const auto low = static_cast<int>(bits & ((Bits{1} << shift) - 1));
    if (field == 2 * bias(t) + 1 && low != 0)
      mpfr_set_nan(x_);
    else if (field == 2 * bias(t) + 1)
      mpfr_set_inf(x_, 1);
    else
      mpfr_set_d(x_,
                 std::ldexp(field ? low + (1 << shift) : low, std::max(field, 1) - bias(t) - shift),
                 MPFR_RNDN);
    mpfr_setsign(x_, x_, static_cast<int>(bits >> 15), MPFR_RNDN);
  }
  // The candidates lie in order, so the nearest is found by bisection; halves go to the even one.
  Bits to_small(DType t) const {
    const Bits infinity = static_cast<Bits>(2 * bias(t) + 1) << fraction(t);
    const Bits sign = mpfr_signbit(x_) ? Bits{1} << 15 : 0;
    if (mpfr_nan_p(x_)) return sign | (infinity + 1);
    Big size, middle;
    mpfr_abs(size.x_, x_, MPFR_RNDN);
    Bits low = 0, high = infinity;  // the result is one of low .. high
    while (low < high) {
      const Bits mid = (low + high) / 2;
      // Between mid and its successor; beyond the largest number as if the range went on.
      const Big a(t, mid), next(t, mid + 1);
      mpfr_set(middle.x_, next.x_, MPFR_RNDN);
      if (mid + 1 == infinity) mpfr_set_d(middle.x_, std::ldexp(1, bias(t) + 1), MPFR_RNDN);
      mpfr_add(middle.x_, middle.x_, a.x_, MPFR_RNDN);
      mpfr_div_2ui(middle.x_, middle.x_, 1, MPFR_RNDN);
      const int order = mpfr_cmp(size.x_, middle.x_);
      if (order > 0 || (order == 0 && (mid & 1) != 0))
        low = mid + 1;
      else
        high = mid;
    }
    return sign | low;
  }

  mpfr_t x_;
};

// MPFR's NaNs have no sign, ours do.
int sign_of(DType t, Bits b) { return static_cast<int>(b >> (8 * bytes(t) - 1)); }

// What min and max say in ops.def, word for word.
Bits extremum(Op op, DType t, Bits a, Bits b, Big& x, Big& y) {
  const bool better =
      op == Op::min ? mpfr_less_p(y.get(), x.get()) : mpfr_greater_p(y.get(), x.get());
  return better || is_nan(t, b) ? b : a;
}

Bits floats(Op op, DType t, const std::vector<Bits>& v) {
  Big x(t, v[0]), y(t, v.size() > 1 ? v[1] : 0), z(t, v.size() > 2 ? v[2] : 0), r;
  switch (op) {
    case Op::add: mpfr_add(r.get(), x.get(), y.get(), MPFR_RNDN); break;
    case Op::sub: mpfr_sub(r.get(), x.get(), y.get(), MPFR_RNDN); break;
    case Op::mul: mpfr_mul(r.get(), x.get(), y.get(), MPFR_RNDN); break;
    case Op::div: mpfr_div(r.get(), x.get(), y.get(), MPFR_RNDN); break;
    case Op::fma:
      mpfr_fma(r.get(), x.get(), y.get(), z.get(), MPFR_RNDN);
      // Of 16-bit floats: in f64 (of the other ops two roundings are one).
      if (is_storage_only(t)) return Big(DType::f64, r.to(DType::f64)).to(t);
      break;
    case Op::sqrt: mpfr_sqrt(r.get(), x.get(), MPFR_RNDN); break;
    case Op::neg: mpfr_neg(r.get(), x.get(), MPFR_RNDN); break;
    case Op::abs: mpfr_abs(r.get(), x.get(), MPFR_RNDN); break;
    case Op::floor: mpfr_rint_floor(r.get(), x.get(), MPFR_RNDN); break;
    case Op::ceil: mpfr_rint_ceil(r.get(), x.get(), MPFR_RNDN); break;
    case Op::trunc: mpfr_rint_trunc(r.get(), x.get(), MPFR_RNDN); break;
    case Op::round: mpfr_rint_roundeven(r.get(), x.get(), MPFR_RNDN); break;
    case Op::copysign: mpfr_setsign(r.get(), x.get(), sign_of(t, v[1]), MPFR_RNDN); break;
    case Op::min:
    case Op::max: return extremum(op, t, v[0], v[1], x, y);
    default: ADD_FAILURE() << "no expectation for " << text(op) << " of floats"; return 0;
  }
  return r.to(t);
}

Wide signed_of(DType t, Bits b) {
  return t == DType::i32 ? Wide{static_cast<std::int32_t>(b)} : Wide{static_cast<std::int64_t>(b)};
}

Bits wrapped(DType t, Wide x) {
  const auto word = static_cast<std::uint64_t>(static_cast<WideBits>(x));
  return is_bool(t) ? word & 1 : t == DType::i32 ? word & 0xffffffff : word;
}

// Division that rounds down, by a power of two.
Wide halved(Wide x, int times) {
  for (; times > 0; --times) x = (x - (x & 1)) / 2;
  return x;
}

Bits integers(Op op, DType t, const std::vector<Bits>& v) {
  const Wide a = signed_of(t, v[0]);
  const Wide b = v.size() > 1 ? signed_of(t, v[1]) : Wide{0};
  const int width = 8 * bytes(t);
  const int count = static_cast<int>(((b % width) + width) % width);
  Wide power = 1;
  for (int i = 0; i < count; ++i) power *= 2;
  switch (op) {
    case Op::add: return wrapped(t, a + b);
    case Op::sub: return wrapped(t, a - b);
    case Op::mul:
      return wrapped(t, static_cast<Wide>(static_cast<WideBits>(a) * static_cast<WideBits>(b)));
    case Op::neg: return wrapped(t, -a);
    case Op::bit_and: return wrapped(t, a & b);
    case Op::bit_or: return wrapped(t, (a & ~b) + b);
    case Op::bit_xor: return wrapped(t, (a & ~b) + (~a & b));
    case Op::bit_not: return wrapped(t, -a - 1);
    case Op::shl:
      return wrapped(t, static_cast<Wide>(static_cast<WideBits>(a) * static_cast<WideBits>(power)));
    case Op::shr: return wrapped(t, halved(static_cast<Wide>(v[0]), count));
    case Op::sar: return wrapped(t, halved(a, count));
    default: ADD_FAILURE() << "no expectation for " << text(op) << " of integers"; return 0;
  }
}

bool compared(Op op, DType t, const std::vector<Bits>& v) {
  Big x(t, v[0]), y(t, v[1]);
  switch (op) {
    case Op::eq: return mpfr_equal_p(x.get(), y.get()) != 0;
    case Op::ne: return mpfr_equal_p(x.get(), y.get()) == 0;
    case Op::lt: return mpfr_less_p(x.get(), y.get()) != 0;
    case Op::le: return mpfr_lessequal_p(x.get(), y.get()) != 0;
    case Op::gt: return mpfr_greater_p(x.get(), y.get()) != 0;
    case Op::ge: return mpfr_greaterequal_p(x.get(), y.get()) != 0;
    default: ADD_FAILURE() << "no expectation for " << text(op); return false;
  }
}

Bits converted(DType from, DType to, Bits a) {
  if (is_bool(from)) return is_float(to) ? Big(DType::i64, a).to(to) : a;
  Big x(from, a);
  if (is_bool(to)) return mpfr_zero_p(x.get()) ? 0 : 1;
  if (is_float(to)) return x.to(to);
  if (!is_float(from)) return wrapped(to, signed_of(from, a));
  if (mpfr_nan_p(x.get())) return 0;
  // mpfr_get_si saturates.
  const std::int64_t whole = mpfr_get_si(x.get(), MPFR_RNDZ);
  if (to == DType::i64) return static_cast<Bits>(whole);
  return wrapped(to, std::min<std::int64_t>(std::max<std::int64_t>(whole, INT32_MIN), INT32_MAX));
}

Bits expected(const Case& c, const std::vector<Bits>& v) {
  switch (info(c.op).rule) {
    case TypeRule::compare: return compared(c.op, c.operands[0], v) ? 1 : 0;
    case TypeRule::select: return v[0] == 1 ? v[1] : v[2];
    case TypeRule::cast: return converted(c.operands[0], c.result, v[0]);
    case TypeRule::bitcast: return v[0];
    default: break;
  }
  return is_float(c.operands[0]) ? floats(c.op, c.operands[0], v)
                                 : integers(c.op, c.operands[0], v);
}

void check(const Case& c, const std::vector<Bits>& operands) {
  const Bits got = evaluate(c, operands);
  const Bits want = expected(c, operands);
  if (same(c.result, got, want)) return;
  std::string shown;
  for (std::size_t i = 0; i < operands.size(); ++i)
    shown += " " + describe(c.operands[i], operands[i]);
  FAIL() << name_of(c) << shown << " is " << describe(c.result, got) << ", wanted "
         << describe(c.result, want);
}

class Meaning : public testing::TestWithParam<Op> {};

TEST_P(Meaning, IsThatOfAWiderOracle) {
  Random random(static_cast<std::uint64_t>(GetParam()) + 1);
  for (const Case& c : cases_of(GetParam())) {
    // All pairs of special values, the third operand at random; then random operands.
    const std::vector<Bits>& first = special_values(c.operands[0]);
    const std::vector<Bits>& second = special_values(c.operands[c.operands.size() > 1 ? 1 : 0]);
    for (Bits a : first)
      for (Bits b : second) {
        std::vector<Bits> operands{a, b, random_element(c.operands.back(), random)};
        operands.resize(c.operands.size());
        check(c, operands);
        if (HasFatalFailure()) return;
      }
    for (int n = 0; n < 5000; ++n) {
      std::vector<Bits> operands;
      for (DType t : c.operands) operands.push_back(random_element(t, random));
      check(c, operands);
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Eval, Meaning, testing::ValuesIn(ops_of(OpKind::primitive)),
                         [](const auto& p) { return std::string(text(p.param)); });

// A Real is rounded once: against MPFR, where the low part decides a tie.
class RealConstant : public testing::TestWithParam<DType> {};

TEST_P(RealConstant, RoundsOnce) {
  const DType t = GetParam();
  Random random(1);
  for (int n = 0; n < 100000; ++n) {
    double hi = f64_of(random_element(DType::f64, random));
    if (n % 2 == 0) {  // halfway between two floats, or nearly
      const Bits x = random_element(t, random);
      hi = (eval::to_double(t, x) + eval::to_double(t, x + 1)) / 2;
    }
    if (!std::isfinite(hi) || hi == 0) continue;
    const double lo = hi * 0x1p-54 * (random.unit() - 0.5);
    Big x(DType::f64, to_bits(hi)), y(DType::f64, to_bits(lo)), sum;
    mpfr_add(sum.get(), x.get(), y.get(), MPFR_RNDN);
    ASSERT_TRUE(same(t, eval::real(t, {hi, lo}), sum.to(t)))
        << describe(DType::f64, to_bits(hi)) << " + " << describe(DType::f64, to_bits(lo));
  }
}

INSTANTIATE_TEST_SUITE_P(Eval, RealConstant, testing::Values(DType::f32, DType::f16, DType::bf16),
                         [](const auto& p) { return std::string(text(p.param)); });

}  // namespace
}  // namespace actjit::test
