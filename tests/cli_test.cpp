// The command line tool, end to end: the real program, its exit codes, what it prints and writes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "codegen/target.h"
#include "tests/support/process.h"
#include "tools/common/npy.h"

namespace actjit::tools {
namespace {

using test::Folder;
using test::Outcome;

const std::string digits = ACTJIT_SOURCE_DIR "/tests/data/digits/";
const std::string matmul = "x=" + digits + "hidden_matmul.npy";
const std::string bias = "b=" + digits + "hidden_bias.npy";

Outcome actjit(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ACTJIT_TOOL);
  return test::run_process(arguments);
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

void expect_failure(const std::vector<std::string>& arguments, int code, std::string_view part) {
  const Outcome o = actjit(arguments);
  EXPECT_EQ(o.code, code) << fmt::format("{}", fmt::join(arguments, " ")) << "\n" << o.err;
  EXPECT_EQ(o.err.rfind("actjit: error: ", 0), 0u) << o.err;
  EXPECT_SAYS(o.err, part);
  EXPECT_EQ(o.out, "");
}

// x = -2, -1.75 ... 2 of the given dtype.
void write_ramp(const std::string& path, DType dtype) {
  Buffer ramp = Buffer::make(dtype, {17}).value();
  for (int i = 0; i < 17; ++i) {
    const double x = 0.25 * i - 2;
    if (dtype == DType::f64)
      static_cast<double*>(ramp.data())[i] = x;
    else
      static_cast<float*>(ramp.data())[i] = static_cast<float>(x);
  }
  ASSERT_TRUE(write_npy(path, ramp));
}

bool host_has(std::string_view target) {
  const Result<Target> found = find_target(target);
  return found && host_supports(*found);
}

TEST(Cli, RunAndEvalGiveTheSameBitsOnEveryTarget) {
  for (const std::string expression : {"gelu(x + b)", "x * tanh(exp(x + b))", "mish(x) - b",
                                       "softmax(x + b, axis=0)", "gelu(layer_norm(x)) + b"}) {
    const Folder folder;
    const Outcome interpreted =
        actjit({"eval", expression, matmul, bias, "-o", folder / "eval.npy"});
    ASSERT_EQ(interpreted.code, 0) << interpreted.err;
    EXPECT_EQ(interpreted.out, "");
    for (const Target& target : all_targets()) {
      if (!host_supports(target)) continue;
      const Outcome compiled = actjit({"run", expression, matmul, bias, "-o", folder / "run.npy",
                                       "--threads", "3", "--target", std::string(target.name)});
      ASSERT_EQ(compiled.code, 0) << compiled.err;
      EXPECT_EQ(test::read_file(folder / "run.npy"), test::read_file(folder / "eval.npy"))
          << expression << " on " << target.name;
    }
  }
}

TEST(Cli, SoftmaxNamesTheDigits) {
  const std::vector<std::string> files{"z=" + digits + "output_matmul.npy",
                                       "b=" + digits + "output_bias.npy"};
  const Folder folder;
  for (const char* command : {"run", "eval"}) {
    const Outcome o = actjit({command, "softmax(z + b)", files[0], files[1], "-o",
                              folder / (std::string(command) + ".npy"), "--report"});
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_SAYS(o.out, "error     0.50");
    EXPECT_SAYS(o.out, " ULP against the formula in long double\n");
  }
  EXPECT_EQ(test::read_file(folder / "run.npy"), test::read_file(folder / "eval.npy"));
  const Buffer shares = read_npy(folder / "run.npy").value();
  const Buffer labels = read_npy(digits + "labels.npy").value();
  ASSERT_EQ(shares.dims(), (std::vector<std::int64_t>{1797, 10}));
  int right = 0;
  for (int i = 1437; i < 1797; ++i) {
    const float* row = static_cast<const float*>(shares.data()) + i * 10;
    right +=
        std::max_element(row, row + 10) - row == static_cast<const std::int64_t*>(labels.data())[i];
  }
  EXPECT_EQ(right, 325);  // of 360: 90.28 %
}

TEST(Cli, RunComputesInBothDtypes) {
  const Folder folder;
  for (const DType dtype : {DType::f32, DType::f64}) {
    write_ramp(folder / "x.npy", dtype);
    const Outcome o = actjit({"run", "relu(x)", "x=" + folder / "x.npy", "-o", folder / "y.npy"});
    ASSERT_EQ(o.code, 0) << o.err;
    const Buffer y = read_npy(folder / "y.npy").value();
    ASSERT_EQ(y.dtype(), dtype);
    ASSERT_EQ(y.dims(), std::vector<std::int64_t>{17});
    for (int i = 0; i < 17; ++i) {
      const double got = dtype == DType::f64 ? static_cast<const double*>(y.data())[i]
                                             : double{static_cast<const float*>(y.data())[i]};
      EXPECT_EQ(got, std::max(0.25 * i - 2, 0.0));
    }
  }
}

TEST(Cli, RunWritesOverItsInput) {
  const Folder folder;
  write_ramp(folder / "x.npy", DType::f32);
  ASSERT_EQ(actjit({"run", "x + 1", "x=" + folder / "x.npy", "-o", folder / "x.npy"}).code, 0);
  EXPECT_EQ(static_cast<const float*>(read_npy(folder / "x.npy").value().data())[0], -1.0f);
}

TEST(Cli, RunTakesScalarsAndSeveralOutputs) {
  const Folder folder;
  write_ramp(folder / "x.npy", DType::f64);
  const std::string x = "x=" + folder / "x.npy";
  const std::string text = "scalar a = 1; double = 2 * x; scaled = a * x; double, scaled";
  const Outcome o = actjit({"run", text, x, "--scalar", "a=3", "-o", "double=" + folder / "2.npy",
                            "-o", "scaled=" + folder / "3.npy"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(static_cast<const double*>(read_npy(folder / "2.npy").value().data())[0], -4.0);
  EXPECT_EQ(static_cast<const double*>(read_npy(folder / "3.npy").value().data())[0], -6.0);
  expect_failure({"run", text, x, "-o", folder / "y.npy"}, 1, "the names are: double, scaled");
  expect_failure({"run", text, x, "--scalar", "b=3"}, 1, "whose scalars are: a");
  expect_failure({"run", text, x, "--scalar", "a=1", "--scalar", "a=2"}, 1, "given twice");
}

TEST(Cli, OutputsThatNameNoFileOfTheirOwnAreRefused) {
  const Folder folder;
  const std::string q = folder / "q.npy";
  for (const char* command : {"run", "eval"}) {
    const auto refused = [&](const std::string& text, std::vector<std::string> files,
                             std::string_view part) {
      std::vector<std::string> arguments{command, text, "b=" + digits + "hidden_bias.npy"};
      for (const std::string& file : files) arguments.insert(arguments.end(), {"-o", file});
      expect_failure(arguments, 1, part);
      EXPECT_EQ(folder.names(), std::vector<std::string>());
    };
    refused("gelu(b)", {"zz=" + q}, "'zz' is no output of this program, whose outputs are: y;");
    refused("gelu(b)", {"zz=" + q}, "is written ./zz=");
    refused("scaled = 2 * b; scaled, b", {"Scale=" + q}, "did you mean 'scaled'?");
    refused("gelu(b)", {"y=" + q, "y=" + folder / "r.npy"}, "'y' is given two files");
    refused("gelu(b)", {q, q}, "'y' is given two files");
    refused("gelu(b)", {""}, "the path of the output 'y' is empty");
    refused("gelu(b)", {"y="}, "the path of the output 'y' is empty");
    refused("b, -b", {"y0=" + q, "y1=" + q}, "'y0' and 'y1' are given the same file");
    refused("b, -b", {"y0=" + q, "y1=" + folder / "./q.npy"}, "are given the same file");
    refused("b, -b", {q}, "the names are: y0, y1");
  }
}

TEST(Cli, TwoOutputsDoNotMeetBehindALink) {
  const Folder folder;
  std::filesystem::create_directory_symlink(folder.path(), folder / "link");
  expect_failure(
      {"run", "b, -b", bias, "-o", "y0=" + folder / "q.npy", "-o", "y1=" + folder / "link/q.npy"},
      1, "are given the same file");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"link"});
}

TEST(Cli, AFileMayHaveAnEqualsSign) {
  const Folder folder;
  const Outcome o = test::run_process(
      {"sh", "-c",
       "cd " + folder.path() + " && " ACTJIT_TOOL + " run 'b' '" + bias + "' -o ./zz=q.npy"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(folder.names(), std::vector<std::string>{"zz=q.npy"});
}

TEST(Cli, RunShowsThePreviewAndTheReport) {
  const Outcome o = actjit({"run", "gelu(x + b)", matmul, bias, "--report"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_SAYS(o.out, "y = f32[1797,128]\n[[");
  EXPECT_SAYS(o.out, "target    x86-64-v");
  EXPECT_SAYS(o.out, "ULP against the formula");
  EXPECT_SAYS(o.out, "GB/s");
  EXPECT_EQ(o.out.find('\x1b'), std::string::npos) << "colours in a pipe";
  EXPECT_EQ(actjit({"run", "1 + 2"}).out, "y = f64\n3\n");
}

TEST(Cli, RunTakesEmptyTensors) {
  const Folder folder;
  ASSERT_TRUE(write_npy(folder / "x.npy", Buffer::make(DType::f32, {0, 3}).value()));
  for (const char* command : {"run", "eval"}) {
    const Outcome o = actjit({command, "gelu(x)", "x=" + folder / "x.npy", "-o", folder / "y.npy"});
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(read_npy(folder / "y.npy").value().dims(), (std::vector<std::int64_t>{0, 3}));
    EXPECT_EQ(actjit({command, "gelu(x)", "x=" + folder / "x.npy", "--report"}).code, 0);
  }
}

TEST(Cli, RunAndEvalRefuseAnEmptyOutputBesideOneThatIsNot) {
  const Folder folder;
  ASSERT_TRUE(write_npy(folder / "x.npy", Buffer::make(DType::f32, {2}).value()));
  ASSERT_TRUE(write_npy(folder / "z.npy", Buffer::make(DType::f32, {0, 1}).value()));
  for (const char* command : {"run", "eval"})
    expect_failure({command, "x + 1, x * z", "x=" + folder / "x.npy", "z=" + folder / "z.npy"}, 1,
                   "the output 'y0' has 2 elements while another output is empty");
}

TEST(Cli, ThePreviewShowsNanWithoutASign) {
  for (const char* expression : {"sqrt(-1 - b * b)", "-sqrt(-1 - b * b)"}) {
    const Outcome o = actjit({"run", expression, bias});
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_SAYS(o.out, "[nan nan nan ... nan nan nan]");
  }
}

TEST(Cli, AnExpressionMayBeginWithAMinus) {
  const Folder folder;
  write_ramp(folder / "x.npy", DType::f32);
  const Outcome o = actjit({"run", "-x * 2", "x=" + folder / "x.npy", "-o", folder / "y.npy"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(static_cast<const float*>(read_npy(folder / "y.npy").value().data())[0], 4.0f);
  expect_failure({"dump", "-gelux(x)"}, 1, "line 1, column 2");
}

TEST(Cli, ErrorsInTextHaveAPlaceAndACaret) {
  expect_failure({"run", "gelu(x +* b)", matmul}, 1, "\n  gelu(x +* b)\n          ^\n");
  expect_failure({"run", "geluu(x)", matmul}, 1, "did you mean 'gelu'?");
  expect_failure({"run", "gelu(x + b)", matmul, "b=" + digits + "output_bias.npy"}, 1,
                 "[1797,128] and [10]");
  expect_failure({"run", "gelu(x)", "x=" + digits + "labels.npy"}, 1, "i64");
  expect_failure({"run", std::string(100000, '('), matmul}, 1, "actjit: error: ");
  expect_failure({"run", "\xff\xfe", matmul}, 1, "line 1, column 1");
  expect_failure({"run", "", matmul}, 1, "there is no expression");
}

TEST(Cli, NamesInputsThatAreMissingUnknownOrTwice) {
  for (const char* command : {"run", "eval"})
    expect_failure({command, "gelu(x + b)", matmul}, 1,
                   "the input 'b' is not given; give it as b=FILE.npy");
  expect_failure({"run", "gelu(x)", matmul, bias}, 1, "'b' is no input");
  expect_failure({"run", "gelu(x)", matmul, matmul}, 1, "given twice");
}

TEST(Cli, BadFilesLeaveNoOutput) {
  const Folder folder;
  test::write_file(folder / "text.npy", "no array");
  const std::string whole = test::read_file(digits + "hidden_bias.npy");
  test::write_file(folder / "short.npy", whole.substr(0, whole.size() - 1));
  for (const char* command : {"run", "eval"}) {
    const auto refused = [&](const std::string& file, std::string_view part) {
      expect_failure({command, "gelu(x)", "x=" + file, "-o", folder / "y.npy"}, 1, part);
    };
    refused(folder / "text.npy", "is no .npy file");
    refused(folder / "short.npy", "is truncated");
    refused(folder / "none.npy", "No such file");
    refused(folder.path(), "not a regular file");
    expect_failure({command, "gelu(b)", bias, "-o", folder / "no/y.npy"}, 1, "No such file");
  }
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"short.npy", "text.npy"}));
}

TEST(Cli, RefusesResultsThatAreTooLarge) {
  const Folder folder;
  const auto tensor = [&](const char* name, std::vector<std::int64_t> dims) {
    EXPECT_TRUE(write_npy(folder / name, Buffer::make(DType::f32, std::move(dims)).value()));
    return std::string(1, name[0]) + "=" + folder / name;
  };
  const std::string a = tensor("a.npy", {1 << 20, 1, 1});
  const std::string b = tensor("b.npy", {1, 1 << 20, 1});
  const std::string c = tensor("c.npy", {1, 1, 1 << 20});
  const std::string z = tensor("z.npy", {0, 1, 1, 1});
  for (const char* command : {"run", "eval"}) {
    expect_failure({command, "a + b", a, b}, 1, "needs");
    expect_failure({command, "a + b + c", a, b, c}, 1, "too many elements");
    expect_failure({command, "(a + b + c) * z", a, b, c, z}, 1, "too many elements");
  }
}

TEST(Cli, UsageErrorsSayWhatThereIs) {
  expect_failure({}, 2, "A subcommand is required");
  expect_failure({"dmup"}, 2, "did you mean 'dump'?");
  expect_failure({"run"}, 2, "EXPR is required");
  expect_failure({"run", "x", "--tier", "best"}, 2, "exact, precise, fast, rough");
  expect_failure({"run", "x", "--target", "vax"}, 2, "native, x86-64-v3, x86-64-v4");
  expect_failure({"run", "x", "--dialect", "theano"}, 2, "keras, keras2, keras3, torch");
  expect_failure({"run", "x", "file.npy"}, 2, "wanted name=file.npy");
  expect_failure({"run", "x", "--threads", "0"}, 2, "--threads");
  expect_failure({"run", "x", "--threads", "many"}, 2, "--threads");
  expect_failure({"run", "x", "--scalar", "a=one"}, 2, "wanted name=number");
  expect_failure({"run", "x", "--speed"}, 2, "--speed");
  expect_failure({"dump", "x", "--stage", "soul"}, 2, "source, graph, simplified");
  expect_failure({"dump", "x", "--dtype", "f8"}, 2, "f64, f32, f16, bf16");
  expect_failure({"dump", "x", "--shape", "[n"}, 2, "is no shape");
  expect_failure({"time", "x", "--n", "0"}, 2, "--n");
  expect_failure({"time", "x", "--n", "99999999999999999999"}, 2, "--n");
  expect_failure({"show"}, 2, "NAME is required");
}

TEST(Cli, HelpIsNoError) {
  for (const char* command : {"", "run", "eval", "dump", "time", "list", "show", "get"}) {
    std::vector<std::string> arguments{"--help"};
    if (*command) arguments.insert(arguments.begin(), command);
    const Outcome o = actjit(arguments);
    EXPECT_EQ(o.code, 0) << command;
    EXPECT_SAYS(o.out, "Usage: actjit");
    EXPECT_EQ(o.err, "");
  }
  EXPECT_SAYS(actjit({"--version"}).out, "actjit 0.");
}

TEST(Cli, HelpSaysWhatCounts) {
  const std::string run = actjit({"run", "--help"}).out;
  EXPECT_SAYS(run, "fast rounds every op to f32 and takes math functions within 4 ULP of it");
  for (const char* option : {"--target", "--threads", "--tier"}) EXPECT_SAYS(run, option);
  // The interpreter takes what a kernel takes, and does not need it.
  const std::string eval = actjit({"eval", "--help"}).out;
  EXPECT_SAYS(eval, "--tier");
  EXPECT_EQ(eval.find("--target"), std::string::npos);
  EXPECT_EQ(eval.find("--threads"), std::string::npos);
  EXPECT_EQ(actjit({"eval", "1 + 2", "--threads", "2", "--target", "x86-64-v3"}).code, 0);
}

TEST(Cli, DumpShowsEveryStage) {
  const auto dump = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "dump");
    const Outcome o = actjit(arguments);
    EXPECT_EQ(o.code, 0) << o.err;
    return o.out;
  };
  EXPECT_SAYS(dump({"leaky_relu(x)", "--stage", "source"}), "leaky_relu(x, negative_slope=");
  EXPECT_SAYS(dump({"gelu(x)"}), "x = input f32[n]");
  EXPECT_SAYS(dump({"gelu(x + b)", "--dtype", "f64", "--shape", "[n,4]", "--shape", "b=[4]"}),
              "b = input f64[4]");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "simplified"}), "gelu");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "expanded"}), "fma");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "plan"}), "for i0 in");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "llvm"}), "define");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "llvm-opt"}), "define");
  EXPECT_SAYS(dump({"gelu(x)", "--stage", "dot"}), "digraph");
  expect_failure({"dump", "gelu(x)", "--shape", "z=[n]"}, 1, "'z' is no input");
}

