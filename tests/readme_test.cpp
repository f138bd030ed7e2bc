// README's C++ examples: each line of code of the README stands in this file and compiles; the
// first test holds the two against each other.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "frontend/evaluate.h"
#include "frontend/expr.h"
#include "frontend/language.h"
#include "runtime/engine.h"

namespace {

using namespace actjit;

std::string read(const std::string& name) {
  std::ifstream file(std::string(ACTJIT_SOURCE_DIR) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Without blanks, so that formatting does not matter.
std::string squeezed(const std::string& text) {
  std::string out;
  for (char c : text)
    if (c != ' ' && c != '\n') out += c;
  return out;
}

TEST(Readme, CodeIsTheCodeCompiledHere) {
  const std::string here = squeezed(read("tests/readme_test.cpp"));
  std::istringstream readme(read("README.md"));
  std::string line;
  bool code = false;
  int lines = 0;
  while (std::getline(readme, line)) {
    if (line.starts_with("```"))
      code = line == "```cpp";
    else if (code && !line.empty()) {
      const std::string statement = squeezed(line.substr(0, line.find("  //")));
      EXPECT_NE(here.find(statement), std::string::npos) << "README.md: " << line;
      ++lines;
    }
  }
  EXPECT_GE(lines, 10);
}

TEST(Readme, TextExample) {
  float x[2 * 128], b[128], y[2 * 128];
  for (float& v : x) v = 1;
  for (float& v : b) v = 2;
  const TensorView inputs[] = {TensorView::dense(DType::f32, x, {2, 128}),
                               TensorView::dense(DType::f32, b, {128})};
  const TensorView outputs[] = {TensorView::dense(DType::f32, y, {2, 128})};

  Engine engine = *Engine::create();
  const Binding inputs_of[] = {{"x", DType::f32, {"n", 128}}, {"b", DType::f32, {128}}};
  Graph graph = *build(*parse_program("gelu(x + b)"), inputs_of);
  Kernel kernel = *engine.compile(graph, *make_spec(graph));
  Result<void> done = kernel(inputs, outputs);
  EXPECT_TRUE(done);
  EXPECT_FLOAT_EQ(y[0], 2.9959502f);
}

constexpr auto f = leaky_relu(arg<0>, param<"negative_slope">(0.2));
static_assert(evaluate(relu(arg<0>), -1.0) == 0.0);

TEST(Readme, CppExample) { EXPECT_EQ(evaluate(f, -1.0), -0.2); }

}  // namespace
