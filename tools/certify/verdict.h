// What a check finds: figures that add up over the parts of a domain.
#pragma once

#include <cstdint>
#include <limits>

#include "ir/certificate.h"

namespace actjit::tools {

// Neighbours whose results go one way.
struct Steps {
  std::uint64_t count = 0;
  std::uint64_t against = 0;  // where the correctly rounded results go the other way

  void add(const Steps& later) {
    count += later.count;
    against += later.against;
  }
};

// Of one kernel.
struct Verdict {
  std::uint64_t checked = 0;
  std::uint64_t misrounded = 0;  // NaN for NaN is right, whatever its payload; zeros have a sign
  double max_ulp = 0;            // among the misrounded
  // Where it is, or where the first misrounded input is: bits in the dtypes of input and output.
  Bits worst = 0;
  Bits got = 0;
  Bits wanted = 0;
  Steps rising, falling;

  void add(const Verdict& later) {
    if (later.max_ulp > max_ulp) {
      max_ulp = later.max_ulp;
      worst = later.worst;
      got = later.got;
      wanted = later.wanted;
    }
    checked += later.checked;
    misrounded += later.misrounded;
    rising.add(later.rising);
    falling.add(later.falling);
  }
  // The bound a certificate states.
  double bound() const { return misrounded == 0 ? 0.5 : max_ulp; }
  // Neighbours whose results are ordered against the function: of a monotone one any that go the
  // other way, else those whose correctly rounded results are ordered otherwise.
  std::uint64_t disorder(Direction d) const {
    switch (d) {
      case Direction::increasing: return falling.count;
      case Direction::decreasing: return rising.count;
      case Direction::neither: break;
    }
    return rising.against + falling.against;
  }
};

// Of the function itself.
struct Course {
  bool rises = false;  // somewhere, between neighbours of the domain
  bool falls = false;
  std::uint64_t by_mpfr = 0;    // inputs that were too close to a border for the fast oracle
  std::uint64_t undecided = 0;  // that MPFR did not decide either

  void add(const Course& later) {
    rises = rises || later.rises;
    falls = falls || later.falls;
    by_mpfr += later.by_mpfr;
    undecided += later.undecided;
  }
  Direction direction() const {
    if (rises == falls) return Direction::neither;
    return rises ? Direction::increasing : Direction::decreasing;
  }
};

}  // namespace actjit::tools
