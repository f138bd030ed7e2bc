#include "tools/certify/state.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/common/file.h"

namespace actjit::tools {

namespace {

using Json = nlohmann::json;

// Doubles go by their bits: JSON has no infinities.
Json bits(double x) { return to_bits(x); }
double real(const Json& j) { return f64_of(j.get<std::uint64_t>()); }

Json to_json(const Steps& s) { return {s.count, s.against}; }
Json to_json(const Verdict& v) {
  return {v.checked, v.misrounded, bits(v.max_ulp),   v.worst,
          v.got,     v.wanted,     to_json(v.rising), to_json(v.falling)};
}
Json to_json(const Course& c) { return {c.rises, c.falls, c.by_mpfr, c.undecided}; }
Json to_json(const Repair::Point& p) { return {bits(p.x), bits(p.result)}; }
Json to_json(const Repair::Run& r) {
  return {r.allowed, r.misses, to_json(r.first), to_json(r.second), to_json(r.last)};
}
template <class T>
Json list(const std::vector<T>& items) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(to_json(item));
  return out;
}

void from_json(const Json& j, Steps& s) { s = {j.at(0), j.at(1)}; }
void from_json(const Json& j, Verdict& v) {
  v.checked = j.at(0);
  v.misrounded = j.at(1);
  v.max_ulp = real(j.at(2));
  v.worst = j.at(3);
  v.got = j.at(4);
  v.wanted = j.at(5);
  from_json(j.at(6), v.rising);
  from_json(j.at(7), v.falling);
}
void from_json(const Json& j, Course& c) { c = {j.at(0), j.at(1), j.at(2), j.at(3)}; }
void from_json(const Json& j, Repair::Point& p) { p = {real(j.at(0)), real(j.at(1))}; }
void from_json(const Json& j, Repair::Run& r) {
  r.allowed = j.at(0);
  r.misses = j.at(1);
  from_json(j.at(2), r.first);
  from_json(j.at(3), r.second);
  from_json(j.at(4), r.last);
}
template <class T>
void from_list(const Json& j, std::vector<T>& out) {
  for (const Json& item : j) from_json(item, out.emplace_back());
}

}  // namespace

Result<void> save_state(const std::string& path, const std::string& key, const Findings& f) {
  const Json json = {{"key", key},
                     {"done", f.done},
                     {"verdicts", list(f.verdicts)},
                     {"course", to_json(f.course)},
                     {"points", list(f.repair.points)},
                     {"runs", list(f.repair.runs)}};
  return write_file(path, json.dump());
}

std::optional<Findings> load_state(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  const Json json = Json::parse(file, nullptr, false);
  // Whatever is wrong with the file: the check starts again and replaces it.
  try {
    if (!json.is_object() || json.at("key") != key) return std::nullopt;
    Findings f;
    f.done = json.at("done");
    from_list(json.at("verdicts"), f.verdicts);
    from_json(json.at("course"), f.course);
    from_list(json.at("points"), f.repair.points);
    from_list(json.at("runs"), f.repair.runs);
    return f;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void remove_state(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace actjit::tools
