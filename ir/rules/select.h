// Rules on conditions and selections.
#pragma once

#include "ir/pattern.h"

namespace actjit::rules {

constexpr auto make_select() {
  using namespace pattern;
  return std::array{
      Rule{"select-same", select(a, b, b), b},
      Rule{"select-not", select(~a, b, c), select(a, c, b)},
      Rule{"select-outer-true", select(a, select(a, b, c), c), select(a, b, c)},
      Rule{"select-outer-false", select(a, b, select(a, c, b)), b},
      Rule{"not-not", ~(~a), a},
      Rule{"and-self", apply(Op::bit_and, {a, a}), a},
      Rule{"or-self", apply(Op::bit_or, {a, a}), a},
  };
}
inline constexpr auto select = make_select();

}  // namespace actjit::rules
