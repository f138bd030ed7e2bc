// The benchmark: what it measures, its arithmetic, and peers that misbehave. No peer is needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "codegen/target.h"
#include "tools/bench/helper.h"
#include "tools/bench/options.h"
#include "tools/bench/plot.h"
#include "tools/bench/progress.h"
#include "tools/bench/report.h"

namespace actjit::bench {
namespace {

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

std::vector<Cell> cells(const Selection& selection) { return cells_of(selection).value(); }

TEST(BenchCells, AreAllOfTheTableByDefault) {
  const std::vector<Cell> all = cells({});
  std::set<std::string_view> functions;
  std::set<std::int64_t> sizes, rows;
  std::set<DType> dtypes;
  for (const Cell& c : all) {
    functions.insert(c.workload->name);
    sizes.insert(c.n);
    dtypes.insert(c.dtype);
    if (c.workload->form == Form::rows) rows.insert(c.first_axis ? c.outer : c.inner);
    EXPECT_LE(c.elements(), c.n);
    EXPECT_EQ(c.threads, 1);
    EXPECT_EQ(c.in_place, c.in_place && c.n >= in_place_size);
  }
  EXPECT_EQ(functions.size(), workloads().size());
  EXPECT_EQ(sizes, (std::set<std::int64_t>{256, 4096, 131072, 1 << 24}));
  EXPECT_EQ(rows, (std::set<std::int64_t>{10, 128, 1024, 65536}));
  EXPECT_EQ(dtypes.size(), 4u);
}

TEST(BenchCells, OfMemorySizeAreFewUnlessAskedFor) {
  const auto large = [](const std::vector<Cell>& all) {
    return std::count_if(all.begin(), all.end(), [](const Cell& c) { return c.n == 1 << 24; });
  };
  EXPECT_EQ(large(cells({{"gelu"}, {}, {}, {}, {1, 2}})), 4);  // two dtypes, and in place
  EXPECT_EQ(large(cells({{"gelu"}, {}, {1 << 24}, {}, {1, 2}})), 16);
  EXPECT_EQ(large(cells({{"softmax"}, {"f32"}, {}, {}})), 4);
}

TEST(BenchCells, AreThoseAskedFor) {
  const std::vector<Cell> one = cells({{"gelu"}, {"f32"}, {4096}, {}, {2}});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].label(), "gelu [4096] on 2 cores");
  EXPECT_EQ(cells({{"gelu_"}, {"f32"}, {4096}, {}}).size(), 4u) << "parts of names";
  const std::vector<Cell> rows = cells({{"log_softmax"}, {"bf16"}, {4096}, {1024}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].shape(), "[4,1024]");
  EXPECT_EQ(rows[1].shape(), "[1024,4] axis 0");
  const std::vector<Cell> large = cells({{"relu"}, {"f32"}, {1 << 24}, {}});
  ASSERT_EQ(large.size(), 2u);
  EXPECT_EQ(large[1].shape(), "[16777216] in place");
  EXPECT_EQ(large[1].smaller(512).elements(), 512);
  EXPECT_EQ(rows[0].smaller(512).elements(), 1024) << "a whole row";
}

TEST(BenchCells, SayWhatThereIs) {
  const auto complaint = [](const Selection& selection) {
    const auto found = cells_of(selection);
    EXPECT_FALSE(found);
    if (found) return std::string();
    EXPECT_EQ(found.error().code, ErrorCode::invalid_argument);
    return found.error().message;
  };
  EXPECT_SAYS(complaint({{"gelux"}, {}, {}, {}}),
              "there is no function 'gelux'; there are: relu, ");
  EXPECT_SAYS(complaint({{}, {"f8"}, {}, {}}), "there is no dtype 'f8'; there are: f32, f64");
  EXPECT_SAYS(complaint({{}, {}, {0}, {}}), "there is no size '0'; there are: 256, 4096");
  EXPECT_SAYS(complaint({{}, {}, {}, {-1}}), "there is no length of a row '-1'");
  EXPECT_SAYS(complaint({{}, {}, {}, {}, {65}}), "there is no number of threads '65'");
  Options options;
  options.tiers = {"slow"};
  EXPECT_SAYS(options.method().error().message, "there is no tier 'slow'; there are: exact");
  options = {};
  options.target = "z80";
  EXPECT_SAYS(options.method().error().message, "there are native, x86-64-v3");
}

Figure figure(std::string name, double ns, double ulp = 1) {
  Figure out = figure_of(std::move(name), {ns, ns, ns});
  out.deviation = {ulp, ulp};
  return out;
}

