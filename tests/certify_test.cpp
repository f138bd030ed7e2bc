// The catalogue keeps its promises, and its certificates are of what is compiled today; and the
// parts that certify is made of.
#include "tools/certify/certify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frontend/evaluate.h"
#include "frontend/expr.h"
#include "frontend/language.h"
#include "ir/certificates.h"
#include "ir/meaning.h"
#include "tests/support/process.h"
#include "tests/support/run.h"
#include "tools/certify/catalogue.h"
#include "tools/certify/column.h"
#include "tools/certify/state.h"

namespace actjit::tools {
namespace {

using test::succeeded;

constexpr double infinity = std::numeric_limits<double>::infinity();
const OnCertify silent = [](double, std::string_view) { return true; };

CertifyRequest request_for(std::string_view text, DType dtype, Tier tier) {
  const Binding x{"x", dtype, {"n"}};
  CertifyRequest request;
  request.graph = *build(*parse_program(text), std::span(&x, 1));
  request.expression = text;
  request.tiers = {tier};
  return request;
}

std::uint64_t unpatched_hash(const Graph& g, Tier tier) {
  Certificates bare;
  bare.trial.emplace();
  return lower(g, tier, bare)->unpatched;
}

class CertifiedCatalogue : public testing::TestWithParam<DType> {};

// Every 4,099th input and all borders of f32; every input of 16 bits; samples of f64.
TEST_P(CertifiedCatalogue, KeepsItsPromises) {
  Pool pool(2);
  for (const CatalogueItem& item : catalogue_items(GetParam())) {
    CertifyRequest request;
    request.graph = item.graph;
    request.expression = item.expression;
    request.tiers = catalogue_tiers(GetParam());
    request.every = bytes(GetParam()) == 2     ? 1
                    : GetParam() == DType::f32 ? 4099
                                               : std::uint64_t{1} << 48;
    const auto made = certify(request, pool, silent);
    ASSERT_TRUE(succeeded(made)) << item.expression;
    for (const Certified& c : *made)
      EXPECT_TRUE(c.holds()) << item.expression << ", " << text(c.certificate.tier) << ": "
                             << c.verdict.misrounded << " misrounded, " << c.verdict.max_ulp
                             << " ULP at " << c.certificate.worst;
  }
}

TEST_P(CertifiedCatalogue, HasCertificatesOfWhatIsCompiledToday) {
  for (const CatalogueItem& item : catalogue_items(GetParam()))
    for (Tier tier : catalogue_tiers(GetParam())) {
      const std::uint64_t hash = unpatched_hash(item.graph, tier);
      const Certificate* c = find_certificate(hash);
      ASSERT_TRUE(c) << text(GetParam()) << " " << item.expression << " in tier " << text(tier)
                     << ": its expansion changed; 'actjit certificates --make ir/certificates' "
                        "certifies it anew";
      Certificates patches;
      patches.trial = corrections_of(*c);
      EXPECT_EQ(certificate_hash(lower(item.graph, tier, patches)->expanded), c->patched)
          << item.expression;
      if (!takes_certificate(item.graph, tier)) {
        EXPECT_LE(c->max_ulp, max_ulp(tier, GetParam())) << item.expression;
        continue;
      }
      EXPECT_TRUE(c->is_exact()) << item.expression;
      // Constant expressions find it by what is not simplified.
      const Certificate* same =
          find_certificate_by_meaning(certificate_hash(unpatched_meaning(item.graph, tier)));
      ASSERT_TRUE(same) << item.expression << " in tier " << text(tier);
      EXPECT_EQ(same->expanded, hash) << item.expression;
    }
}

INSTANTIATE_TEST_SUITE_P(DTypes, CertifiedCatalogue,
                         testing::Values(DType::f64, DType::f32, DType::f16, DType::bf16),
                         [](const auto& test) { return std::string(text(test.param)); });

// Where other libraries flush to zero, cancel or forget a sign: the limits, correctly rounded.
TEST(Certify, TailsAndLimitsAreExact) {
  constexpr float least = std::numeric_limits<float>::denorm_min();
  const std::vector<float> everywhere{-10,
                                      -14,
                                      -95,
                                      -100,
                                      -1e-30f,
                                      1e-20f,
                                      -1e6f,
                                      1e6f,
                                      -0.0f,
                                      0.0f,
                                      -least,
                                      least,
                                      -3 * least,
                                      3 * least,
                                      1e-40f,
                                      -1e-40f,
                                      0x1p-126f,
                                      -0x1p-126f,
                                      static_cast<float>(infinity),
                                      static_cast<float>(-infinity),
                                      std::numeric_limits<float>::quiet_NaN()};
  std::vector<Bits> inputs;
  for (float x : everywhere) inputs.push_back(to_bits(x));
  for (const CatalogueItem& item : catalogue_items(DType::f32)) {
    const Kernel kernel =
        test::engine().compile(item.graph, *make_spec(item.graph, Tier::exact)).value();
    const std::vector<Bits> got = results_of(kernel, inputs).value();
    Truth truth;
    Oracle::create(item.graph)->evaluate(inputs, truth);
    EXPECT_EQ(truth.undecided, 0);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float wanted = f32_of(truth.nearest[i]);
      if (std::isnan(wanted))
        EXPECT_TRUE(std::isnan(f32_of(got[i]))) << item.expression << " at " << everywhere[i];
      else
        EXPECT_EQ(got[i], truth.nearest[i]) << item.expression << " at " << everywhere[i] << " is "
                                            << f32_of(got[i]) << ", not " << wanted;
    }
  }
}

// The same patches in constant expressions: -least / 2 + tiny rounds to -0.
static_assert(to_bits(evaluate<DType::f32, Tier::exact>(gelu(arg<0>), -0x1p-149)) == to_bits(-0.0));
static_assert(evaluate<DType::f32, Tier::exact>(tanh(arg<0>), 0.5) ==
              static_cast<double>(0.46211715726000975850F));

TEST(Certify, FindsWhatIsWrong) {
  Pool pool(2);
  // f32 in tier fast rounds at every op: x + 1 - 1 loses small x altogether.
  CertifyRequest request = request_for("x + 1 - 1", DType::f32, Tier::fast);
  request.every = 65537;
  const auto made = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(made));
  const Certified& c = made->at(0);
  EXPECT_FALSE(c.holds());
  EXPECT_GT(c.verdict.misrounded, 10'000u);
  EXPECT_GT(c.verdict.max_ulp, 1e6);
  EXPECT_EQ(c.course.direction(), Direction::increasing);
}

TEST(Certify, RepairsTiesAndSingleInputs) {
  Pool pool(2);
  // x / 2 + x^2 in bf16: ties that only x^2 decides.
  CertifyRequest request = request_for("x * 0.5 + x * x * 1.1", DType::bf16, Tier::exact);
  const auto before = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(before));
  EXPECT_FALSE(before->at(0).holds());
  request.repair = true;
  const auto after = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(after));
  const Certified& c = after->at(0);
  EXPECT_TRUE(c.holds());
  EXPECT_TRUE(c.certificate.is_exact());
  EXPECT_FALSE(c.corrections.patches.empty());
  // The engine uses it from then on.
  Certificates known;
  known.more = {c.certificate};
  EXPECT_TRUE(lower(request.graph, Tier::exact, known));
  request.repair = false;
  request.known = known;
  const auto again = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(again));
  EXPECT_TRUE(again->at(0).holds());
}

