// .npy: what is written can be read, and what is no array is refused with a reason.
#include "tools/common/npy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "ir/shape.h"
#include "tests/support/process.h"

namespace actjit::tools {
namespace {

using test::Folder;

Buffer filled(DType dtype, const std::vector<std::int64_t>& dims) {
  Buffer out = Buffer::make(dtype, dims).value();
  std::mt19937 random(7);
  auto* at = static_cast<unsigned char*>(out.data());
  for (std::size_t i = 0; i < out.size_bytes(); ++i)
    at[i] = static_cast<unsigned char>(is_bool(dtype) ? random() & 1 : random());
  return out;
}

// A file of any header text, for format `major`, padded the way NumPy does.
std::string file_of(std::string_view dictionary, std::string_view data, int major = 1) {
  std::string out("\x93NUMPY", 6);
  out += static_cast<char>(major);
  out += '\0';
  std::string header(dictionary);
  const std::size_t fixed = major == 1 ? 10 : 12;
  header.append(63 - (fixed + header.size()) % 64, ' ');
  header += '\n';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    out += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return out + header + std::string(data);
}

std::string header_of(std::string_view descr, std::string_view order, std::string_view shape) {
  return fmt::format("{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}", descr, order, shape);
}

std::string error_of(const std::string& bytes) {
  const Folder folder;
  test::write_file(folder / "x.npy", bytes);
  const Result<Buffer> read = read_npy(folder / "x.npy");
  if (read) return "no error";
  EXPECT_EQ(read.error().code, ErrorCode::io) << read.error().message;
  EXPECT_NE(read.error().message.find("x.npy'"), std::string::npos) << read.error().message;
  return read.error().message;
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Npy, RoundTripsEveryDtypeAndRank) {
  const Folder folder;
  const std::vector<std::vector<std::int64_t>> shapes{
      {}, {1}, {3}, {0}, {2, 3}, {4, 0, 2}, {5, 1, 7}, std::vector<std::int64_t>(max_rank, 2)};
  for (const DTypeInfo& row : dtype_table)
    for (const auto& dims : shapes) {
      const Buffer tensor = filled(row.dtype, dims);
      ASSERT_TRUE(write_npy(folder / "x.npy", tensor));
      const Result<Buffer> read = read_npy(folder / "x.npy");
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(read->dtype(), row.dtype);
      EXPECT_EQ(read->dims(), dims);
      EXPECT_EQ(std::memcmp(read->data(), tensor.data(), tensor.size_bytes()), 0);
    }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x.npy"});
}

TEST(Npy, WritesWhatNumPyWrites) {
  // numpy.save of zeros((3, 4), 'f4'), zeros(3) and a bool of rank 0.
  const auto wanted = [](std::string text, std::size_t length) {
    std::string out("\x93NUMPY\x01\x00", 8);
    out += static_cast<char>(length);
    out += '\0';
    text.append(length - 1 - text.size(), ' ');
    return out + text + "\n";
  };
  EXPECT_EQ(npy_preamble(DType::f32, {3, 4}),
            wanted("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", 118));
  EXPECT_EQ(npy_preamble(DType::f64, {3}),
            wanted("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", 118));
  EXPECT_EQ(npy_preamble(DType::boolean, {}),
            wanted("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", 118));
  for (std::int64_t n = 1; n > 0 && n < INT64_MAX / 10; n *= 10)
    EXPECT_EQ(npy_preamble(DType::f64, {n, n, n}).size() % 64, 0u);
}

TEST(Npy, ReadsEveryVersionAndSpelling) {
  const std::string two("\0\0\x80\x3f\0\0\0\x40", 8);
  const Folder folder;
  for (const std::string& bytes :
       {file_of(header_of("'<f4'", "False", "(2,)"), two, 1),
        file_of(header_of("'<f4'", "False", "(2,)"), two, 2),
        file_of(header_of("'<f4'", "False", "(2,)"), two, 3),
        file_of(header_of("\"<f4\"", "False", "(2L,)"), two),
        file_of("{'shape':(2,),'fortran_order':False,'descr':'<f4'}", two)}) {
    test::write_file(folder / "x.npy", bytes);
    const Result<Buffer> read = read_npy(folder / "x.npy");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->dims(), std::vector<std::int64_t>{2});
    EXPECT_EQ(static_cast<const float*>(read->data())[1], 2.0f);
  }
}

// ml_dtypes writes bf16 as "<V2", NumPy the same bytes as "|V2".
TEST(Npy, ReadsBf16AsItIsWritten) {
  const Folder folder;
  for (const char* descr : {"'<V2'", "'|V2'", "'V2'"}) {
    test::write_file(folder / "x.npy",
                     file_of(header_of(descr, "False", "(2,)"), std::string("\x80\x3f\0\x40", 4)));
    const Result<Buffer> read = read_npy(folder / "x.npy");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->dtype(), DType::bf16);
    EXPECT_EQ(static_cast<const std::uint16_t*>(read->data())[0], 0x3f80);
  }
  EXPECT_NE(npy_preamble(DType::bf16, {2}).find("'descr': '<V2'"), std::string::npos);
  EXPECT_NE(npy_preamble(DType::f16, {2}).find("'descr': '<f2'"), std::string::npos);
}

