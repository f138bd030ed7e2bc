// Certificates: their hash, their patches in the graph, their files.
#include "ir/certificate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "frontend/language.h"
#include "ir/certificate_hash.h"
#include "ir/patch.h"
#include "runtime/certificate_file.h"
#include "tests/support/process.h"
#include "tests/support/run.h"

namespace actjit::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Graph graph_of(std::string_view text, DType dtype = DType::f32, const char* name = "x",
               Shape shape = {"n"}) {
  const Binding x{name, dtype, std::move(shape)};
  return *build(*parse_program(text), std::span(&x, 1));
}

Certificates trial(std::vector<Patch> patches) {
  Certificates c;
  c.trial = Corrections{std::move(patches), {}};
  return c;
}

std::uint64_t hash_of(const Graph& g, Tier tier = Tier::exact) {
  return lower(g, tier, trial({}))->unpatched;
}

Tensor floats(std::initializer_list<float> values) {
  Tensor t{DType::f32, {static_cast<std::int64_t>(values.size())}, {}};
  for (float x : values) t.elements.push_back(to_bits(x));
  return t;
}

TEST(CertificateHash, IsOfTheFunctionNotOfNamesAndShapes) {
  const std::uint64_t hash = hash_of(graph_of("gelu(x)"));
  EXPECT_EQ(hash, hash_of(graph_of("gelu(abc)", DType::f32, "abc", {"batch", 128})));
  EXPECT_NE(hash, hash_of(graph_of("gelu(x, approximate=true)")));
  EXPECT_NE(hash, hash_of(graph_of("gelu(x)", DType::f64), Tier::precise));
  EXPECT_NE(hash, hash_of(graph_of("gelu(x)"), Tier::precise));
  // The last bit of a constant counts.
  EXPECT_NE(hash_of(graph_of("x * 0.1")), hash_of(graph_of("x * 0.10000000000000001")));
}

TEST(CertificateHash, IsOfTheContentsOfTables) {
  const auto with = [](double last) {
    Graph g;
    const Value x{&g, g.input("x", DType::f32, {"n"})};
    const std::array table{1.0, 2.0, 3.0, last};
    g.output("y", lookup(table, bitcast(x, DType::i32), DType::f32).id);
    return certificate_hash(g);
  };
  EXPECT_EQ(with(4), with(4));
  EXPECT_NE(with(4), with(5));
}

TEST(Patches, ReplaceSingleResultsAndMoveTies) {
  const Graph g = graph_of("x * 0.5 + x * x");
  const std::vector<Patch> patches{{2, 2, 0, 77},            // 2 gives 77
                                   {0x1p-149, 0x1p-130, 4},  // away from zero before rounding
                                   {-0x1p-130, -0x1p-149, -4}};
  const Tensor x = floats({1, 2, -2, 3 * 0x1p-149f, -3 * 0x1p-149f, 5 * 0x1p-149f, NAN});
  // 1.5 units of the smallest subnormal round to 2 as a tie to even, and to 1 towards zero; 2.5 to
  // 2 as a tie, and to 3 away from zero.
  const Tensor want = floats({1.5, 77, 3, 2 * 0x1p-149f, -0x1p-149f, 3 * 0x1p-149f, NAN});
  const auto interpreted = interpret(g, Tier::exact, std::span(&x, 1), {}, trial(patches));
  ASSERT_TRUE(succeeded(interpreted));
  EXPECT_TRUE(same_tensors(*interpreted, std::span(&want, 1)));

  const Engine patched = *Engine::create(trial(patches));
  for (const Target& target : host_targets()) {
    const Kernel kernel = *patched.compile(g, *make_spec(g, Tier::exact, target.name));
    std::vector<float> in, out(x.elements.size());
    for (Bits b : x.elements) in.push_back(f32_of(b));
    const std::array inputs{TensorView::dense(DType::f32, in.data(), x.dims)};
    const std::array outputs{TensorView::dense(DType::f32, out.data(), x.dims)};
    ASSERT_TRUE(kernel(inputs, outputs));
    Tensor got{DType::f32, x.dims, {}};
    for (float y : out) got.elements.push_back(to_bits(y));
    EXPECT_TRUE(same_tensors(std::span(&got, 1), std::span(&want, 1))) << target.name;
  }
}

