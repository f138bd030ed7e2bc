// The tour of tools/run: it says what it promises and leaves what it names.
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tools/common/npy.h"

namespace actjit::tools {
namespace {

TEST(Tour, ShowsThreeFormulasAndLeavesEveryStage) {
  const std::string digits = ACTJIT_SOURCE_DIR "/tests/data/digits";
  const test::Folder folder;
  const test::Outcome o = test::run_process({ACTJIT_TOUR, digits, folder / "out"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.err, "");
  for (const char* part : {"gelu(x + b)", "x * tanh(exp(x + b))", "softmax(z + b)",
                           "x = input f32[1797,128]", "reduce_max", "the right digit for 90.28 %",
                           "target", "ns per element", "copy of the same bytes", "ULP"})
    EXPECT_NE(o.out.find(part), std::string::npos) << part << "\n" << o.out;
  EXPECT_EQ(o.out.find('\x1b'), std::string::npos) << "colours in a pipe";
  for (const char* stop : {"out/gelu", "out/invented", "out/softmax"}) {
    const Result<Buffer> result = read_npy(folder / stop + "/result.npy");
    ASSERT_TRUE(result) << result.error().message;
    const std::int64_t width = std::string_view(stop) == "out/softmax" ? 10 : 128;
    EXPECT_EQ(result->dims(), (std::vector<std::int64_t>{1797, width}));
    for (const char* file :
         {"1-graph.txt", "1-graph.dot", "2-simplified.txt", "3-expanded.txt", "4-plan.txt",
          "5-llvm.ll", "6-llvm-opt.ll", "7-kernel.s", "8-kernel.o"})
      EXPECT_FALSE(test::read_file(folder / stop + "/" + file).empty()) << file;
  }
}

TEST(Tour, SaysWhatItIsMissing) {
  const test::Folder folder;
  const test::Outcome o = test::run_process({ACTJIT_TOUR, folder.path(), folder / "out"});
  EXPECT_EQ(o.code, 1);
  EXPECT_NE(o.err.find("hidden_matmul.npy"), std::string::npos) << o.err;
  EXPECT_EQ(test::run_process({ACTJIT_TOUR}).code, 2);
}

}  // namespace
}  // namespace actjit::tools
