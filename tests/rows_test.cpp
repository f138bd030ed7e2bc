// Kernels along axes give the interpreter's bits: rows of every length, along every axis, however
// the tensors lie and the work is split, in every dtype, on every target.
#include <gtest/gtest.h>

#include "frontend/language.h"
#include "ir/extents.h"
#include "tests/support/arrange.h"
#include "tests/support/doing.h"

namespace actjit::test {
namespace {

using Extents = std::vector<std::int64_t>;

// A text with {} where the axes stand.
struct Program {
  const char* name;
  std::string_view text;
  bool in_place = false;  // its first output may lie on its first input
};
constexpr Program programs[] = {
    {"softmax", "softmax(x, axis={})", true},
    {"softmax_masked", "softmax(x, axis={}, where=m != 0, empty_rows='zero')", true},
    {"log_softmax", "log_softmax(x + b, axis={})", true},
    {"logsumexp", "logsumexp(x, axis={})"},
    {"sums", "sum(x, axis={}), amax(x, axis={}), amin(x * b, axis={}), mean(x, axis={})"},
    {"hardmax", "hardmax(x, axis={})", true},
    {"sparsemax", "sparsemax(x, axis={})", true},
    {"norm_gelu", "gelu(layer_norm(x, axis={}))", true},
    {"softmax_gradient", "vjp(softmax(x, axis={}), x, dy)", true},
    {"loss", "loss = -sum(t * log_softmax(z + b, axis={}), axis={}); loss, grad(loss, z)"},
    {"bias_gradient", "grad(tanh(x + b) * sum(x, axis={}, keepdims=true), b)"},
    {"both_ways", "softmax(x, axis={}) * mean(x)"},
};

// Three dimensions, of which these are the row.
struct Along {
  const char* name;
  std::string_view axes;
  std::array<bool, 3> is_row;
};
constexpr Along alongs[] = {
    {"last", "-1", {false, false, true}},
    {"first", "0", {true, false, false}},
    {"middle", "1", {false, true, false}},
    {"last_two", "[1, 2]", {false, true, true}},
    {"outer_and_inner", "[0, 2]", {true, false, true}},
};

std::string text_of(const Program& program, const Along& along) {
  std::string out(program.text);
  for (std::size_t at = 0; (at = out.find("{}", at)) != std::string::npos;)
    out.replace(at, 2, along.axes);
  return out;
}

// Inputs are of shape [p,q,r], but for b, which belongs to the last axis.
Graph graph_of(const Program& program, const Along& along, DType dtype,
               const Shape& shape = {"p", "q", "r"}) {
  const Result<actjit::Program> parsed = parse_program(text_of(program, along));
  EXPECT_TRUE(succeeded(parsed));
  std::vector<Binding> bindings;
  for (const std::string& name : parsed->inputs())
    bindings.push_back({name, dtype, name == "b" ? Shape{shape.back()} : shape});
  Result<Graph> graph = build(*parsed, bindings);
  EXPECT_TRUE(succeeded(graph));
  return std::move(*graph);
}

Shape known(const Extents& dims) { return Shape(dims.begin(), dims.end()); }

// Moderate numbers; in some tensors special values among them.
Tensor tensor_of(DType dtype, Extents dims, Random& random) {
  Tensor out{dtype, std::move(dims), {}};
  const bool special = random.one_in(4);
  for (std::int64_t n = count(out.dims); n > 0; --n)
    out.elements.push_back(special && random.one_in(20)
                               ? random_element(dtype, random)
                               : eval::real(dtype, (random.unit() - 0.5) * 12));
  return out;
}

Call call_of(const Graph& graph, const Extents& dims, Random& random) {
  std::vector<Tensor> inputs;
  for (const Input& i : graph.inputs())
    inputs.push_back(tensor_of(graph[i.node].dtype,
                               graph.shape(i.node).size() == 1 ? Extents{dims[2]} : dims, random));
  return make_call(graph, Tier::precise, std::move(inputs), random);
}

std::string describe(const Program& program, const Along& along, const Extents& dims,
                     const Target& target, const Arrangement& how) {
  return std::string(program.name) + " along the " + along.name + " of " + to_string(dims) +
         " on " + std::string(target.name) + ", strides " +
         std::to_string(static_cast<int>(how.strides)) + (how.in_place ? ", in place" : "") +
         (how.pieces ? ", in pieces" : "") + ", threads " + std::to_string(how.threads);
}

class RowKernels : public testing::TestWithParam<Program> {
 protected:
  void check(const Along& along, const Extents& dims, DType dtype,
             const std::vector<Arrangement>& hows, Random& random) {
    const Graph graph = graph_of(GetParam(), along, dtype);
    const Call call = call_of(graph, dims, random);
    for (const Target& target : host_targets())
      for (const Arrangement& how : hows) {
        if (how.in_place && !GetParam().in_place) continue;
        const std::string what = describe(GetParam(), along, dims, target, how);
        doing(what);
        ASSERT_TRUE(right_when_arranged(call, target, how, random)) << what;
      }
  }
};

// One kernel, made once, serves every length.
TEST_P(RowKernels, EveryLength) {
  Random random(1);
  for (const Along& along : alongs) {
    const Graph graph = graph_of(GetParam(), along, DType::f32);
    for (const Target& target : host_targets()) {
      const Result<Kernel> kernel =
          engine().compile(graph, *make_spec(graph, Tier::precise, target.name));
      ASSERT_TRUE(succeeded(kernel));
      for (std::int64_t row : {1, 2, 10, 15, 16, 17, 100})
        for (std::int64_t others : {1, 2, 3, 19}) {
          Extents dims;
          for (bool is_row : along.is_row) dims.push_back(is_row ? row : others);
          const Call call = call_of(graph, dims, random);
          const Arrangement how{.in_place = GetParam().in_place && random.one_in(2),
                                .pieces = random.one_in(2)};
          const std::string what = describe(GetParam(), along, dims, target, how);
          doing(what);
          ASSERT_TRUE(right_when_arranged(call, target, how, random, &*kernel)) << what;
        }
    }
  }
}

TEST_P(RowKernels, HoweverTheTensorsLie) {
  Random random(2);
  for (const Along& along : alongs)
    for (const Extents& dims : std::vector<Extents>{{3, 5, 17}, {21, 2, 9}, {4, 33, 1}})
      check(along, dims, DType::f32,
            {{.strides = Strides::padded},
             {.strides = Strides::any},
             {.strides = Strides::any, .pieces = true},
             {.strides = Strides::any, .in_place = true, .pieces = true}},
            random);
}

// Blocks of rows, the last of them short: those that lie element after element are turned, those
// that are columns are done a stretch of memory at a time.
TEST_P(RowKernels, ManyRowsAtATime) {
  Random random(6);
  for (const Along& along : {alongs[0], alongs[1], alongs[3]})
    for (const Extents& dims : std::vector<Extents>{{83, 1, 3}, {5, 1, 141}, {67, 2, 11}})
      check(along, dims, DType::f32,
            {{.strides = Strides::padded},
             {.in_place = true, .pieces = true},
             {.strides = Strides::any, .in_place = true}},
            random);
}

// A sum begins with 0, though rows of up to as many elements as it has partial results are added up
// where they are.
TEST(RowKernelSums, AreNeverMinusZero) {
  Random random(8);
  const Program sums{"sum", "sum(x, axis={})"};
  for (const Along& along : {alongs[0], alongs[1], alongs[3]})
    for (std::int64_t row : {3, 15, 16, 17, 32, 33}) {
      const Extents dims{along.is_row[0] ? row : 40, 1, along.is_row[0] ? 40 : row};
      Tensor zeros{DType::f32, dims, {}};
      zeros.elements.assign(static_cast<std::size_t>(count(dims)), eval::real(DType::f32, -0.0));
      for (const Shape& shape : {Shape{"p", "q", "r"}, known(dims)}) {
        const Graph graph = graph_of(sums, along, DType::f32, shape);
        const Call call = make_call(graph, Tier::precise, {zeros}, random);
        for (const Target& target : host_targets())
          ASSERT_TRUE(right_when_arranged(call, target, {}, random))
              << describe(sums, along, dims, target, {});
      }
    }
}

// What a kernel knows of the length of its rows changes no bit of tier precise; in tier fast short
// sums are f32.
TEST_P(RowKernels, OfALengthThatIsKnown) {
  Random random(9);
  for (const Along& along : alongs)
    for (std::int64_t row : {1, 3, 10, 31, 32, 33}) {
      Extents dims;
      for (bool is_row : along.is_row) dims.push_back(is_row ? row : 19);
      const Graph graph = graph_of(GetParam(), along, DType::f32, known(dims));
      const Call any = call_of(graph, dims, random);
      for (Tier tier : {Tier::precise, Tier::fast}) {
        const Call call = make_call(graph, tier, any.inputs, random);
        for (const Target& target : host_targets()) {
          const Arrangement how{.strides = random.one_in(2) ? Strides::padded : Strides::dense};
          ASSERT_TRUE(right_when_arranged(call, target, how, random))
              << describe(GetParam(), along, dims, target, how);
        }
      }
    }
}

TEST_P(RowKernels, NoElementsAndOne) {
  Random random(3);
  for (const Along& along : alongs)
    for (const Extents& dims :
         std::vector<Extents>{{1, 1, 1}, {0, 4, 5}, {3, 0, 5}, {3, 4, 0}, {0, 0, 0}})
      check(along, dims, DType::f32, {{}}, random);
}

TEST_P(RowKernels, EveryDType) {
  Random random(4);
  for (DType dtype : {DType::f64, DType::f16, DType::bf16})
    for (const Along& along : {alongs[0], alongs[1]})
      check(along, {18, 3, 20}, dtype,
            {{}, {.strides = Strides::any, .in_place = true, .pieces = true}}, random);
}

TEST_P(RowKernels, HoweverManyThreads) {
  Random random(5);
  for (const Along& along : {alongs[0], alongs[1], alongs[2]})
    for (const Extents& dims :
         std::vector<Extents>{{700, 3, 10}, {2, 3, 5000}, {5000, 2, 3}, {40, 40, 40}})
      check(along, dims, DType::f32, {{.threads = 2}, {.in_place = true, .threads = 7}}, random);
}

INSTANTIATE_TEST_SUITE_P(Programs, RowKernels, testing::ValuesIn(programs),
                         [](const auto& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace actjit::test
