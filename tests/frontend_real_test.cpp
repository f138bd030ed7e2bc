// Real constants: literals are read to about 106 bits, and arithmetic on them keeps these.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "frontend/literal.h"

namespace actjit {
namespace {

TEST(RealLiteral, TheHighPartIsTheNearestDouble) {
  const std::uint64_t seed = 20240811;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string text = std::to_string(random());
    text.insert(random() % text.size(), ".");
    text += "e" + std::to_string(static_cast<int>(random() % 620) - 330);
    const double want = std::strtod(text.c_str(), nullptr);
    const std::optional<Real> got = parse_real(text);
    if (std::isinf(want)) {
      EXPECT_FALSE(got) << text;
    } else {
      ASSERT_TRUE(got) << text;
      EXPECT_EQ(to_bits(got->hi), to_bits(want)) << text << ", seed " << seed;
    }
  }
}

TEST(RealLiteral, DigitsBeyondTheSeventeenthCount) {
  // selu's scale: the two parts by an independent big-number computation.
  EXPECT_EQ(*parse_real("1.050700987355480493419334985294603"),
            Real(0x1.0cfabd6a91132p+0, 0x1.6fc7d272f2696p-55));
  EXPECT_EQ(*parse_real("0.1"), Real(0.1, -0x1.999999999999ap-58));
  EXPECT_EQ(*parse_real("9007199254740993"), Real(0x1p53, 1));
}

TEST(RealLiteral, ExactAndTinyNumbers) {
  EXPECT_EQ(*parse_real("0.5"), Real(0.5));
  EXPECT_EQ(*parse_real(".5"), Real(0.5));
  EXPECT_EQ(*parse_real("1e3"), Real(1000));
  EXPECT_EQ(*parse_real("5e-324"), Real(0x1p-1074));
  EXPECT_EQ(*parse_real("2e-324"), Real(0));
  EXPECT_EQ(*parse_real("1e-400"), Real(0));
  EXPECT_EQ(*parse_real("0e999999999"), Real(0));
}

TEST(RealLiteral, RefusesWhatIsNoNumber) {
  for (const char* text : {"", ".", "1e", "1e+", "1.2.3", "0x10", "1f", "1e999", "e5", "-1"})
    EXPECT_FALSE(parse_real(text)) << text;
}

TEST(RealArithmetic, KeepsBothParts) {
  const Real third = real::div({1}, {3});
  EXPECT_EQ(third, Real(0x1.5555555555555p-2, 0x1.5555555555555p-56));
  EXPECT_EQ(real::mul(third, {3}).hi, 1);
  EXPECT_LT(std::abs(real::sub(real::mul(third, {3}), {1}).hi), 0x1p-104);
  // sqrt(2 / pi), by an independent big-number computation.
  EXPECT_EQ(real::sqrt(real::div({2}, real::pi)),
            Real(0x1.9884533d43651p-1, -0x1.cbc0d30ebfd15p-55));
  EXPECT_EQ(real::power({2}, 10), Real(1024));
  EXPECT_EQ(real::power({2}, -3), Real(0.125));
}

TEST(RealArithmetic, SpecialValues) {
  EXPECT_EQ(real::div({1}, {0}).hi, INFINITY);
  EXPECT_EQ(real::div({-1}, {0}).hi, -INFINITY);
  EXPECT_EQ(real::div({1}, {-0.0}).hi, -INFINITY);
  EXPECT_TRUE(std::isnan(real::div({0}, {0}).hi));
  EXPECT_EQ(real::add(real::infinity, {1}), real::infinity);
  EXPECT_TRUE(std::isnan(real::sub(real::infinity, real::infinity).hi));
  EXPECT_EQ(real::neg({0}), Real(-0.0));
  EXPECT_EQ(real::mul({1e200}, {1e200}), real::infinity);
}

static_assert(parse_real("0.044715")->hi == 0.044715);
static_assert(real::add({1}, {0x1p-80}) == Real(1, 0x1p-80));

}  // namespace
}  // namespace actjit
