// A run as JSON, and what the machine says of itself.
#include <fmt/chrono.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/bench/report.h"

namespace actjit::bench {

namespace {

using nlohmann::json;

// JSON has no infinities.
json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }

// Of an element.
json to_json(const Operations& o) {
  return {{"vector", o.vector}, {"loads", o.loads},     {"stores", o.stores},
          {"moves", o.moves},   {"divider", o.divider}, {"wall", o.wall}};
}

json to_json(const Figure& f) {
  json out{{"name", f.name},
           {"ns", f.ns},
           {"spread", f.spread},
           {"max_ulp", number(f.deviation.max_ulp)},
           {"typical_ulp", number(f.deviation.typical_ulp)}};
  if (f.operations) out["operations"] = to_json(*f.operations);
  return out;
}

json to_json(const Measured& m) {
  json out{{"function", m.cell.workload->name}, {"dtype", text(m.cell.dtype)},
           {"shape", m.cell.shape()},           {"n", m.cell.n},
           {"elements", m.cell.elements()},     {"in_place", m.cell.in_place},
           {"threads", m.cell.threads},         {"memcpy_ns", m.copy.ns},
           {"steady_ns", m.steady.ns},          {"noisy", m.is_noisy()}};
  for (const Figure& p : m.peers) {
    json row = to_json(p);
    row["counts"] = p.is_within(max_peer_ulp);
    out["peers"].push_back(std::move(row));
  }
  for (std::size_t i = 0; i < m.tiers.size(); ++i) {
    const Figure& t = m.tiers[i];
    json row = to_json(t);
    if (const auto r = m.ratio(t)) row["ratio"] = *r;
    if (const Figure* peer = m.best_peer(t.peer_ulp)) row["peer"] = peer->name;
    if (const auto s = m.scaling(i)) row["scaling"] = *s;
    out["actjit"].push_back(std::move(row));
  }
  if (const Figure* best = m.best_peer()) out["best_peer"] = best->name;
  return out;
}

// The value of a line of /proc/cpuinfo.
std::string cpuinfo(std::string_view key) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) {
      const std::size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
      return value == line.npos ? std::string() : line.substr(value);
    }
  return "unknown";
}

}  // namespace

void describe_machine(Run& run) {
  run.processor = fmt::format("{}, family {}, model {}", cpuinfo("model name"),
                              cpuinfo("cpu family"), cpuinfo("model\t"));
  const std::string flags = " " + cpuinfo("flags") + " ";
  for (const char* name :
       {"avx2", "fma", "f16c", "avx512f", "avx512vl", "avx512_bf16", "avx512_fp16", "amx_tile"})
    if (flags.find(fmt::format(" {} ", name)) != flags.npos) run.features.emplace_back(name);
  run.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
  double load = 0;
  if (getloadavg(&load, 1) == 1) run.load = load;
}

std::string to_json(const Run& run) {
  json out{{"command", run.command},   {"date", run.date},     {"processor", run.processor},
           {"features", run.features}, {"load", run.load},     {"target", run.target},
           {"seconds", run.seconds},   {"rounds", run.rounds}, {"peers", run.peers},
           {"notes", run.notes},       {"noise", noise(run)},  {"cells", json::array()}};
  for (const Measured& m : run.cells) out["cells"].push_back(to_json(m));
  return out.dump(1) + "\n";
}

}  // namespace actjit::bench
