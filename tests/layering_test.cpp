// Who may include whom, and how long a file may be: the arrows between the floors, read off the
// sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace actjit::test {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;   // from the repository's root
  std::string floor;  // its first folder
  std::vector<std::string> lines;
};

// What each floor may include, beside itself. Tools and tests may include all.
const std::map<std::string, std::set<std::string>> arrows{
    {"ir", {}}, {"frontend", {"ir"}}, {"codegen", {"ir"}}, {"runtime", {"ir", "codegen"}}};

constexpr std::size_t max_lines = 600;

std::vector<Source> sources() {
  std::vector<Source> out;
  for (const char* floor : {"ir", "frontend", "codegen", "runtime", "tools", "tests"})
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(ACTJIT_SOURCE_DIR) / floor)) {
      const std::string kind = entry.path().extension();
      if (!entry.is_regular_file() || (kind != ".h" && kind != ".cpp" && kind != ".def")) continue;
      Source s{fs::relative(entry.path(), ACTJIT_SOURCE_DIR), floor, {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) s.lines.push_back(line);
      out.push_back(std::move(s));
    }
  return out;
}

struct Include {
  std::string name;
  bool ours;  // quoted
};

std::vector<Include> includes(const Source& s) {
  std::vector<Include> out;
  for (const std::string& line : s.lines) {
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const std::size_t word = line.find("include", hash);
    if (word == std::string::npos) continue;
    const std::size_t open = line.find_first_of("<\"", word);
    const std::size_t close = line.find_first_of(">\"", open + 1);
    if (close == std::string::npos) continue;
    out.push_back({line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return out;
}

bool begins(const std::string& text, std::string_view with) { return text.starts_with(with); }

TEST(Layering, ThereIsSomethingToRead) {
  std::map<std::string, int> files;
  for (const Source& s : sources()) ++files[s.floor];
  for (const auto& [floor, allowed] : arrows) EXPECT_GT(files[floor], 4) << floor;
}

TEST(Layering, ArrowsPointDown) {
  for (const Source& s : sources()) {
    if (!arrows.contains(s.floor)) continue;
    const std::set<std::string>& allowed = arrows.at(s.floor);
    for (const Include& i : includes(s)) {
      if (!i.ours) continue;
      const std::string floor = i.name.substr(0, i.name.find('/'));
      EXPECT_TRUE(floor == s.floor || allowed.contains(floor)) << s.path << " includes " << i.name;
    }
  }
}

// Every include of ours says its floor, so that it is read in one way only.
TEST(Layering, IncludesStartAtTheRoot) {
  for (const Source& s : sources())
    for (const Include& i : includes(s))
      EXPECT_TRUE(!i.ours || fs::exists(fs::path(ACTJIT_SOURCE_DIR) / i.name))
          << s.path << ": " << i.name;
}

// And in the one header that its emitters share, which no other file includes, but for what those
// of rows share beside it.
TEST(Layering, LlvmStaysInCodegensSources) {
  const std::string shared = "codegen/emit_nest.h";
  const std::string of_rows = "codegen/emit_row_passes.h";
  std::set<std::string> with_orc;
  for (const Source& s : sources())
    for (const Include& i : includes(s)) {
      const bool is_emitter = s.floor == "codegen" && s.path.ends_with(".cpp");
      EXPECT_TRUE(i.name != shared || is_emitter || s.path == of_rows) << s.path << ": " << i.name;
      EXPECT_TRUE(i.name != of_rows || is_emitter) << s.path << ": " << i.name;
      if (!begins(i.name, "llvm/") && !begins(i.name, "llvm-c/")) continue;
      EXPECT_TRUE(is_emitter || s.path == shared) << s.path << ": " << i.name;
      if (begins(i.name, "llvm/ExecutionEngine/")) with_orc.insert(s.path);
    }
  EXPECT_EQ(with_orc, (std::set<std::string>{"codegen/jit.cpp", "codegen/link_memory.cpp"}));
}

// Words a guest in another process does not use. Strings and comments count: they are rare.
TEST(Layering, TheLibraryIsAGoodGuest) {
  for (const Source& s : sources()) {
    if (!arrows.contains(s.floor)) continue;
    for (std::size_t n = 0; n < s.lines.size(); ++n) {
      const std::string& line = s.lines[n];
      const std::string code = line.substr(0, line.find("//"));
      const std::string where = s.path + ":" + std::to_string(n + 1);
      const auto has = [&](std::string_view word) { return code.find(word) != std::string::npos; };
      EXPECT_FALSE(has("getenv") && !begins(s.path, "runtime/options")) << where;
      for (const char* word :
           {"ParseCommandLineOptions", "<iostream>", "std::cout", "std::cerr", "std::exit(",
            "abort(", "setlocale", "std::thread", "using namespace std"})
        EXPECT_FALSE(has(word)) << where << " says " << word;
    }
  }
}

// But for those that a program writes.
TEST(Layering, FilesAreShort) {
  for (const Source& s : sources()) {
    if (begins(s.path, "ir/certificates/")) continue;
    EXPECT_LE(s.lines.size(), max_lines) << s.path << " has " << s.lines.size() << " lines";
  }
}

TEST(Layering, HeadersGuardThemselves) {
  for (const Source& s : sources()) {
    if (!s.path.ends_with(".h")) continue;
    const bool once = std::any_of(s.lines.begin(), s.lines.end(),
                                  [](const std::string& l) { return l == "#pragma once"; });
    EXPECT_TRUE(once) << s.path;
  }
}

}  // namespace
}  // namespace actjit::test