// log(x) - 1 has no right digit near e, and is close to the real values everywhere else.
TEST(Certify, RepairsF64NearRoots) {
  Pool pool(2);
  CertifyRequest request = request_for("log(x) - 1", DType::f64, Tier::precise);
  request.every = ~std::uint64_t{0} >> 16;
  const auto before = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(before));
  EXPECT_GT(before->at(0).verdict.max_ulp, 1e12);
  request.repair = true;
  const auto after = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(after));
  const Certified& c = after->at(0);
  EXPECT_TRUE(c.holds()) << c.verdict.max_ulp;
  ASSERT_FALSE(c.certificate.pieces.empty());
  EXPECT_EQ(c.certificate.pieces[0].middle, std::exp(1.0));
  // The engine uses it from then on, in every tier with that graph.
  Certificates known;
  known.more = {c.certificate};
  for (Tier tier : {Tier::precise, Tier::fast})
    EXPECT_NE(certificate_hash(lower(request.graph, tier, known)->expanded),
              certificate_hash(lower(request.graph, tier)->expanded));
}

// A function that is not 0 but only jumps over it, and one with a root at 0 alone: no pieces.
TEST(Certify, RepairsNothingElse) {
  Pool pool(2);
  for (const char* text : {"where(x < 1.5, -1, x)", "tanh(x)", "1 / (x - 3)"}) {
    CertifyRequest request = request_for(text, DType::f64, Tier::precise);
    request.every = ~std::uint64_t{0} >> 14;
    request.repair = true;
    const auto made = certify(request, pool, silent);
    ASSERT_TRUE(succeeded(made)) << text;
    EXPECT_TRUE(made->at(0).certificate.pieces.empty()) << text;
  }
}

TEST(Certify, SaysWhatItCannotDo) {
  Pool pool(2);
  const auto expect = [&](const CertifyRequest& request, ErrorCode code, std::string_view part) {
    const auto made = certify(request, pool, silent);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, code);
    EXPECT_NE(made.error().message.find(part), std::string::npos) << made.error().message;
  };
  CertifyRequest two = request_for("x", DType::f32, Tier::precise);
  two.graph.input("b", DType::f32, {});
  expect(two, ErrorCode::unsupported, "2 inputs");
  expect(request_for("x + 1", DType::f64, Tier::exact), ErrorCode::unsupported, "'precise'");
  CertifyRequest narrow = request_for("cast(exp(x), f32)", DType::f64, Tier::precise);
  narrow.repair = true;
  expect(narrow, ErrorCode::unsupported, "f64 results");
  // sin(x) - x has no digits left near zero.
  CertifyRequest lost = request_for("sin(x) - x", DType::bf16, Tier::exact);
  lost.repair = true;
  expect(lost, ErrorCode::limit, "--max-patches");
}

