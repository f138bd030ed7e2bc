// From what is known of a real number to the one value of a format it rounds to, ties to even.
#pragma once

#include "tools/certify/ball.h"
#include "tools/certify/interval.h"

namespace actjit::tools {

struct Rounded {
  Bits bits = 0;
  bool decided = false;  // all that the number may be rounds to these bits
};

// A zero has the number's sign. `tolerance`, in units in the last place: a wider interval is not
// decided either.
Rounded round_interval(const Format& format, const Interval& a);

// The number's distance to the next one: its binary exponent.
int spacing_at(const Format& format, double value);

}  // namespace actjit::tools
