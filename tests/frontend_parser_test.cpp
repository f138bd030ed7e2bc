// Syntax of the text language: precedence, statements, and errors with their exact text.
#include <gtest/gtest.h>

#include "frontend/language.h"

namespace actjit {
namespace {

std::string error_of(std::string_view text, Dialect dialect = Dialect::keras) {
  const Result<Program> program = parse_program(text, dialect);
  return program ? "no error" : program.error().to_string();
}

// The graph for inputs of f32[n], those named c, d of bool[n].
Graph graph_of(std::string_view text) {
  const Result<Program> program = parse_program(text);
  if (!program) throw std::runtime_error(program.error().to_string());
  std::vector<Binding> bindings;
  for (const std::string& name : program->inputs())
    bindings.push_back({name, name == "c" || name == "d" ? DType::boolean : DType::f32, {"n"}});
  const Result<Graph> graph = build(*program, bindings);
  if (!graph) throw std::runtime_error(graph.error().to_string());
  return *graph;
}

TEST(LanguageParser, Precedence) {
  const auto same = [](std::string_view a, std::string_view b) {
    EXPECT_EQ(graph_of(a), graph_of(b)) << a << "  and  " << b;
  };
  same("x + y * z", "x + (y * z)");
  same("x - y - z", "(x - y) - z");
  same("x / y * z", "(x / y) * z");
  same("-x ** 2", "-(x ** 2)");
  same("-x * y", "(-x) * y");
  same("x ** -y", "x ** (-y)");
  same("x ** y ** z", "x ** (y ** z)");
  same("+x", "x");
  same("where(x < y + 1, x, y)", "where(x < (y + 1), x, y)");
  same("where(x < y and y < z or c, x, y)", "where(((x < y) and (y < z)) or c, x, y)");
  same("where(not x < y and c, x, y)", "where((not (x < y)) and c, x, y)");
  same("where(not not c, x, y)", "where(not (not c), x, y)");
}

TEST(LanguageParser, StatementsAndLayout) {
  const Graph g = graph_of("x * x + 1");
  EXPECT_EQ(graph_of("h = x * x; y = h + 1"), graph_of("h = x * x\n\n# a comment\ny = h + 1\n"));
  EXPECT_EQ(graph_of("x*x+1 # at the end"), g);
  EXPECT_EQ(graph_of("\r\n x * x\t+ 1 ;;\r\n"), g);
  EXPECT_EQ(graph_of("(x\n * x\n + # a comment inside\n 1)"), g);
  EXPECT_EQ(graph_of("def f(a, b = 1) = a * a + b\nf(x)"), g);
  EXPECT_EQ(graph_of("def f(a, b = 2) = a * a + b; f(b=1, a=x)"), g);
  EXPECT_EQ(graph_of("x = x * x; x + 1"), g);
}

TEST(LanguageParser, InputsScalarsAndOutputs) {
  const Result<Program> p = parse_program(
      "scalar beta = 1 / 4\n"
      "def f(t) = t * 2\n"
      "h = f(b) + a * beta\n"
      "h, h + pi, f(h); c");
  ASSERT_TRUE(p) << p.error().to_string();
  EXPECT_EQ(p->inputs(), (std::vector<std::string>{"b", "a", "c"}));
  ASSERT_EQ(p->scalars().size(), 1u);
  EXPECT_EQ(p->scalars()[0].name, "beta");
  EXPECT_EQ(p->scalars()[0].initial, 0.25);
  EXPECT_EQ(p->outputs(), (std::vector<std::string>{"h", "y1", "y2", "y3"}));
}

TEST(LanguageParser, OutputNamesAreUnique) {
  const auto names = [](std::string_view text) { return parse_program(text)->outputs(); };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("x + 1"), Names{"y"});
  EXPECT_EQ(names("x"), Names{"y"});
  EXPECT_EQ(names("h = x; g = x + h"), Names{"g"});
  EXPECT_EQ(names("h = x; h"), Names{"h"});
  EXPECT_EQ(names("h = x; h, h"), (Names{"h", "y1"}));
  EXPECT_EQ(names("y1 = x; y1, x + 1"), (Names{"y1", "y2"}));
}

TEST(LanguageParser, AFunctionAloneIsItsCall) {
  EXPECT_EQ(parse_program("gelu")->text(), "gelu(x)");
  EXPECT_EQ(parse_program("gelu(approximate=true)")->text(), "gelu(x, approximate=true)");
  EXPECT_EQ(parse_program(" prelu # learned")->text(), " prelu(x, alpha) # learned");
  EXPECT_EQ(parse_program("relu()")->text(), "relu(x)");
  EXPECT_EQ(parse_program("hypot")->text(), "hypot(x, y)");
  EXPECT_EQ(parse_program("gamma")->text(), "gamma");
}

TEST(LanguageParser, SyntaxErrors) {
  EXPECT_EQ(error_of("x +* 2"),
            "line 1, column 4: expected an expression, found '*'\n"
            "  x +* 2\n"
            "     ^");
  EXPECT_EQ(error_of("h = x +\ny"),
            "line 1, column 8: expected an expression, found the end of the line\n"
            "  h = x +\n"
            "         ^");
  EXPECT_EQ(error_of("x + 1\n\trelu(x"),
            "line 2, column 6: this '(' is never closed\n"
            "  \trelu(x\n"
            "  \t    ^");
  EXPECT_EQ(error_of("x ^ 2"),
            "line 1, column 3: unexpected character '^'; powers are written **\n"
            "  x ^ 2\n"
            "    ^");
  EXPECT_EQ(error_of("0 < x < 1"),
            "line 1, column 7: comparisons do not chain; write a < b and b < c\n"
            "  0 < x < 1\n"
            "        ^");
  EXPECT_EQ(error_of("2x"),
            "line 1, column 1: '2x' is neither a number nor a name\n"
            "  2x\n"
            "  ^");
  EXPECT_EQ(error_of("x * 1e999"),
            "line 1, column 5: '1e999' is no number an f64 can hold\n"
            "  x * 1e999\n"
            "      ^");
  EXPECT_EQ(error_of(""),
            "line 1, column 1: there is no expression to compute\n"
            "  \n"
            "  ^");
  EXPECT_EQ(error_of("x y"),
            "line 1, column 3: expected an operator, ',' or the end of the statement, found 'y'\n"
            "  x y\n"
            "    ^");
  EXPECT_EQ(error_of(std::string_view("x \x01\xff", 4)),
            "line 1, column 3: unexpected character with code 1\n"
            "  x ??\n"
            "    ^");
}

TEST(LanguageParser, CharactersBeyondAscii) {
  EXPECT_EQ(error_of("x × y"),
            "line 1, column 3: unexpected character '×' (U+00D7); write *\n"
            "  x ?? y\n"
            "    ^");
  EXPECT_EQ(error_of("gelu(x, approximate=“tanh”)", Dialect::torch),
            "line 1, column 21: unexpected character '“' (U+201C); write \"\n"
            "  gelu(x, approximate=???tanh??"
            "?)\n"
            "                      ^");
  const auto message = [](std::string_view text) {
    const std::string all = error_of(text);
    return all.substr(0, all.find('\n'));
  };
  const auto found = [&](const std::string& part, const std::string& wanted) {
    EXPECT_EQ(message("x " + part + " y"), "line 1, column 3: unexpected " + wanted);
  };
  found("\u2212", "character '\u2212' (U+2212); write -");
  found("\u2019", "character '\u2019' (U+2019); write '");
  found("≤", "character '≤' (U+2264); write <=");
  found("²", "character '²' (U+00B2); write ** 2");
  found("ä", "character 'ä' (U+00E4)");
  found("\U0001F600", "character '\U0001F600' (U+1F600)");
  // What cannot be seen or changes the direction of the line is not printed.
  found("\u00a0", "character U+00A0; write a blank");
  found("\u202e", "character U+202E");
  found("\u0301", "character U+0301");
  // No UTF-8: a lone continuation, a lone lead, overlong, a surrogate, beyond the last one, cut.
  for (const auto& [bytes, first] :
       {std::pair("\x80", "80"), std::pair("\xc3", "C3"), std::pair("\xc0\xaf", "C0"),
        std::pair("\xe0\x80\x80", "E0"), std::pair("\xed\xa0\x80", "ED"),
        std::pair("\xf4\x90\x80\x80", "F4"), std::pair("\xf5\x80\x80\x80", "F5"),
        std::pair("\xff", "FF")})
    found(bytes, std::string("byte 0x") + first + "; the text is no UTF-8 here");
  EXPECT_EQ(error_of("x \xe2\x88"),
            "line 1, column 3: unexpected byte 0xE2; the text is no UTF-8 here\n"
            "  x ??\n"
            "    ^");
}

TEST(LanguageParser, NamesThatDoNotExist) {
  EXPECT_EQ(error_of("x * geluu(x)"),
            "line 1, column 5: there is no function 'geluu'; did you mean 'gelu'?\n"
            "  x * geluu(x)\n"
            "      ^");
  EXPECT_EQ(error_of("leaky_relu(x, negativ_slope=0.2)"),
            "line 1, column 15: 'leaky_relu' has no parameter 'negativ_slope'; did you mean "
            "'negative_slope'?\n"
            "  leaky_relu(x, negativ_slope=0.2)\n"
            "                ^");
  EXPECT_EQ(error_of("gelu(x, beta=2)"),
            "line 1, column 9: 'gelu' has no parameter 'beta'; it is gelu(x, approximate=false)\n"
            "  gelu(x, beta=2)\n"
            "          ^");
  EXPECT_EQ(error_of("hardtanh2(x)", Dialect::torch),
            "line 1, column 1: there is no function 'hardtanh2'; did you mean 'hardtanh'?\n"
            "  hardtanh2(x)\n"
            "  ^");
  EXPECT_EQ(error_of("def swish(x, beta) = x * sigmoid(bet * x); swish(x, 2)"),
            "line 1, column 34: 'bet' is not a parameter of this definition, which sees nothing "
            "else; did you mean 'beta'?\n"
            "  def swish(x, beta) = x * sigmoid(bet * x); swish(x, 2)\n"
            "                                   ^");
}

TEST(LanguageParser, ArgumentsThatDoNotFit) {
  EXPECT_EQ(error_of("sigmoid(x, 2)"),
            "line 1, column 12: 'sigmoid' takes 1 argument, not 2: sigmoid(x)\n"
            "  sigmoid(x, 2)\n"
            "             ^");
  EXPECT_EQ(error_of("1 + relu()"),
            "line 1, column 5: 'relu' is missing 'x': "
            "relu(x, negative_slope=0, max_value=none, threshold=0)\n"
            "  1 + relu()\n"
            "      ^");
  EXPECT_EQ(error_of("elu(x, 1, alpha=2)"),
            "line 1, column 11: 'alpha' of 'elu' is given twice\n"
            "  elu(x, 1, alpha=2)\n"
            "            ^");
  EXPECT_EQ(error_of("elu(alpha=2, x)"),
            "line 1, column 14: an argument by position cannot follow one by name\n"
            "  elu(alpha=2, x)\n"
            "               ^");
  EXPECT_EQ(error_of("threshold(x)", Dialect::torch),
            "line 1, column 1: 'threshold' is missing 'threshold': threshold(x, threshold, value)\n"
            "  threshold(x)\n"
            "  ^");
}

TEST(LanguageParser, Definitions) {
  EXPECT_EQ(error_of("def f(x) = f(x - 1); f(x)"),
            "line 1, column 12: 'f' calls itself; recursion is not supported\n"
            "  def f(x) = f(x - 1); f(x)\n"
            "             ^");
  EXPECT_EQ(error_of("def g(x) = f(x)\ndef f(x) = x\ng(x)"),
            "line 1, column 12: 'f' is defined further below; move the definition up\n"
            "  def g(x) = f(x)\n"
            "             ^");
  EXPECT_EQ(error_of("def f(x) = x; def f(x) = -x; f(x)"),
            "line 1, column 19: 'f' is defined above already\n"
            "  def f(x) = x; def f(x) = -x; f(x)\n"
            "                    ^");
  EXPECT_EQ(error_of("def f(x, a=1, b) = x; f(x)"),
            "line 1, column 15: the parameter 'b' needs a default, as the one before it has one\n"
            "  def f(x, a=1, b) = x; f(x)\n"
            "                ^");
  EXPECT_EQ(error_of("scalar s = x; s"),
            "line 1, column 12: 'x' is no constant; a default is one\n"
            "  scalar s = x; s\n"
            "             ^");
  EXPECT_EQ(error_of("def f(x) = x"),
            "line 1, column 1: there is no expression to compute\n"
            "  def f(x) = x\n"
            "  ^");
  // A definition hides the catalogue's function of that name.
  EXPECT_EQ(graph_of("def gelu(x) = 2 * x; gelu(x)"), graph_of("2 * x"));
}

TEST(LanguageParser, Bounds) {
  const auto repeated = [](std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += part;
    return out;
  };
  const auto code = [](const std::string& text) {
    const Result<Program> p = parse_program(text);
    if (!p) return p.error().code;
    std::vector<Binding> bindings;
    for (const std::string& name : p->inputs()) bindings.push_back({name, DType::f32, {"n"}});
    const Result<Graph> g = build(*p, bindings);
    return g ? ErrorCode::internal : g.error().code;
  };
  EXPECT_TRUE(parse_program(repeated("(", 199) + "x" + repeated(")", 199)));
  EXPECT_EQ(code(repeated("(", 200) + "x" + repeated(")", 200)), ErrorCode::limit);
  EXPECT_EQ(code(repeated("(", 200000)), ErrorCode::limit);
  EXPECT_EQ(code(repeated("-", 200000) + "x"), ErrorCode::limit);
  EXPECT_EQ(code("x" + repeated("**x", 1000)), ErrorCode::limit);
  EXPECT_EQ(code("x" + repeated("+x*2", 100000)), ErrorCode::limit);
  EXPECT_EQ(code(repeated(" ", (1 << 20) + 1)), ErrorCode::limit);
  std::string inputs = "x0", bomb = "def g0(x) = x * x + 1\n", empty = "def g0(x) = x\n";
  for (int i = 1; i < 70; ++i) {
    const std::string n = std::to_string(i), before = std::to_string(i - 1);
    inputs += "+x" + n;
    bomb += "def g" + n + "(x) = g" + before + "(g" + before + "(x))\n";
    empty += "def g" + n + "(x) = g" + before + "(g" + before + "(x))\n";
  }
  EXPECT_EQ(code(inputs), ErrorCode::limit);
  EXPECT_EQ(code(bomb + "g69(x)"), ErrorCode::limit);
  EXPECT_EQ(code(empty + "g69(x)"), ErrorCode::limit);
  EXPECT_EQ(code("x" + repeated(", x", 64)), ErrorCode::limit);
  // Hash-consing keeps this small.
  EXPECT_TRUE(parse_program(repeated("x = x * x; ", 1000) + "x"));
  EXPECT_EQ(graph_of(repeated("x = x * x; ", 1000) + "x").size(), 1001u);
}

}  // namespace
}  // namespace actjit