TEST(Patches, ReachRoundingsBehindSelections) {
  const Graph g = graph_of("where(x > 1, x, -abs(x * 0.5 + x * x))");
  const Tensor x = floats({3 * 0x1p-149f});
  const auto got =
      interpret(g, Tier::exact, std::span(&x, 1), {}, trial({{-infinity, infinity, -4, 0}}));
  ASSERT_TRUE(succeeded(got));
  EXPECT_EQ(f32_of((*got)[0].elements[0]), -0x1p-149f);
}

// 2 + 3 t about 1/4 on [-1, 1], and a root at 4 beside it.
std::vector<Piece> some_pieces() {
  Piece line{.first = -1, .last = 1, .middle = 0.25, .value = 2};
  line.terms = {3};
  Piece root{.first = 3, .last = 5, .middle = 4, .middle_low = 0x1p-60};
  root.terms = {5, 0.5};
  return {line, root};
}

TEST(Patches, PiecesArePolynomials) {
  const Graph g = graph_of("x * x", DType::f64);
  Certificates with;
  with.trial = Corrections{{}, some_pieces()};
  const std::vector<double> x{-2, -1, 0, 0.25, 1, std::nextafter(1.0, 2.0), 4, 4.5, NAN, INFINITY};
  const std::vector<double> want{4,
                                 -1.75,
                                 1.25,
                                 2,
                                 4.25,
                                 std::nextafter(1.0, 2.0) * std::nextafter(1.0, 2.0),
                                 -5 * 0x1p-60,
                                 2.625,
                                 NAN,
                                 INFINITY};
  Tensor in{DType::f64, {static_cast<std::int64_t>(x.size())}, {}}, out = in;
  for (double v : x) in.elements.push_back(to_bits(v));
  for (double v : want) out.elements.push_back(to_bits(v));
  for (Tier tier : {Tier::precise, Tier::fast}) {
    const auto interpreted = interpret(g, tier, std::span(&in, 1), {}, with);
    ASSERT_TRUE(succeeded(interpreted));
    EXPECT_TRUE(same_tensors(*interpreted, std::span(&out, 1)));
  }
  const Engine engine = *Engine::create(with);
  for (const Target& target : host_targets()) {
    const Kernel kernel = *engine.compile(g, *make_spec(g, Tier::precise, target.name));
    std::vector<double> got(x.size());
    const std::array inputs{TensorView::dense(DType::f64, const_cast<double*>(x.data()), in.dims)};
    const std::array outputs{TensorView::dense(DType::f64, got.data(), in.dims)};
    ASSERT_TRUE(kernel(inputs, outputs));
    Tensor result{DType::f64, in.dims, {}};
    for (double y : got) result.elements.push_back(to_bits(y));
    EXPECT_TRUE(same_tensors(std::span(&result, 1), std::span(&out, 1))) << target.name;
  }
}

TEST(Lowering, ExactNeedsACertificate) {
  const Graph g = graph_of("x * tanh(exp(x)) + 0.123");
  const auto refused = lower(g, Tier::exact);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--repair"), std::string::npos);

  std::vector<Patch> patches{{1, 1, 0, 5}};
  Certificate c;
  c.expanded = hash_of(g);
  c.checked = c.inputs = std::uint64_t{1} << 32;
  c.patches = patches;
  Certificates known;
  known.more = {c};
  const auto lowered = lower(g, Tier::exact, known);
  ASSERT_TRUE(succeeded(lowered));
  EXPECT_EQ(certificate_hash(lowered->expanded),
            certificate_hash(lower(g, Tier::exact, trial(patches))->expanded));
  // One that found misrounded inputs, or did not look at all of them, is none.
  known.more[0].misrounded = 1;
  EXPECT_FALSE(lower(g, Tier::exact, known));
  known.more[0].misrounded = 0;
  known.more[0].checked = 1000;
  EXPECT_FALSE(lower(g, Tier::exact, known));
  // Other tiers do not ask.
  EXPECT_TRUE(lower(g, Tier::precise));
}