TEST(Cli, DumpedCodeHasWideRegistersAndNoCalls) {
  const Outcome v4 = actjit({"dump", "mish(x)", "--stage", "asm", "--target", "x86-64-v4"});
  ASSERT_EQ(v4.code, 0) << v4.err;
  EXPECT_SAYS(v4.out, "zmm");
  EXPECT_EQ(v4.out.find("\tcall"), std::string::npos);
  const Outcome v3 = actjit({"dump", "mish(x)", "--stage", "asm", "--target", "x86-64-v3"});
  EXPECT_SAYS(v3.out, "ymm");
  EXPECT_EQ(v3.out.find("zmm"), std::string::npos);
  EXPECT_EQ(v3.out.find("\tcall"), std::string::npos);
}

TEST(Cli, DumpedObjectsNeedNoSymbol) {
  const Folder folder;
  for (const char* expression : {"gelu(x)", "sin(x) ** y", "x * tanh(exp(x + y))"}) {
    const Outcome o = actjit({"dump", expression, "--stage", "object", "-o", folder / "kernel.o"});
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(test::read_file(folder / "kernel.o").substr(1, 3), "ELF");
    const Outcome nm = test::run_process({"nm", "-u", folder / "kernel.o"});
    if (nm.code == 127) GTEST_SKIP() << "no nm";
    EXPECT_EQ(nm.out, "") << expression;
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"kernel.o"});
}

