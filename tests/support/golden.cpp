#include "tests/support/golden.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace actjit::test {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// What changed, between the lines both begin and end with.
std::string difference(const std::vector<std::string>& want, const std::vector<std::string>& got) {
  const std::size_t shorter = std::min(want.size(), got.size());
  std::size_t first = 0;
  while (first < shorter && want[first] == got[first]) ++first;
  std::size_t same = 0;
  while (same < shorter - first && want[want.size() - 1 - same] == got[got.size() - 1 - same])
    ++same;
  std::string out;
  for (std::size_t i = first < 3 ? 0 : first - 3; i < first; ++i) out += "    " + want[i] + "\n";
  for (std::size_t i = first; i < want.size() - same; ++i) out += "  - " + want[i] + "\n";
  for (std::size_t i = first; i < got.size() - same; ++i) out += "  + " + got[i] + "\n";
  return "from line " + std::to_string(first + 1) + ":\n" + out;
}

}  // namespace

testing::AssertionResult is_golden(std::string_view name, std::string_view text) {
  const auto path =
      std::filesystem::path(ACTJIT_SOURCE_DIR) / "tests/golden" / (std::string(name) + ".txt");
  const char* bless = std::getenv("ACTJIT_BLESS");
  if (bless && *bless == '1') {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return testing::AssertionSuccess();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return testing::AssertionFailure()
           << "tests/golden/" << name << ".txt is missing; ACTJIT_BLESS=1 writes it";
  std::ostringstream want;
  want << in.rdbuf();
  if (want.str() == text) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "tests/golden/" << name << ".txt differs (- golden, + now; ACTJIT_BLESS=1 takes now) "
         << difference(lines_of(want.str()), lines_of(text));
}

}  // namespace actjit::test
