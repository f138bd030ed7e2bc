// actjit certify and what it leaves behind, end to end.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/certificate_file.h"
#include "tests/support/process.h"
#include "tools/common/npy.h"

namespace actjit::tools {
namespace {

using test::Folder;
using test::Outcome;

// With a folder for certificates of its own.
class CertifyCli : public testing::Test {
 protected:
  CertifyCli() { ::setenv("ACTJIT_CERTIFICATES", kept_.path().c_str(), 1); }
  ~CertifyCli() override { ::unsetenv("ACTJIT_CERTIFICATES"); }

  static Outcome actjit(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ACTJIT_TOOL);
    return test::run_process(arguments);
  }
  static void expect_says(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\n   misses: " << part;
  }
  static void expect_failure(const std::vector<std::string>& arguments, int code,
                             std::string_view part) {
    const Outcome o = actjit(arguments);
    EXPECT_EQ(o.code, code) << o.err;
    expect_says(o.err, part);
  }
  // A file of bf16 numbers: 1, 2, 3.
  std::string numbers() const {
    Buffer x = Buffer::make(DType::bf16, {3}).value();
    const std::array<std::uint16_t, 3> bits{0x3f80, 0x4000, 0x4040};
    std::copy(bits.begin(), bits.end(), static_cast<std::uint16_t*>(x.data()));
    EXPECT_TRUE(write_npy(files_ / "x.npy", x));
    return "x=" + (files_ / "x.npy");
  }

  Folder kept_, files_;
};

TEST_F(CertifyCli, ShowsWhatItFound) {
  const Outcome o = actjit({"certify", "gelu", "--dtype", "bf16", "-o", files_ / "gelu.json"});
  EXPECT_EQ(o.code, 0) << o.err;
  for (std::string_view part : {"65,536 of 65,536", "misrounded  0", "correctly rounded",
                                "-inf -> -0", "nan -> nan", "gelu.json"})
    expect_says(o.out, part);
  const auto stored = read_certificate(files_ / "gelu.json");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_TRUE(stored->more[0].is_exact());
  EXPECT_EQ(stored->more[0].expression, "gelu(x)");
  EXPECT_EQ(files_.names(), std::vector<std::string>{"gelu.json"});
}

TEST_F(CertifyCli, ARepairedFormulaIsExactFromThenOn) {
  const std::string formula = "x * 0.5 + x * x * 1.1";
  const std::vector<std::string> how{"--dtype", "bf16", "--tier", "exact"};
  const auto with = [&](std::vector<std::string> first, const std::vector<std::string>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  };
  expect_failure({"run", formula, numbers(), "--tier", "exact"}, 1, "needs a certificate");
  expect_failure(with({"certify", formula}, how), 1, "--repair");
  EXPECT_TRUE(kept_.names().empty());

  const Outcome o = actjit(with({"certify", formula, "--repair"}, how));
  EXPECT_EQ(o.code, 0) << o.err;
  expect_says(o.out, "units of f64 before rounding");
  EXPECT_EQ(kept_.names().size(), 1u);
  for (const char* command : {"run", "eval"}) {
    const Outcome ran = actjit({command, formula, numbers(), "--tier", "exact"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    expect_says(ran.out, "1.6");
  }
  // Given by name, it must be of the expression at hand.
  const std::string file = kept_ / kept_.names().at(0);
  EXPECT_EQ(actjit({"run", formula, numbers(), "--tier", "exact", "--certificate", file}).code, 0);
  expect_failure({"run", "x * 0.7", numbers(), "--tier", "exact", "--certificate", file}, 1,
                 "is the certificate of 'x * 0.5 + x * x * 1.1'");
  test::write_file(file, "{");
  expect_failure({"run", formula, numbers(), "--tier", "exact"}, 1, "no certificate");
}

TEST_F(CertifyCli, KeepsWhatIsExactAndNew) {
  // The project has gelu's own; and a formula that needs no repair is certified without.
  EXPECT_EQ(actjit({"certify", "gelu", "--dtype", "bf16", "--tier", "exact"}).code, 0);
  EXPECT_TRUE(kept_.names().empty());
  EXPECT_EQ(actjit({"certify", "x * 4 - 1", "--dtype", "bf16", "--tier", "exact"}).code, 0);
  EXPECT_EQ(kept_.names().size(), 1u);
  EXPECT_EQ(actjit({"run", "x * 4 - 1", numbers(), "--tier", "exact"}).code, 0);
}

TEST_F(CertifyCli, SaysWhatItCannotDo) {
  expect_failure({"certify", "x + b"}, 1, "2 inputs");
  expect_failure({"certify", "x", "--tier", "best"}, 2, "exact, precise, fast, rough");
  expect_failure({"certify", "x", "--tier", "exact", "--dtype", "f64"}, 1, "'precise'");
  expect_failure({"certify", "x", "--every", "0"}, 2, "--every");
  expect_failure({"certify", "x", "--repair", "--every", "7"}, 1, "--repair");
  expect_failure({"certify", "sin(x) - x", "--dtype", "bf16", "--tier", "exact", "--repair"}, 1,
                 "--max-patches");
  expect_failure({"certify", "x + 1 - 1", "--tier", "fast", "--every", "65537"}, 1,
                 "does not keep the promise of tier 'fast'");
}

}  // namespace
}  // namespace actjit::tools