// gelu in f32, once ahead and once behind.
bench::Run two_cells() {
  const std::vector<Cell> where = cells({{"gelu"}, {"f32"}, {256, 4096}, {}});
  bench::Run run{.command = "tools/benchmark gelu", .date = "2000-01-01"};
  run.peers = {"quick", "close", "far"};
  run.notes = {"other: not found"};
  const auto measured = [](const Cell& cell, double close_ns) {
    Measured m{.cell = cell};
    m.tiers = {figure("rough", 100), figure("precise", 100)};
    m.tiers[0].peer_ulp = peer_ulp(Tier::rough, DType::f32);
    m.peers = {figure("close", close_ns, 2), figure("rude", 50, 1000), figure("far", 10, 1e6)};
    m.copy = figure("memcpy", 5);
    m.steady = figure("steady", 1000);
    return m;
  };
  run.cells = {measured(where[0], 400), measured(where[1], 25)};
  run.cells[1].tiers[1].operations = Operations{.vector = 2.5};
  run.cells[1].peers[0].operations = Operations{.vector = 1};
  return run;
}

TEST(BenchReport, RatiosAreToTheBestPeerThatIsAccurateEnough) {
  const bench::Run run = two_cells();
  const Measured& ahead = run.cells[0];
  EXPECT_EQ(ahead.best_peer()->name, "close");
  EXPECT_EQ(ahead.ratio(ahead.tiers[1]), 4);
  EXPECT_EQ(ahead.best_peer(ahead.tiers[0].peer_ulp)->name, "rude");
  EXPECT_EQ(ahead.ratio(ahead.tiers[0]), 0.5);
  EXPECT_EQ(ahead.worst_ratio(), 0.5);
  EXPECT_EQ(ahead.quickest_peer()->name, "far");
  EXPECT_EQ(peer_ulp(Tier::precise, DType::f32), 8);
  EXPECT_EQ(peer_ulp(Tier::rough, DType::f32), 8192);
  EXPECT_EQ(peer_ulp(Tier::rough, DType::bf16), 8);
}

TEST(BenchReport, MeansAreGeometric) {
  const bench::Run run = two_cells();
  const Matrix m = matrix_of(run.cells, 1);
  EXPECT_EQ(m.columns, (std::vector<std::string>{"256", "4096"}));
  EXPECT_DOUBLE_EQ(m.all.geometric_mean, 1);  // of 4 and 1/4
  EXPECT_DOUBLE_EQ(m.all.least, 0.25);
  EXPECT_EQ(m.all.ahead, 1);
  EXPECT_DOUBLE_EQ((m.cells.at({DType::f32, "4096"}).geometric_mean), 0.25);
  EXPECT_EQ(scaling_of(run.cells, 1).cells, 0);
  EXPECT_EQ(summary_of({}).cells, 0);
}

TEST(BenchReport, ScalingIsOneCoreOverAll) {
  bench::Run run = two_cells();
  run.cells[0].cell.threads = 2;
  run.cells[0].alone = {figure("rough alone", 190), figure("precise alone", 150)};
  EXPECT_EQ(run.cells[0].scaling(0), 1.9);
  EXPECT_EQ(run.cells[1].scaling(0), std::nullopt);
  EXPECT_DOUBLE_EQ(scaling_of(run.cells, 1).geometric_mean, 1.5);
  EXPECT_EQ(matrix_of(run.cells, 1).columns[0], "256 on 2 cores");
  EXPECT_SAYS(to_markdown(run), "| gelu [256] on 2 cores | f32 | 1.90 | 1.50 |");
  EXPECT_SAYS(print_summary(run), "1.50 times as quick as on one");
  EXPECT_SAYS(print_table(run, false, false), "scales 1.90 1.50");
}

TEST(BenchReport, NoiseIsSaid) {
  bench::Run run = two_cells();
  EXPECT_EQ(noise(run), "");
  run.cells[0].steady.ns = 1200;
  EXPECT_SAYS(noise(run), "0 of 2 cells");
  EXPECT_SAYS(print_summary(run), "This run was noisy");
  run = two_cells();
  run.cells[1].peers[0] = figure_of("close", {20, 25, 30});
  EXPECT_TRUE(run.cells[1].is_noisy());
  EXPECT_DOUBLE_EQ(run.cells[1].peers[0].spread, 0.2);
  EXPECT_SAYS(noise(run), "1 of 2 cells");
}

TEST(BenchReport, LosingCellsComeFirst) {
  const bench::Run run = two_cells();
  EXPECT_EQ(losing_first(run)[0], &run.cells[1]);
  const std::string table = print_table(run, true, false);
  EXPECT_LT(table.find("gelu [4096]"), table.find("gelu [256]"));
  EXPECT_SAYS(table, "operations for 16 elements: precise 40.0, close 16.0");
  EXPECT_SAYS(table, "too far off to count");
  const std::string page = to_markdown(run, {"one.svg"});
  EXPECT_LT(page.find("gelu [4096]"), page.find("gelu [256]"));
  EXPECT_SAYS(page, "tools/benchmark gelu");
  EXPECT_SAYS(page, "**precise**: 1.00 (1 of 2), at least 0.25.");
  EXPECT_SAYS(page, "| 40.0 | close |");
  EXPECT_SAYS(page, "0.50 (rude)");
  EXPECT_SAYS(page, "- other: not found");
  EXPECT_EQ(to_markdown(bench::Run{}), "");
}

