// A check: kernels run over a domain, every result held against the oracle.
#pragma once

#include <functional>
#include <vector>

#include "runtime/kernel.h"
#include "tools/certify/domain.h"
#include "tools/certify/oracle.h"
#include "tools/certify/repair.h"
#include "tools/certify/verdict.h"
#include "tools/common/pool.h"

namespace actjit::tools {

// A kernel to be judged, of one dense input and output.
struct Candidate {
  Kernel kernel;
  // A subnormal result may be a zero of its sign (tiers fast and rough).
  bool may_flush = false;
};

struct Variants {
  std::size_t of = 0;  // the candidate they are variants of
  Kernel away;         // the value moved away from zero by nudge_for()
  Kernel towards;      // towards zero
};

// What has been found up to some input. A value: it can be stored, and the check taken up from it.
struct Findings {
  std::uint64_t done = 0;         // inputs of the domain
  std::vector<Verdict> verdicts;  // one for each candidate
  Course course;
  Repair repair;
  std::uint64_t mended = 0;  // see Check::before
};

struct Check {
  DType input = DType::f32;
  DType output = DType::f32;
  std::vector<Candidate> candidates;
  const Variants* variants = nullptr;  // looked at where a repair is wanted
  // A kernel that has been judged: inputs where all candidates have its result are not asked about
  // again. Findings::mended counts those where it was wrong and the first candidate is right.
  const Kernel* before = nullptr;
  const Oracle* oracle = nullptr;
  const Domain* domain = nullptr;
};

// Told what has been found so far, from time to time; false ends the check there.
using OnProgress = std::function<bool(const Findings&)>;

// Runs the check from where `findings` left off. Errors: those of the kernels' calls; limit.
Result<Findings> run(const Check& check, Findings findings, Pool& pool, const OnProgress& progress);

}  // namespace actjit::tools
