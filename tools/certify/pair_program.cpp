#include "tools/certify/pair_program.h"

#include <algorithm>

#include "tools/certify/each.h"
#include "tools/certify/pair_special.h"

namespace actjit::tools {

namespace {

// Pointers to the balls of a block, to be captured by value.
struct Rows {
  double *hi, *lo, *e;
  ACTJIT_INLINE PairBall operator[](std::size_t i) const { return {hi[i], lo[i], e[i]}; }
  ACTJIT_INLINE void set(std::size_t i, PairBall b) const {
    hi[i] = b.hi;
    lo[i] = b.lo;
    e[i] = b.e;
  }
};
Rows rows_of(PairBlock& b) { return {b.hi, b.lo, b.e}; }

bool all_plain(Rows r) {
  std::int64_t bad = 0;
  std::int64_t* const all = &bad;
  each(ACTJIT_EACH { *all |= pair_ball::is_plain(r[i]) ? std::int64_t{0} : std::int64_t{-1}; });
  return bad == 0;
}

// One step of a whole block.
struct Work {
  Rows out, a, b, c;
  PairTables tables;

  template <class F>
  void unary(F f) const {
    const Rows o = out, p = a;
    each(ACTJIT_EACH { o.set(i, f(p[i])); });
  }
  template <class F>
  void binary(F f) const {
    const Rows o = out, p = a, q = b;
    each(ACTJIT_EACH { o.set(i, f(p[i], q[i])); });
  }
};

#define ACTJIT_OF_1 [=](PairBall a) __attribute__((always_inline))
#define ACTJIT_OF_2 [=](PairBall a, PairBall b) __attribute__((always_inline))

template <class Relation>
void compare(const Work& w, Relation holds) {
  w.binary(ACTJIT_OF_2 {
    return pair_ball::truth(holds(pair_ball::order(a, b)), pair_ball::comparable(a, b));
  });
}

// Integers: the same at both ends.
template <class Function>
void integer(const Work& w, Function f) {
  w.unary(ACTJIT_OF_1 {
    const Ball<double> around{a.hi, a.e + std::fabs(a.lo)};
    const double low = f(ball::low_end(around)), high = f(ball::high_end(around));
    const PairBall r{f(a.hi), 0, high - low};
    return r;
  });
}

void logic(const Work& w, Do what) {
  if (what == Do::bit_and)  // false and anything is false
    w.binary(ACTJIT_OF_2 {
      const bool no = pair_ball::is_exact_zero(a) | pair_ball::is_exact_zero(b);
      return pair_ball::truth((a.hi != 0) & (b.hi != 0) & !no, no | (a.e + b.e == 0));
    });
  else if (what == Do::bit_or)
    w.binary(ACTJIT_OF_2 {
      const bool yes = ((a.hi != 0) & (a.e == 0)) | ((b.hi != 0) & (b.e == 0));
      return pair_ball::truth((a.hi != 0) | (b.hi != 0) | yes, yes | (a.e + b.e == 0));
    });
  else if (what == Do::bit_xor)
    w.binary(ACTJIT_OF_2 { return pair_ball::truth(a.hi != b.hi, a.e + b.e == 0); });
  else
    w.unary(ACTJIT_OF_1 { return pair_ball::truth(a.hi == 0, a.e == 0); });
}

void select(const Work& w) {
  const Rows o = w.out, p = w.a, q = w.b, r = w.c;
  each(ACTJIT_EACH {
    const PairBall condition = p[i], yes = q[i], no = r[i];
    const bool first = condition.hi != 0;
    o.set(i, {first ? yes.hi : no.hi, first ? yes.lo : no.lo,
              condition.e == 0 ? (first ? yes.e : no.e) : infinite<double>});
  });
}

#define ACTJIT_ORDER [](double order) __attribute__((always_inline))
#define ACTJIT_ROUNDING [](double x) __attribute__((always_inline))
void arithmetic(const Work& w, Do what) {
  switch (what) {
    case Do::add: return w.binary(ACTJIT_OF_2 { return pair_ball::add(a, b); });
    case Do::sub: return w.binary(ACTJIT_OF_2 { return pair_ball::sub(a, b); });
    case Do::gated:
    case Do::mul: return w.binary(ACTJIT_OF_2 { return pair_ball::mul(a, b); });
    case Do::div: return w.binary(ACTJIT_OF_2 { return pair_ball::div(a, b); });
    case Do::neg: return w.unary(ACTJIT_OF_1 { return pair_ball::neg(a); });
    case Do::abs: return w.unary(ACTJIT_OF_1 { return pair_ball::abs(a); });
    case Do::sqrt: return w.unary(ACTJIT_OF_1 { return pair_ball::sqrt(a); });
    case Do::min: return w.binary(ACTJIT_OF_2 { return pair_ball::min(a, b); });
    case Do::max: return w.binary(ACTJIT_OF_2 { return pair_ball::max(a, b); });
    case Do::copysign: return w.binary(ACTJIT_OF_2 { return pair_ball::copysign(a, b); });
    case Do::floor:
      return integer(
          w, ACTJIT_ROUNDING { return std::floor(x); });
    case Do::ceil:
      return integer(
          w, ACTJIT_ROUNDING { return std::ceil(x); });
    case Do::trunc:
      return integer(
          w, ACTJIT_ROUNDING { return std::trunc(x); });
    case Do::round:
      return integer(
          w, ACTJIT_ROUNDING { return std::rint(x); });
    case Do::eq:
      return compare(
          w, ACTJIT_ORDER { return order == 0; });
    case Do::ne:
      return compare(
          w, ACTJIT_ORDER { return order != 0; });
    case Do::lt:
      return compare(
          w, ACTJIT_ORDER { return order < 0; });
    case Do::le:
      return compare(
          w, ACTJIT_ORDER { return order <= 0; });
    case Do::gt:
      return compare(
          w, ACTJIT_ORDER { return order > 0; });
    case Do::ge:
      return compare(
          w, ACTJIT_ORDER { return order >= 0; });
    default: throw InternalError("not arithmetic");
  }
}

void function(const Work& w, Do what) {
  const PairTables t = w.tables;
  switch (what) {
    case Do::exp: return w.unary(ACTJIT_OF_1 { return pair_ball::exp(t, a); });
    case Do::exp2: return w.unary(ACTJIT_OF_1 { return pair_ball::exp2(t, a); });
    case Do::expm1: return w.unary(ACTJIT_OF_1 { return pair_ball::expm1(t, a); });
    case Do::log: return w.unary(ACTJIT_OF_1 { return pair_ball::log(t, a); });
    case Do::log2:
      return w.unary(ACTJIT_OF_1 {
        return pair_ball::log_to_base(t, a, {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56});
      });
    case Do::log10:
      return w.unary(ACTJIT_OF_1 {
        return pair_ball::log_to_base(t, a, {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57});
      });
    case Do::log1p: return w.unary(ACTJIT_OF_1 { return pair_ball::log1p(t, a); });
    case Do::sigmoid: return w.unary(ACTJIT_OF_1 { return pair_ball::sigmoid(t, a); });
    case Do::softplus: return w.unary(ACTJIT_OF_1 { return pair_ball::softplus(t, a); });
    case Do::mish_gate: return w.unary(ACTJIT_OF_1 { return pair_ball::mish_gate(t, a); });
    case Do::tanh: return w.unary(ACTJIT_OF_1 { return pair_ball::tanh(t, a); });
    case Do::tanh_shrink: {
      const pair_ball::ShrinkSeries series;
      return w.unary(ACTJIT_OF_1 { return pair_ball::tanh_shrink(t, series, a); });
    }
    case Do::erf: return w.unary(ACTJIT_OF_1 { return pair_ball::erf(t, a); });
    case Do::erfc: return w.unary(ACTJIT_OF_1 { return pair_ball::erfc(t, a); });
    case Do::gelu_gate: return w.unary(ACTJIT_OF_1 { return pair_ball::gelu_gate(t, a); });
    case Do::sin: return w.unary(ACTJIT_OF_1 { return pair_ball::sin(t, a); });
    case Do::cos: return w.unary(ACTJIT_OF_1 { return pair_ball::sine(t, a, 1); });
    case Do::rsqrt: return w.unary(ACTJIT_OF_1 { return pair_ball::rsqrt(a); });
    case Do::hypot: return w.binary(ACTJIT_OF_2 { return pair_ball::hypot(a, b); });
    default: throw InternalError("not a function of pairs");
  }
}

PairBall constant(const Step& s) {
  if (s.what == Do::pi) return {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53, 0x1p-108};
  const double high = s.value.hi, low = s.value.lo;
  // -0 is not -0 + 0.
  if (!std::isfinite(high) || low == 0) return {high, 0, 0};
  return pair_ball::make(pair::two_sum(high, low), 0);
}

}  // namespace

bool PairProgram::covers(const RealProgram& program) {
  return has_wide_lanes() &&
         std::none_of(program.steps.begin(), program.steps.end(),
                      [](const Step& s) { return s.what == Do::narrow || s.what == Do::pow; });
}

PairProgram::PairProgram(const RealProgram& program)
    : program_(program), plain_(program.steps.size(), true) {
  const auto has = [&](std::initializer_list<Do> which) {
    return std::any_of(program.steps.begin(), program.steps.end(), [&](const Step& s) {
      return std::find(which.begin(), which.end(), s.what) != which.end();
    });
  };
  tables_ = {.power = &power_table(),
             .logarithm = &logarithm_table(),
             .erfcx = has({Do::erfc, Do::gelu_gate}) ? erfcx_table().values.data() : nullptr,
             .erf = has({Do::erf}) ? erf_table().values.data() : nullptr,
             .sine = has({Do::sin, Do::cos}) ? sine_table().values.data() : nullptr};
  for (StepId id = 0; id < program.steps.size(); ++id) {
    blocks_.push_back(std::make_unique<PairBlock>());
    const Step& s = program.steps[id];
    if (!s.uniform) continue;
    if (arity(s.what) > 0)
      step(id);
    else
      set_constant(id);
  }
}

void PairProgram::set_constant(StepId id) {
  const PairBall value = constant(program_.steps[id]);
  const Rows r = rows_of(*blocks_[id]);
  each(ACTJIT_EACH { r.set(i, value); });
  plain_[id] = pair_ball::is_plain(value);
}

const PairBlock& PairProgram::evaluate(const double* inputs) {
  for (StepId id = 0; id <= program_.result; ++id) {
    const Step& s = program_.steps[id];
    if (s.what == Do::input) {
      const Rows r = rows_of(*blocks_[id]);
      each(ACTJIT_EACH {
        r.set(i, {inputs[i], 0, std::fabs(inputs[i]) == infinite<double> ? infinite<double> : 0.0});
      });
      plain_[id] = all_plain(r);
    } else if (!s.uniform) {
      step(id);
    }
  }
  return *blocks_[program_.result];
}

void PairProgram::step(StepId id) {
  const Step& s = program_.steps[id];
  const Work w{.out = rows_of(*blocks_[id]),
               .a = rows_of(*blocks_[s.args[0]]),
               .b = rows_of(*blocks_[s.args[1]]),
               .c = rows_of(*blocks_[s.args[2]]),
               .tables = tables_};
  if (s.what >= Do::bit_and && s.what <= Do::bit_not)
    logic(w, s.what);
  else if (s.what == Do::select)
    select(w);
  else if (s.what > Do::select)
    function(w, s.what);
  else
    arithmetic(w, s.what);
  plain_[id] = all_plain(w.out);
  if (mends(id)) mend(id);
}

// Functions of numbers far left or right are unknown or too wide, until they are mended.
bool PairProgram::mends(StepId id) const {
  const Step& s = program_.steps[id];
  bool all = plain_[id];
  for (int i = 0; i < arity(s.what); ++i) all = all && plain_[s.args[static_cast<std::size_t>(i)]];
  return !all;
}

void PairProgram::mend(StepId id) {
  const Step& s = program_.steps[id];
  PairBlock& out = *blocks_[id];
  const auto at = [&](int k, std::size_t i) {
    return k < arity(s.what) ? (*blocks_[s.args[static_cast<std::size_t>(k)]])[i] : PairBall{};
  };
  const Rows r = rows_of(out);
  for (std::size_t i = 0; i < block_size; ++i) {
    const PairBall a = at(0, i), b = at(1, i), c = at(2, i);
    if (pair_ball::is_plain(r[i]) && pair_ball::is_plain(a) && pair_ball::is_plain(b) &&
        pair_ball::is_plain(c))
      continue;
    r.set(i, SpecialPairs::apply(s.what, a, b, c, r[i]));
  }
  plain_[id] = all_plain(r);
}

}  // namespace actjit::tools