TEST(Cli, AnObjectGoesToAPipeAndToNoTerminal) {
  const Outcome pipe = actjit({"dump", "x", "--stage", "object"});
  ASSERT_EQ(pipe.code, 0) << pipe.err;
  EXPECT_EQ(pipe.out.substr(1, 3), "ELF");
  const Outcome terminal = test::run_process(  // script has a terminal to offer
      {"script", "-qec", ACTJIT_TOOL " dump x --stage object", "/dev/null"});
  if (terminal.code == 127) GTEST_SKIP() << "no script";
  EXPECT_EQ(terminal.code, 1);
  EXPECT_SAYS(terminal.out, "an object is no text for a terminal; name a file with -o");
  EXPECT_EQ(terminal.out.find("ELF"), std::string::npos);
}

TEST(Cli, ADumpedGraphIsTheSameForARunOfItsOwn) {
  const Outcome once = actjit({"dump", "mish(x) * b", "--stage", "expanded"});
  EXPECT_EQ(once.out, actjit({"dump", "mish(x) * b", "--stage", "expanded"}).out);
}

TEST(Cli, TheCatalogueIsThere) {
  EXPECT_SAYS(actjit({"list"}).out, "gelu(x");
  EXPECT_SAYS(actjit({"list", "--dialect", "torch"}).out, "Hardtanh");
  EXPECT_SAYS(actjit({"list", "--markdown"}).out, "|");
  EXPECT_SAYS(actjit({"show", "mish"}).out, "mish");
  EXPECT_EQ(actjit({"get", "gelu"}).out, "\"gelu\"\n");
  const std::string json = actjit({"get", R"({"name": "elu", "alpha": 0.5})"}).out;
  EXPECT_SAYS(json, R"("alpha":0.5)");
  EXPECT_EQ(actjit({"get", json}).out, json);
  expect_failure({"show", "gelux"}, 1, "did you mean 'gelu'?");
  expect_failure({"get", "{\"name\": "}, 1, "");
  expect_failure({"get", "[[[[1]]]]"}, 1, "");
}

