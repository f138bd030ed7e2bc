// Certify: from a graph to its certificates.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/pipeline.h"
#include "tools/certify/check.h"

namespace actjit::tools {

struct CertifyRequest {
  Graph graph;  // see can_be_certified()
  std::string expression;
  std::vector<Tier> tiers;  // those with the same expanded graph share a certificate
  std::string target = "native";
  std::uint64_t every = 1;  // see Domain
  // Find the corrections that are missing: in tiers that promise correct rounding, and of f64 near
  // roots.
  bool repair = false;
  std::uint64_t max_patches = 64;
  // Evaluated in f32 where has_f32_form() holds, whether or not a certificate says so.
  bool in_f32 = false;
  // Certificates beside the project's.
  Certificates known;
  // Where the state of an unfinished check is kept; empty: nowhere.
  std::string state_file;
};

// A special input and what became of it.
struct Special {
  Bits input = 0;
  Bits got = 0;
  Bits wanted = 0;
};

// One certificate, and what else the check has shown.
struct Certified {
  Certificate certificate;  // its views look into this object
  std::string expression;
  Corrections corrections;
  Verdict verdict;
  Course course;
  std::vector<Special> specials;
  std::string target;
  double seconds = 0;

  Certified() = default;
  Certified(const Certified& other) { *this = other; }
  Certified& operator=(const Certified& other);

  // Whether the tier's promise holds.
  bool holds() const;
};

// What to tell people while it runs: what is done, 0 to 1, and what is being done. False stops it.
using OnCertify = std::function<bool(double fraction, std::string_view stage)>;

// One for each different expanded graph of the tiers. Errors: those of lower(), Oracle::create and
// the engine; unsupported for graphs of several inputs; limit for a repair of more than
// max_patches; cancelled where `on` said so.
Result<std::vector<Certified>> certify(const CertifyRequest& request, Pool& pool,
                                       const OnCertify& on);

}  // namespace actjit::tools
