// Kernels neither read nor change MXCSR. What FTZ and DAZ, set by the caller, do to results: all
// functions, all float dtypes, on every target, under all four settings.
#include <gtest/gtest.h>
#include <immintrin.h>

#include <cmath>
#include <map>

#include "tests/support/functions.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr unsigned ftz = 0x8000, daz = 0x0040, control = 0xffc0;

class WithMxcsr {
 public:
  explicit WithMxcsr(unsigned bits) : before_(_mm_getcsr()) { _mm_setcsr(before_ | bits); }
  ~WithMxcsr() { _mm_setcsr(before_); }
  WithMxcsr(const WithMxcsr&) = delete;
  WithMxcsr& operator=(const WithMxcsr&) = delete;

 private:
  unsigned before_;
};

std::map<std::string, Program> functions() {
  std::map<std::string, Program> out = functions_of_one_input();
  for (const char* text : {"pow(x, 1.5)", "pow(x, x)", "hypot(x, x)"})
    out.emplace(text, *parse_program(text));
  return out;
}

// 16-bit floats: all. Others: special ones, subnormal ones, random ones, and those whose results
// end in the subnormal numbers.
std::vector<Bits> inputs(DType t) {
  std::vector<Bits> out;
  if (is_storage_only(t)) {
    for (Bits b = 0; b < 0x10000; ++b) out.push_back(b);
    return out;
  }
  Random random(3);
  const soft::Format f = soft::format(t);
  out = special_values(t);
  for (int n = 0; n < 4000; ++n) {
    const Bits sign = random.one_in(2) ? f.sign() : 0;
    out.push_back(sign | (random.word() & ((Bits{1} << random.below(f.fraction_bits() + 1)) - 1)));
    out.push_back(random_element(t, random));
    out.push_back(eval::real(t, (2 * random.unit() - 1) * (t == DType::f64 ? 760 : 110)));
    // Numbers whose powers end there.
    const double exponent = f.min_exponent / static_cast<double>(random.between(1, 4));
    out.push_back(eval::real(t, std::exp2(exponent + 40 * random.unit() - 20)) | sign);
  }
  return out;
}

std::vector<Bits> run(const Kernel& kernel, DType t, const std::vector<Bits>& x, unsigned setting) {
  const auto n = static_cast<std::int64_t>(x.size());
  const Buffer in = *Buffer::make(t, {n}), out = *Buffer::make(t, {n});
  const TensorView from = in.view(), to = out.view();
  to_memory(t, x, from.data);
  const BoundCall call = *kernel.bind({&from, 1}, {&to, 1}, {});
  {
    const WithMxcsr set(setting);
    const unsigned before = _mm_getcsr();
    call();
    EXPECT_EQ(_mm_getcsr() & control, before & control) << "the kernel changed MXCSR";
  }
  return from_memory(t, to.data, x.size());
}

bool is_subnormal(DType t, Bits b) {
  const soft::Format f = soft::format(t);
  const Bits magnitude = b & (f.sign() - 1);
  return magnitude != 0 && magnitude < Bits{1} << f.fraction_bits();
}
Bits zero_like(DType t, Bits b) { return b & soft::format(t).sign(); }

// What may stand where `plain` = f(x) stands with neither flag. `at_zero` is f of x read as a zero.
bool is_lawful(DType t, unsigned setting, Bits x, Bits got, Bits plain, Bits at_zero) {
  const soft::Format f = soft::format(t);
  const auto is_tiny = [&](Bits b) {  // the least normal number too: it may be a tiny one rounded
    return (b & (f.sign() - 1)) <= Bits{1} << f.fraction_bits();
  };
  if (same(t, got, plain)) return true;
  if (t == DType::f16) return false;
  if (is_tiny(plain) && got == zero_like(t, plain)) return true;
  // Computed in f32, which has the same exponents: what is tiny on the way becomes 0.
  const auto is_small = [&](Bits b) {
    return (b & (f.sign() - 1)) < Bits{3} << f.fraction_bits();  // below 2^-124
  };
  if (t != DType::f64 && is_small(plain) && is_small(got) &&
      zero_like(t, got) == zero_like(t, plain))
    return true;
  if ((setting & daz) == 0 || !is_subnormal(t, x)) return false;
  return same(t, got, at_zero) || (is_tiny(got) && is_tiny(at_zero));
}

// Formulas with a step that underflows where their result does not: the low parts of x^3 / 3 and of
// the product x tanh(...), and in f32 those of products with a constant.
bool may_be_off_by_two(const std::string& name, DType t, Bits plain) {
  if (t == DType::f32) return std::abs(eval::to_double(t, plain)) < 0x1p-100;
  return (name.starts_with("tanh_shrink") || name.starts_with("telu")) && t == DType::f64 &&
         std::abs(eval::to_double(t, plain)) < 0x1p-960;
}

void check(const std::string& name, const Program& program, DType t, const Target& target) {
  const std::vector<Binding> bindings{{program.inputs()[0], t, {"n"}}};
  const Graph g = *build(program, bindings);
  const Kernel kernel = *engine().compile(g, *make_spec(g, Tier::precise, target.name));
  const std::vector<Bits> x = inputs(t);
  std::vector<Bits> zeros;
  for (Bits b : x) zeros.push_back(is_subnormal(t, b) ? zero_like(t, b) : b);
  const std::vector<Bits> plain = run(kernel, t, x, 0), at_zero = run(kernel, t, zeros, 0);
  for (unsigned setting : {ftz, daz, ftz | daz}) {
    const std::vector<Bits> got = run(kernel, t, x, setting);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (is_lawful(t, setting, x[i], got[i], plain[i], at_zero[i])) continue;
      if (may_be_off_by_two(name, t, plain[i]) && ulps_between(t, got[i], plain[i]) <= 2) continue;
      FAIL() << name << " on " << target.name << (setting & ftz ? ", FTZ" : "")
             << (setting & daz ? ", DAZ" : "") << ", at " << describe(t, x[i]) << ": "
             << describe(t, got[i]) << ", without " << describe(t, plain[i]);
    }
  }
}

TEST(Mxcsr, FlushesTinyNumbersAndNothingElse) {
  for (const auto& [name, program] : functions())
    for (DType t : float_dtypes)
      for (const Target& target : host_targets()) check(name, program, t, target);
}

}  // namespace
}  // namespace actjit::test