TEST(Npy, RefusesWhatIsNoArrayOfOurs) {
  const auto with = [](std::string_view descr, std::string_view order, std::string_view shape) {
    return error_of(file_of(header_of(descr, order, shape), std::string(16, '\0')));
  };
  EXPECT_SAYS(error_of(""), "is empty");
  EXPECT_SAYS(error_of("hello, world"), "does not begin with");
  EXPECT_SAYS(error_of("\x93NUM"), "truncated");
  EXPECT_SAYS(error_of(file_of("{}", "", 4)), "version 4.0");
  EXPECT_SAYS(with("'<f4'", "True", "(2, 2)"), "Fortran order");
  EXPECT_SAYS(with("'>f4'", "False", "(4,)"), "big endian");
  EXPECT_SAYS(with("'<u2'", "False", "(8,)"),
              "'<u2'; known are <f8 (f64), <f4 (f32), <f2 (f16), <V2 (bf16)");
  EXPECT_SAYS(with("'|V4'", "False", "(4,)"), "'|V4'");
  EXPECT_SAYS(with("'|O'", "False", "(2,)"), "'|O'");
  EXPECT_SAYS(with("'<c16'", "False", "(1,)"), "'<c16'");
  EXPECT_SAYS(with("[('a', '<f4')]", "False", "(4,)"), "dtype '[('a'");
  EXPECT_SAYS(with("'<f4'", "False", "(5,)"), "is truncated: 16 bytes of data, wanted 20");
  EXPECT_SAYS(with("'<f4'", "False", "(3,)"), "is too long: 16 bytes of data, wanted 12");
  EXPECT_SAYS(with("'<f4'", "False", "(-4,)"), "(-4), which no array can have");
  EXPECT_SAYS(with("'<f4'", "False", "(99999999999999999999,)"), "which no array can have");
  EXPECT_SAYS(with("'<f4'", "False", "(4294967296, 4294967296)"), "which no array can have");
  EXPECT_SAYS(with("'<f4'", "False", "(0, 4294967296, 4294967296)"), "which no array can have");
  EXPECT_SAYS(with("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4)"), "17 dimensions");
  EXPECT_SAYS(with("'|b1'", "False", "(16"), "is no .npy file");
  std::string bools(16, '\1');
  bools[3] = '\2';
  EXPECT_SAYS(error_of(file_of(header_of("'|b1'", "False", "(16,)"), bools)), "neither 0 nor 1");
}

TEST(Npy, ReadsTheHeaderStrictly) {
  const std::string data(16, '\0');
  for (const char* header :
       {"", "{", "{}", "}", "nonsense", "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 4}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4.0,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'extra': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} and more",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4'; 'fortran_order': False, 'shape': (4,)}"})
    EXPECT_SAYS(error_of(file_of(header, data)), "is no .npy file: its header is");
}

TEST(Npy, SurvivesTruncationAnywhere) {
  const Folder folder;
  ASSERT_TRUE(write_npy(folder / "x.npy", filled(DType::f32, {3, 4})));
  const std::string whole = test::read_file(folder / "x.npy");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    test::write_file(folder / "x.npy", whole.substr(0, length));
    EXPECT_FALSE(read_npy(folder / "x.npy")) << length;
  }
}

// A header that claims more than its file holds must not cost its memory.
TEST(Npy, BelievesNoLengthBeforeTheFileHasIt) {
  std::string header("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
  EXPECT_SAYS(error_of(header + "{}"), "a header of 4294967295 bytes");
  EXPECT_SAYS(error_of(file_of(header_of("'<f4'", "False", "(4611686018427387,)"), "")),
              "is truncated");
}

TEST(Npy, SurvivesRandomBytes) {
  const std::string whole = npy_preamble(DType::f32, {3, 4});
  std::mt19937 random(20);
  for (int i = 0; i < 20000; ++i) {
    std::string header = whole.substr(10);
    for (int k = 0; k < 3; ++k)
      header[random() % header.size()] = "{}()',: <>f4-0123456789L\n\0x\xff"[random() % 28];
    const Result<NpyHeader> parsed = parse_npy_header(header, "x");
    EXPECT_TRUE(!parsed || parsed->elements >= 0);
  }
}

TEST(Npy, NamesWhatCannotBeOpened) {
  const Folder folder;
  EXPECT_SAYS(read_npy(folder / "no.npy").error().message, "No such file");
  EXPECT_SAYS(read_npy(folder.path()).error().message, "not a regular file");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_SAYS(read_npy(folder / "pipe").error().message, "not a regular file");
  EXPECT_SAYS(read_npy("").error().message, "No such file");
}

TEST(Npy, WritesAllOrNothing) {
  const Folder folder;
  const Buffer tensor = filled(DType::f32, {8});
  EXPECT_SAYS(write_npy(folder / "no/x.npy", tensor).error().message, "No such file");
  EXPECT_SAYS(write_npy(folder.path(), tensor).error().message, "Is a directory");
  EXPECT_SAYS(write_npy("", tensor).error().message, "empty");
  EXPECT_EQ(folder.names(), std::vector<std::string>{});
  // A device stays a device, a link a link.
  EXPECT_TRUE(write_npy("/dev/null", tensor));
  EXPECT_FALSE(write_npy("/dev/full", tensor));
  ASSERT_TRUE(write_npy(folder / "x.npy", tensor));
  ASSERT_EQ(::symlink("x.npy", (folder / "link.npy").c_str()), 0);
  ASSERT_TRUE(write_npy(folder / "link.npy", filled(DType::f64, {2})));
  EXPECT_EQ(read_npy(folder / "x.npy").value().dtype(), DType::f64);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"link.npy", "x.npy"}));
}

TEST(Npy, ReadsTheDigits) {
  const std::string digits = ACTJIT_SOURCE_DIR "/tests/data/digits/";
  const Result<Buffer> x = read_npy(digits + "hidden_matmul.npy");
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(x->dims(), (std::vector<std::int64_t>{1797, 128}));
  EXPECT_EQ(read_npy(digits + "labels.npy").value().dtype(), DType::i64);
}

}  // namespace
}  // namespace actjit::tools
