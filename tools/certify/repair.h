// Repair: which corrections make a function correctly rounded.
//
// Beside the kernel itself, two variants are looked at, whose f64 value is moved by a few units in
// the last place, away from zero and towards it. An input allows some of the three; a run of inputs
// is corrected by what all of them allow. Ties the value misses by less than f64 can tell
// (x / 2 + tiny) so become one interval; single misrounded inputs get their result by a selection.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/certificate.h"

namespace actjit::tools {

// How far the variants move the value, in units in the last place of f64: more than the error of
// its expansions, or one unit of f32 if that is what it is evaluated in; much less than half a unit
// of the output's dtype.
std::int64_t nudge_for(DType output, bool in_f32);

class Repair {
 public:
  enum Allowed : std::uint8_t { nothing = 0, away = 1, towards = 2, as_is = 4 };

  // One input, in increasing order, whose correctly rounded result is `result` and that does not
  // allow all three.
  void add(double x, double result, std::uint8_t allowed);
  // Inputs nothing is known about lie ahead: no run reaches across them.
  void skip();
  // What another instance has seen behind all of this one's inputs.
  void add(const Repair& later);

  // Inputs that neither variant mends, and runs that want different ones: while a check runs, a
  // lower bound for the number of patches.
  std::uint64_t needed() const;
  std::vector<Patch> patches(std::int64_t nudge) const;

  // How the inputs seen so far can be stored, and stored ones be taken up again.
  struct Point {
    double x = 0;
    double result = 0;
  };
  struct Run {
    std::uint8_t allowed = away | towards | as_is;
    std::uint64_t misses = 0;
    Point first, second, last;  // misrounded ones
  };
  std::vector<Point> points;
  std::vector<Run> runs;

 private:
  static bool is_interval(const Run& run);
};

}  // namespace actjit::tools