Certificate full_certificate() {
  static const std::vector<Patch> patches{{-0x1p-149, 0x1.8p-130, -4, 0},
                                          {0x1.921fb6p+1, 0x1.921fb6p+1, 0, -infinity}};
  Certificate c;
  c.expression = "f(x)";
  c.input = DType::f32;
  c.output = DType::f64;
  c.tier = Tier::fast;
  c.meaning = 0x0123456789abcdef;
  c.expanded = 0xfedcba9876543210;
  c.patched = 1;
  c.checked = c.inputs = std::uint64_t{1} << 32;
  c.misrounded = 12;
  c.max_ulp = 0.51;
  c.worst = -0x1.8p-3;
  c.direction = Direction::decreasing;
  c.disorder = 3;
  c.patches = patches;
  static const std::vector<Piece> pieces = some_pieces();
  c.pieces = pieces;
  return c;
}

TEST(CertificateFile, ComesBackAsItWas) {
  const Certificate c = full_certificate();
  const std::array notes{CertificateNote{"target", "x86-64-v4"}};
  const auto back = parse_certificate(to_json(c, notes), "test");
  ASSERT_TRUE(succeeded(back));
  const Certificate& got = back->more.at(0);
  EXPECT_EQ(got.expression, c.expression);
  EXPECT_EQ(got.input, c.input);
  EXPECT_EQ(got.output, c.output);
  EXPECT_EQ(got.tier, c.tier);
  EXPECT_EQ(got.meaning, c.meaning);
  EXPECT_EQ(got.expanded, c.expanded);
  EXPECT_EQ(got.patched, c.patched);
  EXPECT_EQ(got.checked, c.checked);
  EXPECT_EQ(got.inputs, c.inputs);
  EXPECT_EQ(got.misrounded, c.misrounded);
  EXPECT_EQ(got.max_ulp, c.max_ulp);
  EXPECT_EQ(got.worst, c.worst);
  EXPECT_EQ(got.direction, c.direction);
  EXPECT_EQ(got.disorder, c.disorder);
  ASSERT_EQ(got.patches.size(), c.patches.size());
  for (std::size_t i = 0; i < c.patches.size(); ++i) EXPECT_EQ(got.patches[i], c.patches[i]);
  ASSERT_EQ(got.pieces.size(), c.pieces.size());
  for (std::size_t i = 0; i < c.pieces.size(); ++i) EXPECT_EQ(got.pieces[i], c.pieces[i]);
}

TEST(CertificateFile, SaysWhatIsWrong) {
  const std::string good = to_json(full_certificate());
  const auto expect = [](std::string_view json, std::string_view part) {
    const auto bad = parse_certificate(json, "f.json");
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("f.json"), std::string::npos);
    EXPECT_NE(bad.error().message.find(part), std::string::npos) << bad.error().message;
  };
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  expect("", "no certificate");
  expect("[1, 2]", "no certificate");
  expect("{\"format\": \"actjit certificate 9\"}", "no certificate");
  expect(good.substr(0, good.size() / 2), "no certificate");
  expect(with("\"f32\"", "\"f31\""), "'input'");
  expect(with("\"0xfedcba9876543210\"", "\"fedc\""), "'expanded'");
  expect(with("\"misrounded\": 12", "\"misrounded\": -12"), "'misrounded'");
  expect(with("\"-0x1.8p-3\"", "\"a lot\""), "'worst'");
  expect(with("\"-inf\"", "3"), "'result'");
  expect(with("\"0x1p-60\"", "\"tiny\""), "'middle_low'");
  expect(with("\"pieces\": [", "\"pieces\": [3, "), "'first'");
  expect(with("\"terms\": [", "\"terms\": [1, "), "'terms'");
  expect(std::string(2 << 20, ' '), "bytes");
}

TEST(CertificateFile, AFolderGivesAllItsFiles) {
  const Folder folder;
  EXPECT_TRUE(read_certificates(folder / "nothing")->more.empty());
  std::ofstream(folder / "b.json") << to_json(full_certificate());
  std::ofstream(folder / "a.json") << to_json(full_certificate());
  std::ofstream(folder / "a.json.partial") << "not to be read";
  EXPECT_EQ(read_certificates(folder / "")->more.size(), 2u);
  std::ofstream(folder / "c.json") << "{";
  const auto bad = read_certificates(folder / "");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("c.json"), std::string::npos);
}

}  // namespace
}  // namespace actjit::test