TEST(Cli, TimeSaysWhatThingsCost) {
  const Outcome o = actjit({"time", "silu(x)", "--n", "64", "--dtype", "f64"});
  ASSERT_EQ(o.code, 0) << o.err;
  for (const char* part : {"first", "next", "ns per element", "GB/s", "wall", "through the handle"})
    EXPECT_SAYS(o.out, part);
  EXPECT_EQ(o.err, "") << "a progress bar in a pipe";
  const Outcome compile = actjit({"time", "silu(x)", "--compile"});
  ASSERT_EQ(compile.code, 0) << compile.err;
  EXPECT_SAYS(compile.out, "optimise");
}

TEST(Cli, TimeTakesRowsWhereSomethingLooksAlongAxes) {
  const auto time = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "time");
    const Outcome o = actjit(arguments);
    EXPECT_EQ(o.code, 0) << o.err;
    return o.out;
  };
  EXPECT_SAYS(time({"silu(x)"}), "silu(x)   f32 [4096], precise");
  EXPECT_SAYS(time({"softmax(x)"}), "softmax(x)   f32 [100,1000], precise");
  EXPECT_SAYS(time({"glu(x)", "--n", "3"}), "f32 [3,1000]");
  const std::string fixed = time({"softmax(x + b)", "--shape", "[7,10]", "--shape", "b=[10]"});
  EXPECT_SAYS(fixed, "x=[7,10] b=[10]");
  EXPECT_EQ(fixed.find("n = 1"), std::string::npos) << fixed;
  EXPECT_SAYS(time({"sum(x, axis=0), sum(x, axis=1)", "--shape", "[n,64]", "--n", "20"}),
              "elements a step, 2 kernels");
  expect_failure({"time", "x + b", "--shape", "x=[2]", "--shape", "b=[3]"}, 1, "[2]");
}

TEST(Cli, RefusesTargetsThisMachineCannotRun) {
  if (host_has("x86-64-v4")) GTEST_SKIP() << "this machine runs every target";
  expect_failure({"run", "gelu(b)", bias, "--target", "x86-64-v4"}, 1, "cannot run");
}

TEST(Cli, SaysWhenItsOutputIsLost) {
  const Outcome o = test::run_process({"sh", "-c", std::string(ACTJIT_TOOL) + " list > /dev/full"});
  EXPECT_EQ(o.code, 1) << o.err;
}

}  // namespace
}  // namespace actjit::tools
