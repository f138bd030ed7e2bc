// From what is known of a real number to the one value of a format it rounds to, ties to even.
#pragma once

#include "tools/certify/interval.h"

namespace actjit::tools {

struct Rounded {
  Bits bits = 0;
  bool decided = false;  // all that the number may be rounds to these bits
};

// A number that rounds to zero gives the zero of its sign.
Rounded round_interval(const Format& format, const Interval& a);

// The nearest value of the format to a number of MPFR, ties to even.
double round_to(const Format& format, mpfr_srcptr x);

}  // namespace actjit::tools
