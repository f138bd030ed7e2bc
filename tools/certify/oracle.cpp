#include "tools/certify/oracle.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/certify/ball_program.h"
#include "tools/certify/ball_round.h"
#include "tools/certify/interval_program.h"
#include "tools/certify/pair_round.h"
#include "tools/certify/program.h"
#include "tools/certify/round.h"

namespace actjit::tools {

namespace {

constexpr mpfr_prec_t first_precision = 128;
constexpr mpfr_prec_t last_precision = 8192;
// MPFR is as fast as a block of balls of long double for up to so many inputs.
constexpr std::size_t few = 4;

}  // namespace

struct OracleScratch {
  explicit OracleScratch(std::shared_ptr<const RealProgram> p) : program(std::move(p)) {
    if (program->output->precision > 24 || program->input->precision > 24)
      wide = std::make_unique<BallProgram<long double>>(*program);
    else
      narrow = std::make_unique<BallProgram<double>>(*program);
    const bool is_f64 = program->output->precision == 53 && program->input->precision == 53;
    if (is_f64 && PairProgram::covers(*program)) pairs = std::make_unique<PairProgram>(*program);
  }
  IntervalProgram& intervals(mpfr_prec_t precision) {
    auto& at = by_precision[precision];
    if (!at) at = std::make_unique<IntervalProgram>(*program, precision);
    return *at;
  }

