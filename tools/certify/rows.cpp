// The project's certificates as text: rows for the compiler, and a page for people.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "ir/certificates.h"
#include "tools/certify/catalogue.h"
#include "tools/certify/domain.h"

namespace actjit::tools {

namespace {

std::string_view name_of(Direction d) {
  switch (d) {
    case Direction::neither: return "neither";
    case Direction::increasing: return "increasing";
    case Direction::decreasing: return "decreasing";
  }
  return "";
}

// A double as C++ and people read it.
std::string literal(double x) {
  if (std::isinf(x)) return x < 0 ? "-infinity" : "infinity";
  return fmt::format("{:a}", x);
}

std::string piece_row(std::uint64_t expanded, const Piece& p) {
  std::string out =
      fmt::format("PIECE({:#018x}, {}, {},\n    {}, {}, {}, {}, {}", expanded, literal(p.first),
                  literal(p.last), literal(p.middle), literal(p.middle_low), literal(p.value),
                  literal(p.value_low), literal(p.slope_low));
  const std::span<const double> terms = p.used_terms();
  for (std::size_t i = 0; i < terms.size(); ++i)
    out += fmt::format("{}{}", i % 3 == 0 ? ",\n    " : ", ", literal(terms[i]));
  return out + ")\n";
}

// The patches of a graph stand behind its first certificate.
std::string row(const Certificate& c, bool with_patches) {
  std::string out = fmt::format(
      "CERTIFICATE(\"{}\", {}, {}, {},\n    {:#018x}, {:#018x}, {:#018x},\n    {}u, {}u, {}u, {}, "
      "{}, {}, {}u)\n",
      c.expression, text(c.input), text(c.output), text(c.tier), c.meaning, c.expanded, c.patched,
      c.checked, c.inputs, c.misrounded, literal(c.max_ulp), literal(c.worst), name_of(c.direction),
      c.disorder);
  if (!with_patches) return out;
  for (const Patch& p : c.patches)
    out += fmt::format("PATCH({:#018x}, {}, {}, {}, {})\n", c.expanded, literal(p.first),
                       literal(p.last), p.nudge, literal(p.result));
  for (const Piece& p : c.pieces) out += piece_row(c.expanded, p);
  return out;
}

// --- docs/accuracy.md --------------------------------------------------------------------------

struct Peers {
  std::string_view expression;
  std::string_view c, torch, keras, onednn, sleef;
};
constexpr std::array peers_table{
#define PEERS(expression, c, torch, keras, onednn, sleef) \
  Peers{expression, #c, #torch, #keras, #onednn, #sleef},
#include "tools/certify/peers.def"
#undef PEERS
};

// Of the certificates of a function, that of a tier.
struct Entry {
  const Certificate* exact = nullptr;
  const Certificate* precise = nullptr;
  const Certificate* fast = nullptr;
  const Certificate* rough = nullptr;
};

const Certificate*& slot(Entry& e, Tier tier) {
  switch (tier) {
    case Tier::exact: return e.exact;
    case Tier::precise: return e.precise;
    case Tier::fast: return e.fast;
    case Tier::rough: return e.rough;
  }
  return e.exact;
}

std::string ulp(const Certificate* c) {
  if (!c) return "-";
  if (c->misrounded == 0) return "0.5";
  return fmt::format("{:.3f}", std::ceil(c->max_ulp * 1000) / 1000);
}
// Tier precise of f32 does without patches: what they mend is off by units of f64 there.
std::string precise_ulp(const Certificate* c) {
  return c && !c->patches.empty() ? "0.501" : ulp(c);
}
std::string precise_misrounded(const Certificate* c) {
  if (!c) return "-";
  return c->patches.empty() ? fmt::format("{}", c->misrounded) : "the patched ones";
}
std::string worst(const Certificate* c) {
  return c && c->misrounded != 0 ? fmt::format("{:.9g}", c->worst) : "-";
}

// Every function of the catalogue, and what each tier's graph has been found to be.
std::vector<std::pair<std::string, Entry>> entries(DType dtype) {
  std::vector<std::pair<std::string, Entry>> out;
  for (const CatalogueItem& item : catalogue_items(dtype)) {
    Entry e;
    for (Tier tier : catalogue_tiers(dtype)) {
      Certificates bare;
      bare.trial.emplace();
      const Result<Lowered> lowered = lower(item.graph, tier, bare);
      if (lowered) slot(e, tier) = find_certificate(lowered->unpatched);
    }
    out.emplace_back(item.expression, e);
  }
  return out;
}

std::string wide_ulp(const Certificate* c) {
  return ulp(c) + (c && c->checked < c->inputs ? " *" : "");
}

std::string f32_section() {
  std::string out =
      "## f32\n\nEvery one of the 2^32 inputs has been checked. *exact*: misrounded inputs, and "
      "how many patches it takes. *precise*: the largest error in ULP, how many inputs are not "
      "correctly rounded, and the worst of them.\n\n"
      "| function | exact: misrounded | patches | precise: max ULP | misrounded | worst x | order "
      "|\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& [name, e] : entries(DType::f32))
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", name,
                       e.exact ? fmt::format("{}", e.exact->misrounded) : "-",
                       e.exact ? fmt::format("{}", e.exact->patches.size()) : "-",
                       precise_ulp(e.precise), precise_misrounded(e.precise), worst(e.precise),
                       e.precise ? fmt::format("{}, {} against", name_of(e.precise->direction),
                                               e.precise->disorder)
                                 : "-");
  return out;
}

std::string wide_tiers_section() {
  std::string out =
      "## f32, tiers fast and rough\n\nThe largest error in ULP over the same inputs, or, where a "
      "`*` stands, over every 257th and all borders; a subnormal result may be a zero of its sign "
      "there.\n\n| function | fast | rough |\n|---|---|---|\n";
  for (const auto& [name, e] : entries(DType::f32))
    if (e.fast != e.precise || e.rough != e.precise)
      out += fmt::format("| `{}` | {} | {} |\n", name, wide_ulp(e.fast), wide_ulp(e.rough));
  return out + "\nAll others are computed as in *precise*.\n";
}

std::string short_section(DType dtype) {
  std::string out = fmt::format(
      "## {}\n\nAll 65,536 inputs; *exact* and *precise* are the same kernel.\n\n"
      "| function | misrounded | patches | fast: max ULP |\n|---|---|---|---|\n",
      text(dtype));
  for (const auto& [name, e] : entries(dtype))
    out += fmt::format("| `{}` | {} | {} | {} |\n", name,
                       e.precise ? fmt::format("{}", e.precise->misrounded) : "-",
                       e.precise ? fmt::format("{}", e.precise->patches.size()) : "-", ulp(e.fast));
  return out;
}

std::string f64_section() {
  std::string out =
      "## f64\n\nSamples: half of them spread over all bit patterns, half over magnitudes from "
      "2^-40 to 2^11, and the neighbourhoods of all powers of two and of the borders of each "
      "function. *pieces*: polynomials near roots, where terms of the formula cancel. *fast*: its "
      "largest error where it is another kernel; a subnormal power may be 0 there.\n\n"
      "| function | samples | pieces | max ULP | worst x | fast: max ULP |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& [name, e] : entries(DType::f64))
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", name,
                       e.precise ? fmt::format("{}", e.precise->checked) : "-",
                       e.precise ? fmt::format("{}", e.precise->pieces.size()) : "-",
                       ulp(e.precise), e.precise ? fmt::format("{:.17g}", e.precise->worst) : "-",
                       e.fast != e.precise ? ulp(e.fast) : "");
  return out;
}

std::string peers_section() {
  std::string out =
      "## Other libraries, f32\n\nThe largest error in ULP over all inputs with a normal result; "
      "*flushed*: results become zero where they are not. Plain C with glibc, torch 1.13, Keras on "
      "NumPy, oneDNN 3.14, the best composition of SLEEF's functions.\n\n"
      "| function | C | torch | Keras | oneDNN | SLEEF | actjit precise | actjit exact |\n"
      "|---|---|---|---|---|---|---|---|\n";
  std::map<std::string_view, Entry> ours;
  const auto all = entries(DType::f32);
  for (const auto& [name, e] : all) ours[name] = e;
  for (const Peers& p : peers_table) {
    const Entry e = ours[p.expression];
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", p.expression, p.c, p.torch,
                       p.keras, p.onednn, p.sleef, precise_ulp(e.precise), ulp(e.exact));
  }
  return out;
}

}  // namespace

std::string certificate_rows(std::span<const Certificate> certificates) {
  std::string out = "// Written by `actjit certificates --make`.\n";
  std::set<std::uint64_t> graphs;
  for (const Certificate& c : certificates) out += row(c, graphs.insert(c.expanded).second);
  return out;
}

std::string accuracy_markdown() {
  return "# Accuracy\n\nWritten by `actjit certificates --markdown` from the certificates in "
         "`ir/certificates/`, which `actjit certificates --make ir/certificates` makes: each "
         "kernel "
         "is run over its inputs and every result held against ball arithmetic that shares nothing "
         "with our expansions, and against MPFR where that is not certain. A certificate is bound "
         "to the hash of the graph it is about; a test fails when the graph changes and the "
         "certificate does not.\n\n" +
         f32_section() + "\n" + wide_tiers_section() + "\n" + short_section(DType::f16) + "\n" +
         short_section(DType::bf16) + "\n" + f64_section() + "\n" + peers_section();
}

}  // namespace actjit::tools