TEST(BenchReport, JsonHasAllFigures) {
  const auto json = nlohmann::json::parse(to_json(two_cells()));
  const auto& cell = json["cells"][1];
  EXPECT_EQ(cell["function"], "gelu");
  EXPECT_EQ(cell["best_peer"], "close");
  EXPECT_EQ(cell["actjit"][0]["peer"], "close");
  EXPECT_EQ(cell["actjit"][1]["ratio"], 0.25);
  EXPECT_EQ(cell["actjit"][1]["operations"]["vector"], 2.5);
  EXPECT_EQ(cell["peers"][2]["counts"], false);
}

TEST(BenchReport, PlotsAreByDtypeAndSize) {
  const std::vector<Plot> plots = plots_of(two_cells());
  ASSERT_EQ(plots.size(), 2u);
  EXPECT_EQ(plots[0].name, "speed_f32_256.svg");
  EXPECT_SAYS(plots[0].svg, ">4.00</text>");
}

// A peer that does to each function what its name in the test says.
class Fake : public Peer {
 public:
  Fake() : Peer("fake") {}
  Work prepare(const Job& job) const override {
    const std::string_view name = job.cell.workload->name;
    if (name == "elu") return {};
    if (name == "selu") throw std::runtime_error("not today");
    if (name == "tanh") return [] { std::raise(SIGKILL); };
    return [&job, bytes = static_cast<std::size_t>(job.cell.elements() * bytes(job.cell.dtype)),
            in = job.inputs[0], out = job.output] { std::memmove(out, in, bytes); };
  }
};

TEST(BenchProgress, WeighsCellsByTheirSize) {
  const std::vector<Cell> two = cells({{"gelu"}, {"f32"}, {256, 1 << 24}, {}});
  ASSERT_EQ(two.size(), 3u) << "one of them in place";
  const TimeLeft left(two);
  EXPECT_EQ(left.seconds(0, 0), 0) << "nothing is known yet";
  EXPECT_EQ(left.seconds(3, 7), 0);
  EXPECT_GT(left.seconds(1, 1), 30);
  EXPECT_LT(left.fraction(1), 0.05);
  EXPECT_EQ(left.fraction(3), 1);
  EXPECT_EQ(show_seconds(14.2), "14 s");
  EXPECT_EQ(show_seconds(61), "2 min");
}

TEST(BenchProbe, CrashesAndRefusalsAreSaidAndSkipped) {
  const std::vector<Cell> tried = cells({{"relu", "elu", "selu", "tanh"}, {"f32"}, {256}, {}});
  const Fake fake;
  const Probe found = probe(fake, tried);
  EXPECT_EQ(found.works, (std::vector<bool>{true, false, false, false}));
  EXPECT_GT(found.seconds[0], 0);
  ASSERT_EQ(found.failures.size(), 2u);
  EXPECT_SAYS(found.failures[0], "fake: crashes (Killed) on tanh [256] in f32; skipped");
  EXPECT_SAYS(found.failures[1], "fake: refuses selu in f32: not today");
}

TEST(BenchMeasure, MeasuresActjitBesideAPeer) {
  Bench bench =
      Bench::create({.tiers = {Tier::fast}, .timing = {.rounds = 3, .batch_ns = 1e4}}).value();
  const Fake fake;
  std::vector<std::string> notes;
  for (Cell cell : cells({{"relu", "swiglu", "softmax"}, {"f32"}, {256}, {10}, {1, 2}})) {
    cell.in_place = cell.workload->name == "relu";
    const Result<Measured> m = bench.measure(cell, {&fake}, notes);
    ASSERT_TRUE(m) << m.error().to_string();
    ASSERT_EQ(m->tiers.size(), 1u);
    EXPECT_LT(m->tiers[0].deviation.max_ulp, 8) << cell.label();
    EXPECT_GT(m->tiers[0].ns, 0);
    ASSERT_EQ(m->peers.size(), 1u);
    EXPECT_GT(m->peers[0].deviation.typical_ulp, max_peer_ulp) << "it only copies";
    EXPECT_EQ(m->alone.size(), cell.threads == 2 ? 1u : 0u);
  }
  EXPECT_EQ(notes, std::vector<std::string>{});
}

TEST(BenchHelper, AnswersLineByLineAndItsEndIsAnError) {
  Helper echo({"sed", "-u", "s/x/y/;/stop/q"});
  EXPECT_EQ(echo.ask("x = 1"), "y = 1");
  EXPECT_EQ(echo.ask("stop"), "stop");
  EXPECT_THROW(echo.ask("again"), std::runtime_error);
  EXPECT_THROW(Helper({"/no/such/program"}), std::runtime_error);
}

}  // namespace
}  // namespace actjit::bench
