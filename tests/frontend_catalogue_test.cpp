// The catalogue: defaults of every dialect, the serialised form and its way back, errors, and the
// generated documentation.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "frontend/catalogue.h"
#include "frontend/function.h"

namespace actjit {
namespace {

std::string explicit_form(std::string_view name, Dialect dialect = Dialect::keras) {
  const Result<Activation> a = get_activation(name, dialect);
  return a ? a->text() : a.error().to_string();
}
std::string serialised(std::string_view json, Dialect to, Dialect from = Dialect::keras) {
  const Result<std::string> s = serialize(*get_activation(json, from), to);
  return s ? *s : s.error().to_string();
}

// Written from the frameworks' documentation, not from the table.
TEST(CatalogueTable, Defaults) {
  using enum Dialect;
  const struct {
    Dialect dialect;
    const char* name;
    const char* want;
  } rows[] = {
      {keras, "linear", "linear(x)"},
      {jax, "identity", "linear(x)"},
      {keras, "relu", "relu(x, negative_slope=0, max_value=inf, threshold=0)"},
      {torch, "ReLU", "relu(x, negative_slope=0, max_value=inf, threshold=0)"},
      {keras, "leaky_relu", "leaky_relu(x, slope=0.01)"},
      {keras3, "leaky_relu", "leaky_relu(x, slope=0.2)"},
      {keras3, "LeakyReLU", "leaky_relu(x, slope=0.3)"},
      {keras2, "LeakyReLU", "leaky_relu(x, slope=0.3)"},
      {torch, "leaky_relu", "leaky_relu(x, slope=0.01)"},
      {onnx, "LeakyRelu", "leaky_relu(x, slope=0.01)"},
      {jax, "leaky_relu", "leaky_relu(x, slope=0.01)"},
      {keras, "PReLU", "prelu(x, alpha, shared_axes=none)"},
      {keras, "ThresholdedReLU", "thresholded_relu(x, theta=1)"},
      {onnx, "ThresholdedRelu", "thresholded_relu(x, theta=1)"},
      {keras, "threshold", "threshold(x, threshold=0, value=0)"},
      {keras, "elu", "elu(x, alpha=1)"},
      {jax, "celu", "celu(x, alpha=1)"},
      {keras, "selu", "selu(x)"},
      {onnx, "Selu", "scaled_elu(x, alpha=1.6732631921768188, gamma=1.0507010221481323)"},
      {keras, "hard_sigmoid", "hard_sigmoid(x, slope=0.2, offset=0.5)"},
      {keras2, "hard_sigmoid", "hard_sigmoid(x, slope=0.2, offset=0.5)"},
      {onnx, "HardSigmoid", "hard_sigmoid(x, slope=0.2, offset=0.5)"},
      {keras3, "hard_sigmoid", "hard_sigmoid(x, slope=0.16666666666666666, offset=0.5)"},
      {torch, "hardsigmoid", "hard_sigmoid(x, slope=0.16666666666666666, offset=0.5)"},
      {jax, "hard_sigmoid", "hard_sigmoid(x, slope=0.16666666666666666, offset=0.5)"},
      {keras, "hard_swish", "hard_silu(x)"},
      {torch, "Hardtanh", "hard_tanh(x, lo=-1, hi=1)"},
      {torch, "tanhshrink", "tanh_shrink(x)"},
      {keras, "softplus", "softplus(x, beta=1, threshold=inf)"},
      {torch, "softplus", "softplus(x, beta=1, threshold=20)"},
      {keras, "swish", "silu(x, beta=1)"},
      {onnx, "Swish", "silu(x, beta=1)"},
      {keras, "gelu", "gelu(x, approximate=false)"},
      {keras3, "gelu", "gelu(x, approximate=false)"},
      {keras3, "ops.gelu", "gelu(x, approximate=true)"},
      {torch, "gelu", "gelu(x, approximate=false)"},
      {onnx, "Gelu", "gelu(x, approximate=false)"},
      {jax, "gelu", "gelu(x, approximate=true)"},
      {keras, "hard_shrink", "hard_shrink(x, lambd=0.5)"},
      {keras, "soft_shrink", "soft_shrink(x, lambd=0.5)"},
      {onnx, "Shrink", "shrink(x, lambd=0.5, bias=0)"},
      {keras, "squareplus", "squareplus(x, b=4)"},
      {keras, "xielu", "xielu(x, alpha_p=0.8, alpha_n=0.8, beta=0.5, eps=-1e-06)"},
      {torch, "telu", "telu(x)"},
      {onnx, "leaky_relu", "leaky_relu(x, slope=0.01)"},
      {jax, "exp", "exp(x)"},
      {keras, "where", "where(condition, x, y)"},
      {keras, "softmax", "softmax(x, axis=-1, zero_empty_rows=false)"},
      {keras2, "softmax", "matrix_softmax(x, axis=-1)"},
      {onnx, "Softmax", "softmax(x, axis=-1, zero_empty_rows=false)"},
      {onnx, "Softmax_11", "flat_softmax(x, axis=1)"},
      {jax, "log_softmax", "log_softmax(x, axis=-1, zero_empty_rows=false)"},
      {keras, "softmin", "softmin(x, axis=-1)"},
      {keras, "logsumexp", "logsumexp(x, axis=none, keepdims=false)"},
      {onnx, "ReduceLogSumExp", "logsumexp(x, axis=none, keepdims=true)"},
      {onnx, "Hardmax", "hardmax(x, axis=-1)"},
      {keras, "sparsemax", "sparsemax(x, axis=-1)"},
      {torch, "GLU", "glu(x, axis=-1, interleaved=false, second_gate=true)"},
      {jax, "glu", "glu(x, axis=-1, interleaved=false, second_gate=true)"},
      {keras, "swiglu", "swiglu(x, axis=-1, interleaved=false, second_gate=false)"},
      {keras, "swiglu_clamped",
       "swiglu_clamped(x, alpha=1.702, limit=7, axis=-1, interleaved=true, second_gate=false)"},
      {torch, "PReLU", "channel_prelu(x, alpha)"},
      {onnx, "PRelu", "prelu(x, alpha, shared_axes=none)"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(explicit_form(row.name, row.dialect), row.want)
        << text(row.dialect) << " " << row.name;
  // ONNX' constants are exactly these f32 values.
  const Activation selu = *find_activation("Selu", onnx);
  EXPECT_EQ(selu.parameters()[0].value, 1.67326319217681884765625);
  EXPECT_EQ(selu.parameters()[1].value, 1.05070102214813232421875);
}

TEST(CatalogueTable, FindsEveryNameOfTheTableOfTruth) {
  for (const char* name : {"linear",       "relu",         "relu6",
                           "leaky_relu",   "prelu",        "thresholded_relu",
                           "threshold",    "elu",          "selu",
                           "celu",         "sigmoid",      "log_sigmoid",
                           "hard_sigmoid", "hard_silu",    "hard_swish",
                           "hard_tanh",    "tanh",         "tanh_shrink",
                           "softplus",     "softsign",     "exponential",
                           "silu",         "swish",        "gelu",
                           "quick_gelu",   "mish",         "hard_shrink",
                           "soft_shrink",  "sparse_plus",  "sparse_sigmoid",
                           "squareplus",   "relu_squared", "softcap",
                           "telu",         "xielu",        "erf",
                           "exp",          "log",          "expm1",
                           "log1p",        "sqrt",         "rsqrt",
                           "abs",          "sign",         "sin",
                           "cos",          "pow",          "min",
                           "max",          "clip",         "where",
                           "softmax",      "log_softmax",  "softmin",
                           "logsumexp",    "hardmax",      "sparsemax",
                           "glu",          "swiglu",       "geglu",
                           "reglu",        "bilinear",     "swiglu_clamped"})
    EXPECT_TRUE(find_activation(name)) << name;
}

TEST(CatalogueTable, Serialise) {
  EXPECT_EQ(serialised("gelu", Dialect::keras), "\"gelu\"");
  EXPECT_EQ(serialised("swish", Dialect::keras), "\"silu\"");
  EXPECT_EQ(serialised("swish", Dialect::onnx), "\"Swish\"");
  EXPECT_EQ(serialised("leaky_relu", Dialect::keras3),
            R"({"name":"leaky_relu","negative_slope":0.01})");
  EXPECT_EQ(serialised("leaky_relu", Dialect::canonical), R"({"name":"leaky_relu","slope":0.01})");
  EXPECT_EQ(serialised(R"({"name":"relu","negative_slope":0.1})", Dialect::keras2),
            R"({"name":"relu","alpha":0.1})");
  EXPECT_EQ(serialised("gelu", Dialect::torch), "\"gelu\"");
  EXPECT_EQ(serialised("gelu", Dialect::jax), R"({"name":"gelu","approximate":false})");
  EXPECT_EQ(serialised("gelu", Dialect::torch, Dialect::jax),
            R"({"name":"gelu","approximate":"tanh"})");
  EXPECT_EQ(serialised("softplus", Dialect::torch), R"({"name":"softplus","threshold":"inf"})");
  EXPECT_EQ(serialised(R"({"name":"silu","beta":2})", Dialect::torch),
            R"({"name":"swish","beta":2.0})");  // a name torch borrows
  EXPECT_EQ(serialised(R"({"name":"hard_tanh","hi":2})", Dialect::jax),
            "jax has no way to say hard_tanh(x, lo=-1, hi=2)");
  EXPECT_EQ(serialised("hypot", Dialect::torch), "\"hypot\"");
  EXPECT_EQ(serialised(R"({"name":"softmax","axis":1})", Dialect::torch),
            R"({"name":"softmax","dim":1})");
  EXPECT_EQ(serialised(R"({"name":"softmax","axis":[0,-1],"empty_rows":"zero"})", Dialect::keras),
            R"({"name":"softmax","axis":[0,-1],"empty_rows":"zero"})");
  EXPECT_EQ(serialised(R"({"name":"softmax","axis":null})", Dialect::onnx),
            R"({"name":"Softmax","axis":null})");
  EXPECT_EQ(serialised("GLU", Dialect::keras, Dialect::torch), "\"glu\"");
}

TEST(CatalogueTable, Deserialise) {
  EXPECT_EQ(explicit_form(R"({"name":"relu","max_value":null,"threshold":1})"),
            "relu(x, negative_slope=0, max_value=inf, threshold=1)");
  EXPECT_EQ(explicit_form(R"("gelu")"), "gelu(x, approximate=false)");
  EXPECT_EQ(deserialize("null")->text(), "linear(x)");
  EXPECT_EQ(explicit_form(R"({"name":"Gelu","approximate":"tanh"})", Dialect::onnx),
            "gelu(x, approximate=true)");
  EXPECT_EQ(explicit_form(R"({"name":"threshold","value":-1})"),
            "threshold(x, threshold=-1, value=-1)");
}

TEST(CatalogueTable, Errors) {
  EXPECT_EQ(explicit_form("geluu"), "there is no activation 'geluu'; did you mean 'gelu'?");
  EXPECT_EQ(explicit_form("hardtanh"),
            "there is no activation 'hardtanh'; it is known in torch; did you mean 'hard_tanh'?");
  EXPECT_EQ(explicit_form("sloped"), "there is no activation 'sloped'");
  EXPECT_EQ(explicit_form("threshold", Dialect::torch),
            "'threshold' needs a value for 'threshold': threshold(x, threshold, value)");
  EXPECT_EQ(explicit_form(R"({"name":"relu","max_valu":3})"),
            "'relu' has no parameter 'max_valu'; did you mean 'max_value'?");
  EXPECT_EQ(explicit_form(R"({"name":"gelu","approximate":3})"),
            "the parameter 'approximate' is true or false, not 3");
  EXPECT_EQ(explicit_form(R"({"name":"gelu","approximate":true})", Dialect::torch),
            "the parameter 'approximate' is \"none\" or \"tanh\", not true");
  EXPECT_EQ(explicit_form(R"({"name":"elu","alpha":"one"})"),
            "the parameter 'alpha' is a number, not \"one\"");
  EXPECT_EQ(explicit_form(R"({"name":"elu","alpha":null})"),
            "the parameter 'alpha' is a number, not null");
  EXPECT_EQ(explicit_form("softmax", Dialect::torch),
            "'softmax' needs a value for 'dim': softmax(x, dim)");
  EXPECT_EQ(explicit_form(R"({"name":"softmax","axis":1.5})"),
            "the parameter 'axis' is an axis, 16 to -16, a list of axes or null, not 1.5");
  EXPECT_EQ(explicit_form(R"({"name":"softmax","axis":[]})"),
            "the parameter 'axis' is an axis, 16 to -16, a list of axes or null, not []");
  EXPECT_EQ(explicit_form(R"({"name":"softmax","axis":99})"),
            "the parameter 'axis' is an axis, 16 to -16, a list of axes or null, not 99");
  EXPECT_EQ(explicit_form(R"({"name":"swiglu","up":"x"})"),
            "the parameter 'up' is a tensor, which JSON has none of, or null, not \"x\"");
  EXPECT_EQ(explicit_form("{"), "this is no JSON text");
  EXPECT_EQ(explicit_form("{\"alpha\":1}"),
            "an activation is a name, or an object with a \"name\" and parameters");
  EXPECT_EQ(deserialize("[1]").error().code, ErrorCode::syntax);
  EXPECT_EQ(deserialize(std::string(100'000, '[')).error().code, ErrorCode::limit);
  EXPECT_EQ(deserialize(std::string(60'000, '[')).error().code, ErrorCode::syntax);
  EXPECT_EQ(deserialize("\"\xff\"").error().code, ErrorCode::syntax);
}

TEST(CatalogueTable, ProposesNamesThatAreNear) {
  // The same letters in another case come first, before 'elu' and 'ELU'.
  EXPECT_EQ(explicit_form("Gelu"),
            "there is no activation 'Gelu'; it is known in onnx; did you mean 'gelu'?");
  EXPECT_EQ(explicit_form("GELU"),
            "there is no activation 'GELU'; it is known in torch; did you mean 'gelu'?");
  EXPECT_EQ(explicit_form("gLEU"), "there is no activation 'gLEU'; did you mean 'gelu'?");
  EXPECT_EQ(explicit_form("tahn"), "there is no activation 'tahn'; did you mean 'tanh'?");
  // Half of the name being another is no resemblance.
  EXPECT_EQ(explicit_form("nope"), "there is no activation 'nope'");
  EXPECT_EQ(explicit_form("q"), "there is no activation 'q'");
  EXPECT_EQ(explicit_form(std::string(100, 'x')),
            "there is no activation '" + std::string(60, 'x') + "...'");
}

TEST(CatalogueTable, SaysWhichDialectKnowsAName) {
  EXPECT_EQ(explicit_form("ops.gelu"), "there is no activation 'ops.gelu'; it is known in keras3");
  EXPECT_EQ(explicit_form("Sign", Dialect::torch),
            "there is no activation 'Sign'; it is known in onnx; did you mean 'sign'?");
  EXPECT_EQ(explicit_form("ops.gelu", Dialect::keras3), "gelu(x, approximate=true)");
  EXPECT_EQ(explicit_form("Tanh"),
            "there is no activation 'Tanh'; it is known in torch, onnx; did you mean 'tanh'?");
}

// A value that is no default, in the form the parameter takes.
std::string other_value(const Parameter& p) {
  if (p.is_choice())
    return p.fallback == p.on ? "\"" + std::string(p.off) + "\"" : "\"" + std::string(p.on) + "\"";
  if (p.kind == ParameterKind::boolean) return p.fallback == "true" ? "false" : "true";
  if (p.kind == ParameterKind::axes) return "[0,-1]";
  if (p.kind == ParameterKind::tensor) return "null";
  return "0.123456789012345";
}

std::string field(const Parameter& p) {
  return ",\"" + std::string(p.name) + "\":" + other_value(p);
}

// Every name of every dialect: with its defaults, with each parameter changed, with all of them.
TEST(CatalogueTable, RoundTrip) {
  std::size_t checked = 0;
  const auto check = [&](const std::string& json, Dialect dialect) {
    const Result<Activation> a = deserialize(json, dialect);
    ASSERT_TRUE(a) << json << ": " << a.error().to_string();
    const Result<std::string> text = serialize(*a, dialect);
    ASSERT_TRUE(text) << json << ": " << text.error().to_string();
    const Result<Activation> again = deserialize(*text, dialect);
    ASSERT_TRUE(again) << *text << ": " << again.error().to_string();
    EXPECT_EQ(*again, *a) << json << " became " << *text;
    // The canonical form is a program, and the same activation.
    EXPECT_TRUE(program(*a)) << a->text();
    EXPECT_EQ(*deserialize(*serialize(*a, Dialect::canonical), Dialect::canonical), *a) << json;
    ++checked;
  };
  for (const DialectInfo& d : dialect_table) {
    for (const ListEntry& entry : list_activations(d.dialect)) {
      const std::string name = entry.call.substr(0, entry.call.find('('));
      const std::vector<Parameter> parameters = visible_parameters(find_function(name, d.dialect));
      std::string needed = "{\"name\":\"" + name + "\"";
      for (const Parameter& p : parameters)
        if (p.fallback.empty()) needed += field(p);
      std::string all = needed;
      check(needed + "}", d.dialect);
      for (const Parameter& p : parameters) {
        if (p.fallback.empty()) continue;
        check(needed + field(p) + "}", d.dialect);
        all += field(p);
      }
      check(all + "}", d.dialect);
    }
  }
  EXPECT_GT(checked, 250u);
}

TEST(CatalogueTable, EveryEntrySetsEveryParameterOnce) {
  for (const ActivationRow& row : activation_table) {
    EXPECT_EQ(row.reference.empty(), row.is_helper()) << row.name;
    for (std::size_t e = 0; e < row.entries.size() && !row.entries[e].names.empty(); ++e) {
      std::map<std::string_view, int> times;
      for (const Parameter& p : parameters(row, static_cast<EntryIndex>(e)))
        for (std::string_view name : split(p.canonical, "+")) ++times[name];
      for (const CanonicalParameter& p : canonical_parameters(row))
        EXPECT_EQ(times[p.name], 1) << row.name << " in " << text(row.entries[e].dialect);
    }
    // The last entry of the array has to stay free.
    EXPECT_TRUE(row.entries.back().names.empty()) << row.name;
  }
}

// Our name in a dialect of Keras means the function of that name, not another one of the row.
TEST(CatalogueTable, OwnNamesMeanTheFunctionOfThatName) {
  for (Dialect d : {Dialect::keras, Dialect::keras2, Dialect::keras3})
    for (const ActivationRow& row : activation_table) {
      const Function f = find_function(row.name, d);
      if (f.kind != FunctionKind::activation || f.entry == canonical_entry) continue;
      const std::string_view names = row.entries[static_cast<std::size_t>(f.entry)].names;
      EXPECT_TRUE(contains_word(names, row.name)) << text(d) << " " << row.name << ": " << names;
    }
}

TEST(CatalogueTable, EveryFormulaBuildsForEveryFloat) {
  for (const ListEntry& entry : list_activations(Dialect::keras))
    for (DType dtype : {DType::f32, DType::f64}) {
      const Result<Activation> a = find_activation(entry.name);
      ASSERT_TRUE(a) << entry.name;
      std::vector<Binding> bindings;
      const Program source = *program(*a);
      for (const std::string& input : source.inputs())
        bindings.push_back({input, dtype, entry.along_axes ? Shape{"n", 4} : Shape{"n"}});
      const Result<Graph> g = build(*a, bindings);
      ASSERT_TRUE(g) << a->text() << ": " << g.error().to_string();
      EXPECT_EQ((*g)[g->outputs()[0].node].dtype, dtype) << a->text();
    }
}

TEST(CatalogueTable, Show) {
  const std::string shown = *show_activation("leaky_relu", Dialect::torch);
  for (const char* part :
       {"leaky_relu(x, negative_slope=0.01)\n", "canonical  leaky_relu(x, slope)\n",
        "keras3     leaky_relu(x, negative_slope=0.2)\n", "where(x >= 0, x, "})
    EXPECT_NE(shown.find(part), std::string::npos) << shown;
  EXPECT_EQ(show_activation("geluu").error().code, ErrorCode::unknown_name);
}

TEST(CatalogueTable, ShowSaysWhatFormulasAreMadeOf) {
  const std::string gelu = *show_activation("gelu");
  EXPECT_EQ(gelu.substr(0, gelu.find("\nvalues")), R"(gelu(x, approximate=false)

canonical  gelu(x, approximate)
keras      gelu(x, approximate=false)
keras3     gelu(x, approximate=false)
keras3     ops.gelu(x, approximate=true)
torch      gelu(x, approximate="none")
torch      GELU(x, approximate="none")
onnx       Gelu(x, approximate="none")
jax        gelu(x, approximate=true)

formula
  where(approximate, gelu_tanh(x), gelu(x))

functions in it
  gelu_tanh(a): a / 2 * (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a^3)))
      in simpler functions: a / 2 * (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a ** 3)))
      error: in f64 within 2 ULP; in f32 within 1 ULP
      neither odd nor even, not monotone
  gelu(a): a * erfc(-a / sqrt(2)) / 2
      error: in f64 within 2 ULP; in f32 within 1 ULP
      neither odd nor even, not monotone
)");
  const auto has = [](std::string_view name, Dialect dialect, std::string_view part) {
    const std::string shown = *show_activation(name, dialect);
    EXPECT_NE(shown.find(part), std::string::npos) << shown;
  };
  using enum Dialect;
  has("gelu", keras,
      "values of gelu(x, approximate=false) in f64\n  -inf  -0\n    -1  -0.1586552539314");
  has("gelu", keras, "\n    -0  -0\n     0  0\n     1  0.8413447460685");
  has("gelu", keras,
      "\n   inf  inf\n   nan  nan\n\ngradient of gelu(x, approximate=false) in f64\n");
  has("gelu", keras, "  f32   exact    correctly rounded on all 4294967296 inputs");
  has("gelu", keras, "\n\nreference\n  https://keras.io/");
  has("leaky_relu", keras, "  sloped(x, slope) =\n      where(slope == 0, slope * max(x, -1), ");
  has("softplus", keras, "  known(p): whether the parameter p is a constant");
  has("softplus", keras, "in simpler functions: max(a, 0) + log1p(exp(-abs(a)))");
  has("softplus", onnx, "onnx       Softplus(x)   with beta=1, threshold=none\n");
  has("gelu", keras, "gradient of gelu(x, approximate=false) in f64\n  -inf  -0\n    -1  -0.083");
  has("gelu", keras, "  not from the result\n\ncertificates of gelu(x, approximate=false)\n");
  has("leaky_relu", torch, "  that of\n    where(x > 0, x, sloped(x, slope=slope))\n");
  has("leaky_relu", torch, "  from the result y, if slope >= 0:\n");
  has("grad", keras, "grad(y, x)\n\na derivative");
  has("softplus", torch, "values of softplus(x, beta=1, threshold=20) in f64\n  -inf  0\n");
  has("tanh", keras, "\n      odd, increasing\n");
  has("exp", keras, "exp(x)\n\nop, in every dialect\n  exp(a): e^a\n      error: in f64 within 1 ");
  has("exp", keras, "values of exp(x) in f64\n  -inf  0\n");
  has("floor", keras, "  floor(a): the largest integer not above a\n\nvalues of floor(x) in f64\n");
  // A parameter without a default: no values.
  EXPECT_EQ(show_activation("threshold", torch)->find("values"), std::string::npos);
  has("prelu", keras, "gradient of prelu(x, alpha, shared_axes=none) in f64, for alpha = 0.25\n");
  has("prelu", keras, "\n    -1  0.25  -1\n");
  has("glu", keras, "  dy  1  0\n  dx  0.731058578630");
  has("softmax", keras, "\nno certificates: they are of functions of one input");
  for (const DialectInfo& d : dialect_table)
    for_each_function_name(d.dialect, [&](std::string_view name) {
      const Result<std::string> shown = show_activation(name, d.dialect);
      ASSERT_TRUE(shown) << name;
      EXPECT_EQ(shown->find("-nan"), std::string::npos) << *shown;
    });
}

TEST(CatalogueTable, DocumentationIsUpToDate) {
  std::ifstream file(ACTJIT_SOURCE_DIR "/docs/activations.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), list_markdown())
      << "write docs/activations.md anew: actjit list --markdown > docs/activations.md";
}

}  // namespace
}  // namespace actjit