  std::shared_ptr<const RealProgram> program;
  std::unique_ptr<PairProgram> pairs;  // of f64, before `wide`
  std::unique_ptr<BallProgram<double>> narrow;
  std::unique_ptr<BallProgram<long double>> wide;
  std::map<mpfr_prec_t, std::unique_ptr<IntervalProgram>> by_precision;
  BlockResult result;
  PairResult pair_result;
  // What pairs leave over for the next level.
  std::vector<std::size_t> left;
  std::vector<Bits> left_inputs;
  Truth left_truth;
};

namespace {

// Whether the interval is narrow enough to measure errors by.
bool is_sharp(const Format& format, const Interval& a, Bits nearest) {
  if (a.kind != Interval::Kind::number || a.is_point()) return true;
  const double value = decode(format, nearest);
  if (std::isinf(value)) return true;
  Number width(64);
  mpfr_sub(width, a.high, a.low, MPFR_RNDU);
  const int spacing = format.spacing(value == 0 ? format.emin : std::ilogb(value));
  return mpfr_cmp_ui_2exp(width, 1, spacing - 24) <= 0;
}

void set_value(const Interval& a, const Format& format, std::size_t i, Truth& out) {
  if (a.kind != Interval::Kind::number) {
    out.value[i] = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  Number middle(mpfr_get_prec(a.low));
  mpfr_add(middle, a.low, a.high, MPFR_RNDN);
  mpfr_div_2ui(middle, middle, 1, MPFR_RNDN);
  // A value whose double is zero keeps its sign.
  const double v =
      mpfr_get_d(mpfr_inf_p(a.high) ? mpfr_srcptr(a.high) : mpfr_srcptr(middle), MPFR_RNDN);
  out.value[i] = mpfr_inf_p(a.low) ? mpfr_get_d(a.low, MPFR_RNDN) : v;
  if (format.precision < 53 || !std::isfinite(out.value[i])) return;
  mpfr_sub_d(middle, middle, v, MPFR_RNDN);
  out.rest[i] = mpfr_get_d(middle, MPFR_RNDN);
}

void ask_mpfr(OracleScratch& scratch, double input, std::size_t i, Truth& out) {
  const Format& format = *scratch.program->output;
  for (mpfr_prec_t precision = first_precision;; precision *= 2) {
    const Interval& a = scratch.intervals(precision).evaluate(input);
    const Rounded rounded = round_interval(format, a);
    const bool last = precision == last_precision;
    if (!last && !(rounded.decided && is_sharp(format, a, rounded.bits))) continue;
    out.nearest[i] = rounded.bits;
    set_value(a, format, i, out);
    ++(rounded.decided ? out.decided_by_mpfr : out.undecided);
    return;
  }
}

template <class T>
void evaluate_blocks(BallProgram<T>& balls, OracleScratch& scratch, std::span<const Bits> inputs,
                     Truth& out) {
  const RealProgram& program = *scratch.program;
  T x[block_size];
  for (std::size_t from = 0; from < inputs.size(); from += block_size) {
    const std::size_t n = std::min(block_size, inputs.size() - from);
    decode_block(*program.input, inputs.subspan(from, n), x);
    const Block<T>& y = balls.evaluate(x);
    round_block(program, x, y, scratch.result);
    std::copy_n(scratch.result.nearest, n, out.nearest.begin() + static_cast<std::ptrdiff_t>(from));
    std::copy_n(scratch.result.value, n, out.value.begin() + static_cast<std::ptrdiff_t>(from));
    std::copy_n(scratch.result.rest, n, out.rest.begin() + static_cast<std::ptrdiff_t>(from));
    if (scratch.result.all_decided) continue;
    for (std::size_t i = 0; i < n; ++i)
      if (!scratch.result.decided[i])
        ask_mpfr(scratch, decode(*program.input, inputs[from + i]), from + i, out);
  }
}

void start(Truth& out, std::size_t n) {
  out.nearest.assign(n, 0);
  out.value.assign(n, 0);
  out.rest.assign(n, 0);
  out.decided_by_mpfr = out.undecided = 0;
}

// What pairs of doubles decide; the rest goes to MPFR, or into scratch.left.
void evaluate_pairs(OracleScratch& scratch, std::span<const Bits> inputs, Truth& out) {
  double x[block_size];
  PairResult& r = scratch.pair_result;
  for (std::size_t from = 0; from < inputs.size(); from += block_size) {
    const std::size_t n = std::min(block_size, inputs.size() - from);
    decode_block(*scratch.program->input, inputs.subspan(from, n), x);
    const PairBlock& y = scratch.pairs->evaluate(x);
    round_pairs(*scratch.program, x, y, scratch.pairs->is_plain(), r);
    std::copy_n(r.nearest, n, out.nearest.begin() + static_cast<std::ptrdiff_t>(from));
    std::copy_n(r.value, n, out.value.begin() + static_cast<std::ptrdiff_t>(from));
    std::copy_n(r.rest, n, out.rest.begin() + static_cast<std::ptrdiff_t>(from));
    if (r.all_decided) continue;
    for (std::size_t i = 0; i < n; ++i) {
      if (r.seen[i] == Seen::unclear) scratch.left.push_back(from + i);
      if (r.seen[i] == Seen::beside_border) ask_mpfr(scratch, x[i], from + i, out);
    }
  }
}

void evaluate_left(OracleScratch& scratch, std::span<const Bits> inputs, Truth& out) {
  const std::vector<std::size_t>& left = scratch.left;
  if (left.size() <= few) {
    for (std::size_t i : left) ask_mpfr(scratch, f64_of(inputs[i]), i, out);
    return;
  }
  scratch.left_inputs.clear();
  for (std::size_t i : left) scratch.left_inputs.push_back(inputs[i]);
  Truth& t = scratch.left_truth;
  start(t, left.size());
  evaluate_blocks(*scratch.wide, scratch, scratch.left_inputs, t);
  for (std::size_t k = 0; k < left.size(); ++k) {
    out.nearest[left[k]] = t.nearest[k];
    out.value[left[k]] = t.value[k];
    out.rest[left[k]] = t.rest[k];
  }
  out.decided_by_mpfr += t.decided_by_mpfr;
  out.undecided += t.undecided;
}

}  // namespace

Result<Oracle> Oracle::create(const Graph& graph) {
  Result<RealProgram> program = make_program(graph);
  if (!program) return program.error();
  return Oracle(std::make_shared<const RealProgram>(std::move(*program)));
}

void Oracle::evaluate(std::span<const Bits> inputs, Truth& out) const {
  if (!out.scratch || out.scratch->program != program_)
    out.scratch = std::make_shared<OracleScratch>(program_);
  start(out, inputs.size());
  OracleScratch& scratch = *out.scratch;
  if (scratch.pairs) {
    scratch.left.clear();
    evaluate_pairs(scratch, inputs, out);
    evaluate_left(scratch, inputs, out);
  } else if (scratch.wide) {
    evaluate_blocks(*scratch.wide, scratch, inputs, out);
  } else {
    evaluate_blocks(*scratch.narrow, scratch, inputs, out);
  }
}

namespace {

// 2^e, for the exponent of a normal double.
double power_of_two(int e) { return f64_of(static_cast<Bits>(e + 1023) << 52); }

// The binary exponent of value + rest, a normal double and what it was rounded by.
int exponent_of(double value, double rest) {
  const Bits bits = to_bits(value);
  const int e = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  const bool is_power = (bits & ((Bits{1} << 52) - 1)) == 0;
  return is_power && rest != 0 && std::signbit(rest) != std::signbit(value) ? e - 1 : e;
}

// |y - (value + rest)| in units of f64, all finite. It is asked for of every other result of a
// kernel; the general way takes five times as long.
double ulp_error_f64(double y, double value, double rest) {
  const Format& format = formats[0];
  const bool normal = std::fabs(value) > std::numeric_limits<double>::min();
  const int units = -format.spacing(normal ? exponent_of(value, rest) : format.emin);
  // y - value is exact where they are near; rest would be lost in the sum.
  const long double distance = (static_cast<long double>(y) - value) - rest;
  return static_cast<double>(std::fabs(distance) * power_of_two(units / 2) *
                             power_of_two(units - units / 2));
}

}  // namespace

double ulp_error(DType dtype, Bits got, double value, double rest) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Format& format = format_of(dtype);
  const double y = decode(format, got);
  if (std::isnan(y) || std::isnan(value)) return std::isnan(y) && std::isnan(value) ? 0 : infinity;
  if (dtype == DType::f64 && std::isfinite(y) && std::isfinite(value))
    return ulp_error_f64(y, value, rest);
  const double rounded = round_to(format, static_cast<long double>(value) + rest);
  if (std::isinf(y) || std::isinf(rounded)) {
    if (y == rounded) return 0;
    const double largest = std::ldexp(2 - std::ldexp(1.0, 1 - format.precision), format.emax);
    // Beside the border, in units of the last binade.
    const bool beside = std::fabs(y) >= largest && std::fabs(rounded) >= largest &&
                        std::signbit(y) == std::signbit(rounded);
    return beside ? 1 : infinity;
  }
  const long double real = static_cast<long double>(value) + rest;
  const int exponent = real == 0 ? format.emin : std::ilogb(real);
  // y - value is exact where they are near; rest would be lost in the sum.
  const long double distance = (static_cast<long double>(y) - value) - rest;
  return static_cast<double>(std::ldexp(std::fabs(distance), -format.spacing(exponent)));
}

}  // namespace actjit::tools