TEST(Certify, GoesOnWhereItWasInterrupted) {
  Pool pool(1);
  const test::Folder folder;
  CertifyRequest request = request_for("tanh(x)", DType::f32, Tier::precise);
  request.every = 97;
  const auto whole = certify(request, pool, silent);
  ASSERT_TRUE(succeeded(whole));

  request.state_file = folder / "state";
  const auto stopped = certify(request, pool, [](double f, std::string_view) { return f < 0.4; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"state"});
  double first = 0;
  const auto resumed = certify(request, pool, [&](double f, std::string_view) {
    if (first == 0) first = f;
    return true;
  });
  ASSERT_TRUE(succeeded(resumed));
  EXPECT_GT(first, 0.4);
  EXPECT_TRUE(folder.names().empty());
  const Verdict& a = whole->at(0).verdict;
  const Verdict& b = resumed->at(0).verdict;
  EXPECT_EQ(a.checked, b.checked);
  EXPECT_EQ(a.misrounded, b.misrounded);
  EXPECT_EQ(a.max_ulp, b.max_ulp);
  EXPECT_EQ(a.worst, b.worst);

  // A state of another check, or none at all, is not taken up.
  EXPECT_FALSE(load_state(folder / "state", "x"));
  test::write_file(folder / "state", "{\"key\": \"x\", \"done\": \"many\"}");
  EXPECT_FALSE(load_state(folder / "state", "x"));
}

TEST(Domain, RunsThroughAllPatternsInNumericOrder) {
  for (DType dtype : {DType::f16, DType::bf16}) {
    const Domain all(dtype, 1);
    ASSERT_EQ(all.size(), 65536u);
    double before = -infinity;
    std::vector<bool> seen(65536, false);
    for (std::uint64_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(rank_of(dtype, all[i]), i);
      seen[all[i]] = true;
      const double x = value_of(dtype, all[i]);
      if (std::isnan(x)) continue;
      EXPECT_LE(before, x);
      before = x;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0);
  }
  EXPECT_EQ(Domain(DType::f32, 1).size(), std::uint64_t{1} << 32);
  EXPECT_EQ(Domain(DType::f32, 4099).size(), (std::uint64_t{1} << 32) / 4099 + 1);
}

TEST(Domain, SamplesOfF64AreInOrderWithinEachHalf) {
  const Domain some(DType::f64, std::uint64_t{1} << 48);
  const std::uint64_t half = some.size() / 2;
  for (std::uint64_t i = 1; i < some.size(); ++i) {
    if (i == half) continue;
    EXPECT_LT(rank_of(DType::f64, some[i - 1]), rank_of(DType::f64, some[i]));
  }
  EXPECT_NEAR(value_of(DType::f64, some[half]), -0x1p11, 16);
  EXPECT_NEAR(value_of(DType::f64, some[some.size() - 1]), 0x1p11, 16);
}

TEST(Repair, MakesIntervalsOfTiesAndPointsOfTheRest) {
  const auto towards = Repair::towards;
  const auto away = Repair::away;
  const auto as_is = Repair::as_is;
  Repair repair;
  for (double x : {-5.0, -4.0, -3.0}) repair.add(x, 1, towards);
  repair.add(-2, 1, towards | as_is);
  repair.add(1, 10, away | as_is);
  repair.add(2, 20, Repair::nothing);
  repair.add(3, 30, away);
  repair.add(4, 40, towards);
  const std::vector<Patch> want{{-5, -3, -4, 0}, {3, 3, 0, 30}, {4, 4, 0, 40}, {2, 2, 0, 20}};
  EXPECT_EQ(repair.needed(), 4u);
  EXPECT_EQ(repair.patches(4), want);

  // In two halves, as threads see them, the same.
  Repair left, right;
  left.add(-5, 1, towards);
  right.add(-4, 1, towards);
  right.add(-3, 1, towards);
  right.add(3, 30, away);
  left.add(right);
  const std::vector<Patch> merged{{-5, -3, -4, 0}, {3, 3, 0, 30}};
  EXPECT_EQ(left.patches(4), merged);
}

TEST(Repair, DoesNotReachAcrossWhatItHasNotSeen) {
  Repair left, right;
  left.add(1, 10, Repair::away);
  left.add(2, 20, Repair::away);
  right.skip();  // before anything else
  right.add(8, 80, Repair::away);
  left.add(right);
  const std::vector<Patch> apart{{1, 1, 0, 10}, {2, 2, 0, 20}, {8, 8, 0, 80}};
  EXPECT_EQ(left.patches(4), apart);
}

}  // namespace
}  // namespace actjit::tools
